using Microsoft.ML;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet.Tests;

public sealed class LoadVolumesTests : IDisposable
{
    private readonly CaseFolder _folder = new();
    private readonly BraTSCase _case;

    public LoadVolumesTests() => _case = _folder.Case("a");

    public static TheoryData<string, string[]> BadCases => new()
    {
        { "problem", ["two files for FLAIR"] },
        { "none", ["names no scan", "FlairPath", "a_seg.nii.gz"] },
        { "twice", ["a_t2.nii.gz: named by T1Path and T2Path"] },
        { "twice-dots", ["a_t2.nii.gz: named by FlairPath and T2Path"] },
        { "absent", ["gone.nii: no such file (T1Path)", "root directory"] },
        { "shape", ["bad.nii: found 5x7x8 voxels, expected 6x7x8", "a_flair.nii.gz"] },
        { "affine", ["bad.nii and", "not co-registered", "1 mm apart"] },
        { "nan", ["bad.nii: found 2 voxels that are NaN or infinite"] },
        { "constant", ["bad.nii: every voxel is 7"] },
        { "label-shape", ["bad.nii: found 5x7x8 voxels, expected 6x7x8", "a_flair.nii.gz"] },
        { "label-value", ["bad.nii: found the label value 3 (56 voxels), 5 (56 voxels)", "BraTS2018 has 0, 1, 2, 4"] },
        {
            "label-ambiguous",
            ["bad.nii: found the label values 0, 1, 2, 3, but not what they mean", "BraTS2023", "column LabelConvention"]
        },
        { "label-unknown", ["bad.nii: found the label values 9", "column LabelConvention"] },
        { "convention", ["a_flair.nii.gz: 'BraTS1999' is not a label convention", "BraTS2015"] },
        { "not-nifti", ["bad.nii"] },
    };

    [Fact]
    public void It_keeps_the_contract() => StageContract.Holds<BraTSCase>(
        ml => ml.Transforms.LoadVolumes(_folder.Root),
        [
            _case,
            new() { T1Path = _case.T1Path, LabelPath = _case.LabelPath, LabelConvention = "BraTS2018" },
            new() { T2Path = Path.Combine(_folder.Root, _case.T2Path) },
        ],
        new() { FlairPath = "gone.nii" });

    [Fact]
    public void Volumes_know_their_file_and_their_convention_and_missing_scans_are_null()
    {
        _case.T1cePath = "";
        _case.T2Path = " ";
        VolumeSet volumes = CaseReader.Read(_case, _folder.Root);
        Assert.True(Volumes.Brain(CaseFolder.Shape, 1).Voxels.SequenceEqual(volumes[Modality.Flair]!.Voxels));
        Assert.Equal(Path.Combine(_folder.Root, "a_flair.nii.gz"), volumes[Modality.Flair]!.Source);
        Assert.Null(volumes[Modality.T1ce]);
        Assert.Null(volumes[Modality.T2]);
        Assert.All([.. volumes.Scans, volumes.Label!], volume => Assert.Same(LabelConvention.BraTS2018, volume.LabelConvention));
    }

    [Fact]
    public void The_convention_is_named_by_the_row_or_the_options_and_never_inferred()
    {
        _case.LabelConvention = "";
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => CaseReader.Read(_case, _folder.Root));
        Assert.Contains("but not what they mean", error.Message, StringComparison.Ordinal);
        Assert.Same(LabelConvention.BraTS2018, CaseReader.Read(_case, _folder.Root, convention: "brats2018").Label!.LabelConvention);
        _case.LabelPath = "";
        Assert.Null(CaseReader.Read(_case, _folder.Root)[Modality.Flair]!.LabelConvention);
        _case.LabelConvention = "brats2015";
        Assert.Same(
            LabelConvention.BraTS2015, CaseReader.Read(_case, _folder.Root, convention: "brats2018")[Modality.Flair]!.LabelConvention);
    }

    [Theory]
    [MemberData(nameof(BadCases))]
    public void A_bad_case_is_refused_with_the_file_and_the_remedy(string kind, string[] reasons)
    {
        Spoil(kind);
        Exception? error = Record.Exception(() => CaseReader.Read(_case, _folder.Root));
        Assert.NotNull(error);
        Assert.All(reasons, reason => Assert.Contains(reason, error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void A_bad_case_keeps_its_message_through_ML_NET()
    {
        Spoil("nan");
        MLContext ml = new();
        IDataView data = ml.Data.LoadFromEnumerable([_case]);
        IDataView loaded = ml.Transforms.LoadVolumes(_folder.Root).Fit(data).Transform(data);
        Assert.Contains(
            "bad.nii: found 2 voxels",
            Assert.Throws<InvalidDataException>(() => StageContract.Rows(ml, loaded)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_may_have_other_names_and_no_label()
    {
        MLContext ml = new();
        IDataView data = ml.Data.LoadFromEnumerable([new { _case.CaseId, FlairPath = "", T1cePath = "", _case.T1Path, T2Path = "" }]);
        VolumeColumns columns = new() { Flair = "A", T1ce = "B", T1 = "C", T2 = "D", Label = null };
        IDataView loaded = ml.Transforms
            .LoadVolumes(new LoadVolumesOptions { RootDirectory = _folder.Root, Columns = columns })
            .Fit(data)
            .Transform(data);
        Assert.Equal("CaseId FlairPath T1cePath T1Path T2Path A B C D", string.Join(" ", loaded.Schema.Select(column => column.Name)));
        Assert.Equal(CaseFolder.Shape, ml.Data.CreateEnumerable<OtherNames>(loaded, false).Single().C!.Shape);
    }

    public void Dispose() => _folder.Dispose();

    private void Spoil(string kind)
    {
        VolumeShape shape = CaseFolder.Shape;
        Volume Part(VolumeShape part) => Volumes.Brain(part, 9);
        string Bad(Volume volume) => _folder.Write("bad.nii", volume);
        switch (kind)
        {
            case "problem":
                _case.Problem = "a: two files for FLAIR";
                _case.T1Path = "gone.nii"; // no file is opened
                break;
            case "none":
                _case.FlairPath = _case.T1cePath = _case.T1Path = _case.T2Path = "";
                break;
            case "twice":
                _case.T1Path = _case.T2Path;
                break;
            case "twice-dots":
                _case.FlairPath = Path.Combine("..", Path.GetFileName(_folder.Root), _case.T2Path);
                _case.T2Path = Path.Combine(_folder.Root, _case.T2Path);
                break;
            case "absent":
                _case.T1Path = "gone.nii";
                break;
            case "shape":
                _case.T2Path = Bad(Part(new(5, 7, 8)));
                break;
            case "affine":
                _case.T2Path = Bad(CaseFolder.At(Part(shape), CaseFolder.Lps.Translate(0, 0, 1)));
                break;
            case "nan":
                _case.T2Path = Bad(Volumes.Of(
                    shape, (x, y, z) => (x, y, z) switch { (0, 0, 0) => float.NaN, (1, 0, 0) => float.PositiveInfinity, _ => x }));
                break;
            case "constant":
                _case.T2Path = Bad(Volumes.Of(shape, (_, _, _) => 7));
                break;
            case "label-shape":
                _case.LabelPath = Bad(Part(new(5, 7, 8)));
                break;
            case "label-value":
                _case.LabelPath = Bad(Volumes.Of(shape, (x, _, _) => x is 3 or 5 ? x : 0));
                break;
            case "label-ambiguous":
                _case.LabelConvention = "";
                _case.LabelPath = Bad(Volumes.Of(shape, (x, _, _) => x < 4 ? x : 0));
                break;
            case "label-unknown":
                _case.LabelConvention = "";
                _case.LabelPath = Bad(Volumes.Of(shape, (_, _, _) => 9));
                break;
            case "convention":
                _case.LabelConvention = "BraTS1999";
                break;
            case "not-nifti":
                File.WriteAllText(Path.Combine(_folder.Root, "bad.nii"), "no image");
                _case.T2Path = "bad.nii";
                break;
            default:
                throw new ArgumentException(kind, nameof(kind));
        }
    }

    private sealed class OtherNames
    {
        public Volume? C { get; set; }
    }
}
