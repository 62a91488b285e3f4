using Smml.MLNet.Geometry;
using Smml.MLNet.Volumes;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet.Tests;

public sealed class VolumeChecksTests : IDisposable
{
    private static readonly VolumeShape s_shape = CaseFolder.Shape;

    private readonly CaseFolder _folder = new();
    private readonly BraTSCase _case;

    public VolumeChecksTests() => _case = _folder.Case("a");

    public static TheoryData<string, string, string[]> Errors => new()
    {
        { "skull", "skull", ["bad.nii: 100% of the voxels are not background, expected at most 60%", "HD-BET"] },
        { "copy", "same-file", ["a_t1.nii", "bad.nii hold the same voxels"] },
        { "label", "label-as-scan", ["bad.nii: found only the values 0, 1, 2, 4", "label file"] },
        { "elsewhere", "mask-overlap", ["bad.nii", "by a Dice of 0.50, expected at least 0.6"] },
        { "dicom", "dicom", ["bad.dcm", "dcm2niix first"] },
        { "dicom-folder", "dicom", ["series", "folder of DICOM files (T2Path)", "dcm2niix first"] },
        { "folder", "missing-file", ["series: found a folder (T2Path), expected a file"] },
        { "volume-of-no-file", "missing-file", ["gone.nii.gz#2: no such file (T2Path)"] },
    };

    public static TheoryData<string, string, string[]> Warnings => new()
    {
        { "cut", "mask-overlap", ["bad.nii", "by a Dice of 0.91", "field of view"] },
        { "saturated", "saturated", ["bad.nii: found 2 voxels of 32767"] },
        { "negative-background", "background", ["bad.nii: the background is -5, expected 0"] },
    };

    [Theory]
    [MemberData(nameof(Errors))]
    public void A_case_is_refused(string kind, string check, string[] mentions)
    {
        Spoil(kind);
        CaseFinding finding = Assert.Single(Findings(), finding => finding.Severity == FindingSeverity.Error);
        Assert.Equal(check, finding.Check);
        Assert.All(mentions, mention => Assert.Contains(mention, finding.Message, StringComparison.Ordinal));
        Assert.Equal(finding.Message, Record.Exception(() => CaseReader.Read(_case, _folder.Root))!.Message);
    }

    [Theory]
    [MemberData(nameof(Warnings))]
    public void A_case_is_used_with_a_warning_on_its_volumes(string kind, string check, string[] mentions)
    {
        Spoil(kind);
        CaseFinding finding = Assert.Single(Findings());
        Assert.Equal((FindingSeverity.Warning, check), (finding.Severity, finding.Check));
        Assert.All(mentions, mention => Assert.Contains(mention, finding.Message, StringComparison.Ordinal));
        VolumeSet volumes = CaseReader.Read(_case, _folder.Root);
        Assert.Equal([finding.Message], volumes[Modality.T2]!.Warnings);
        Assert.Empty(volumes[Modality.Flair]!.Warnings);
    }

    [Fact]
    public void A_sound_case_has_no_finding() => Assert.Empty(Findings());

    [Fact]
    public void Negative_voxels_are_tissue_and_no_finding()
    {
        Volume brain = Volumes.Brain(s_shape, 9);
        Spoil(Volumes.Of(s_shape, (x, y, z) => x == 2 ? -brain[x, y, z] : brain[x, y, z]));
        Assert.Empty(Findings());
        Volume t2 = CaseReader.Read(_case, _folder.Root)[Modality.T2]!;
        Assert.Equal(120, t2.Voxels.ToArray().Count(voxel => voxel != t2.Background));
        VolumeSet normalized = NormalizeIntensityEstimator.Normalize(CaseScans.Of(t2, null, null, null, null), new());
        Assert.Equal(
            0,
            normalized[Modality.Flair]!.Voxels.ToArray().Where(voxel => voxel != normalized[Modality.Flair]!.Background).Average(),
            1e-5f);
    }

    [Fact]
    public void A_negative_background_is_background_to_crop_and_normalisation()
    {
        Spoil("negative-background");
        Volume t2 = CaseReader.Read(_case, _folder.Root)[Modality.T2]!;
        Assert.Equal(-5, t2.Background);
        Assert.Equal(
            new VolumeShape(4, 5, 6), CropForegroundEstimator.Crop(CaseScans.Of(null, null, null, t2, null), new())[Modality.T2]!.Shape);
    }

    [Theory]
    [InlineData("brain mask", "label-size", "covers 100% of the tissue")]
    [InlineData("elsewhere", "label-place", "8% of the label lies on tissue")]
    [InlineData("own", "own-output", "a segmentation that this library wrote, expected an expert's label")]
    public void A_label_that_is_no_tumour_s_is_refused(string kind, string check, string mention)
    {
        Volume brain = VolumeFile.Read(Path.Combine(_folder.Root, _case.FlairPath)),
            label = VolumeFile.Read(Path.Combine(_folder.Root, _case.LabelPath));
        _case.LabelPath = kind switch
        {
            "own" => _folder.Write("label.nii.gz", label.WithOrigin(VolumeOrigin.Segmentation)),
            "brain mask" => _folder.Write("label.nii.gz", Volumes.Of(s_shape, (x, y, z) => brain[x, y, z] == 0 ? 0 : 1)),
            _ =>
                _folder.Write("label.nii.gz", Volumes.Of(s_shape, (x, y, z) => y == 0 && x < 4 && z < 3 || (x, y, z) == (2, 2, 2) ? 1 : 0)),
        };
        CaseFinding finding = Assert.Single(Findings());
        Assert.Equal((FindingSeverity.Error, check), (finding.Severity, finding.Check));
        Assert.Contains("label.nii.gz", finding.Message, StringComparison.Ordinal);
        Assert.Contains(mention, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_segmentation_is_no_scan_either()
    {
        Volume brain = VolumeFile.Read(Path.Combine(_folder.Root, _case.T1Path));
        Spoil(new Volume(brain.Grid, brain.Voxels.ToArray()) { Origin = VolumeOrigin.Disagreement });
        Assert.Equal("own-output", Assert.Single(Findings()).Check);
    }

    [Fact]
    public void A_broken_link_is_a_missing_file_and_says_where_it_points()
    {
        File.CreateSymbolicLink(Path.Combine(_folder.Root, "link.nii.gz"), "annex/missing");
        _case.T2Path = "link.nii.gz";
        CaseFinding finding = Assert.Single(Findings());
        Assert.Equal("missing-file", finding.Check);
        Assert.Contains("a link to annex/missing, which is not there", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 1, 3.1, "slice-thickness", FindingSeverity.Error)]
    [InlineData(0.9, 0.9, 5.5, "slice-thickness", FindingSeverity.Error)]
    [InlineData(3.5, 1, 1, "slice-thickness", FindingSeverity.Error)]
    [InlineData(1, 1, 3, "spacing", FindingSeverity.Warning)]
    [InlineData(2, 2, 2, "spacing", FindingSeverity.Warning)]
    [InlineData(1.0005, 1, 1, null, FindingSeverity.Warning)]
    public void Thick_slices_are_refused_and_other_sizes_than_one_millimetre_are_told(
        double x, double y, double z, string? check, FindingSeverity severity)
    {
        BraTSCase only = new()
        {
            FlairPath = _folder.Write("one.nii", CaseFolder.At(Volumes.Brain(s_shape, 1), new(-x, 0, 0, 3, 0, -y, 0, 4, 0, 0, z, 5))),
        };
        CaseFinding[] findings = [.. new CaseReader(only, _folder.Root).Check()];
        Assert.Equal(check is null ? [] : [(check, severity)], findings.Select(finding => (finding.Check, finding.Severity)));
    }

    [Fact]
    public void Every_error_of_a_case_is_found_not_only_the_first()
    {
        _case.FlairPath = "gone.nii";
        _case.T1Path = _folder.Write("nan.nii", Volumes.Of(s_shape, (x, _, _) => x == 0 ? float.NaN : x));
        Spoil("elsewhere");
        _case.LabelConvention = "BraTS2023";
        Assert.Equal(
            ["missing-file", "not-finite", "mask-overlap", "label-values"],
            Findings().Where(finding => finding.Severity == FindingSeverity.Error).Select(finding => finding.Check));
    }

    [Fact]
    public void Two_volumes_of_one_file_are_not_the_same_file()
    {
        (_case.T1Path, _case.T2Path) = ("four.nii.gz#1", "four.nii.gz#2");
        Assert.Equal(["missing-file", "missing-file"], Findings().Select(finding => finding.Check));
        _case.T1Path = "./four.nii.gz#2";
        Assert.Equal(["same-file", "missing-file", "missing-file"], Findings().Select(finding => finding.Check));
    }

    [Fact]
    public void A_file_stored_otherwise_is_delivered_as_a_BraTS_file_and_written_back_as_it_was()
    {
        BraTSCase turned = new()
        {
            FlairPath = Turned(_case.FlairPath),
            T1cePath = Turned(_case.T1cePath),
            LabelPath = Turned(_case.LabelPath),
            LabelConvention = "BraTS2018",
        };
        VolumeSet expected = CaseReader.Read(_case, _folder.Root), actual = CaseReader.Read(turned, _folder.Root);
        foreach ((Volume? want, Volume? have) in new[]
        {
            (expected[Modality.Flair], actual[Modality.Flair]),
            (expected[Modality.T1ce], actual[Modality.T1ce]),
            (expected.Label, actual.Label),
        })
        {
            Assert.Equal(want!.Grid, have!.Grid);
            Assert.Equal(want.Voxels, have.Voxels);
            Volume file = VolumeFile.Read(have.Source!), back = have.ToSourceGrid(0);
            Assert.Equal("SLA", file.Grid.Affine.AxisCodes);
            Assert.Equal(file.Grid, back.Grid);
            Assert.Equal(file.Voxels, back.Voxels);
        }

        Volume stored = CaseReader.Read(turned, _folder.Root, VolumeOrientation.AsStored)[Modality.Flair]!;
        Assert.Equal("SLA", stored.Grid.Affine.AxisCodes);
    }

    [Fact]
    public void A_file_without_orientation_stays_as_stored_and_says_so()
    {
        string path = Path.Combine(_folder.Root, _folder.Write("unknown.nii", Volumes.Brain(s_shape, 1)));
        byte[] bytes = File.ReadAllBytes(path);
        bytes.AsSpan(252, 4).Clear(); // qform_code and sform_code
        File.WriteAllBytes(path, bytes);
        Volume scan = CaseReader.Read(new() { FlairPath = path }, null)[Modality.Flair]!;
        Assert.Equal(VolumeFile.Read(path).Grid, scan.Grid);
        Assert.Contains("left and right", Assert.Single(scan.Warnings), StringComparison.Ordinal);
        Assert.Equal("orientation", Assert.Single(new CaseReader(new() { FlairPath = path }, null).Check()).Check);
    }

    public void Dispose() => _folder.Dispose();

    private CaseFinding[] Findings() => [.. new CaseReader(_case, _folder.Root).Check()];

    // The same volume with its axes to superior, left and anterior.
    private string Turned(string name)
    {
        Volume volume = VolumeFile.Read(Path.Combine(_folder.Root, name));
        return _folder.Write("turned_" + Path.GetFileName(name), volume.Reorient(AxisOrder.To(volume.Grid.Affine, "SLA")));
    }

    private void Spoil(Volume t2) => _case.T2Path = _folder.Write("bad.nii", t2);

    private void Spoil(string kind)
    {
        Volume brain = Volumes.Brain(s_shape, 9);
        string series = Path.Combine(_folder.Root, "series");
        byte[] dicom = [.. new byte[128], .. "DICM"u8, .. new byte[400]];
        switch (kind)
        {
            case "skull":
                Spoil(Volumes.Noise(s_shape, 9));
                _case.FlairPath = _case.T1Path = _case.T1cePath = ""; // it would not overlap with them either
                break;
            case "copy":
                Spoil(VolumeFile.Read(Path.Combine(_folder.Root, _case.T1Path)));
                break;
            case "label":
                Spoil(Volumes.Of(s_shape, (x, y, z) => brain[x, y, z] == 0 ? 0 : new float[] { 1, 2, 4 }[(x + y + z) % 3]));
                break;
            case "elsewhere":
                Spoil(Volumes.Of(s_shape, (x, y, z) => z is 1 or 2 ? brain[x, y, z] : 0));
                break;
            case "cut":
                Spoil(Volumes.Of(s_shape, (x, y, z) => z > 1 ? brain[x, y, z] : 0));
                break;
            case "saturated":
                Spoil(Volumes.Of(s_shape, (x, y, z) => (x, y, z) is (2, 2, 2 or 3) ? 32767 : brain[x, y, z]));
                break;
            case "negative-background":
                Spoil(Volumes.Of(s_shape, (x, y, z) => brain[x, y, z] - 5));
                break;
            case "dicom":
                File.WriteAllBytes(Path.Combine(_folder.Root, "bad.dcm"), dicom);
                _case.T2Path = "bad.dcm";
                break;
            case "dicom-folder":
                Directory.CreateDirectory(Path.Combine(series, "deeper"));
                File.WriteAllBytes(Path.Combine(series, "deeper", "IM0001"), dicom);
                _case.T2Path = "series";
                break;
            case "folder":
                Directory.CreateDirectory(series);
                _case.T2Path = "series";
                break;
            case "volume-of-no-file":
                _case.T2Path = "gone.nii.gz#2";
                break;
            default:
                throw new ArgumentException(kind, nameof(kind));
        }
    }
}
