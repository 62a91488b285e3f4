using System.Xml.Linq;
using Microsoft.Data.Analysis;
using Microsoft.ML;

namespace Smml.MLNet.Tests;

public sealed class ValidateCasesTests : IDisposable
{
    private readonly CaseFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Each_case_is_told_with_its_facts_and_every_finding()
    {
        BraTSCase sound = _folder.Case("sound"),
            odd = _folder.Case("odd", 11),
            bad = _folder.Case("bad", 21),
            gone = new() { CaseId = "gone", T1Path = "gone.nii" };
        Volume brain = Volumes.Brain(CaseFolder.Shape, 7);
        odd.T2Path = _folder.Write("saturated.nii", Volumes.Of(brain.Shape, (x, y, z) => (x, y, z) == (2, 2, 2) ? 32767 : brain[x, y, z]));
        odd.T1Path = "";
        bad.FlairPath = _folder.Write("skull.nii", Volumes.Noise(brain.Shape, 3));
        bad.T1Path = bad.T2Path;
        List<int> progress = [];
        ValidationReport report = _ml.Data.ValidateCases(
            [sound, odd, bad, gone], new() { RootDirectory = _folder.Root, Progress = new Collector(progress) });

        Assert.Equal(["sound", "odd", "bad", "gone"], report.Cases.Select(one => one.CaseId));
        Assert.Equal(
            [ValidationVerdict.Ok, ValidationVerdict.Warning, ValidationVerdict.Refused, ValidationVerdict.Refused],
            report.Cases.Select(one => one.Verdict));
        Assert.Equal("4 cases: 1 ok, 1 with warnings, 2 refused", report.ToString());
        Assert.Equal([1, 2, 3, 4], progress);

        ValidatedCase first = report.Cases[0];
        Assert.Equal(VolumeFile.Read(Path.Combine(_folder.Root, sound.FlairPath)).Grid, first.Grid);
        Assert.Equal("BraTS2018", first.LabelConvention);
        Assert.Equal([0f, 1f, 2f, 4f], first.LabelVoxels.Keys);
        Assert.Equal(336, first.LabelVoxels.Values.Sum());
        Assert.All(ModalitySet.All, modality => Assert.Equal(120.0 / 336, first.TissueFractions[modality]));
        Assert.Equal(ModalitySet.All.Except(ModalitySet.Of(Modality.T1)), report.Cases[1].Modalities);
        Assert.Equal(
            ["same-file", "skull", "mask-overlap"],
            report.Cases[2].Findings.Where(finding => finding.Severity == FindingSeverity.Error).Select(finding => finding.Check));
        Assert.Null(report.Cases[3].Grid);

        DataFrame frame = report.ToDataFrame();
        Assert.Equal(["CaseId", "Severity", "Check", "File", "Message"], frame.Columns.Select(column => column.Name));
        Assert.Equal(report.Findings.Count(), frame.Rows.Count);
    }

    [Fact]
    public void A_case_with_a_problem_is_refused_before_any_file_is_opened()
    {
        BraTSCase refused = new() { CaseId = "two", T2Path = "gone.nii", Problem = "two: found two files for T2" };
        ValidationReport report = _ml.Data.ValidateCases([_folder.Case("sound"), refused], new() { RootDirectory = _folder.Root });
        ValidationFinding finding = report.Findings.Single();
        Assert.Equal(
            ("two", FindingSeverity.Error, "case-files", "", refused.Problem),
            (finding.CaseId, finding.Severity, finding.Check, finding.File, finding.Message));
        Assert.Equal(ValidationVerdict.Refused, report.Cases[1].Verdict);
    }

    [Fact]
    public void A_file_that_contradicts_itself_about_left_and_right_is_refused_unless_one_position_is_chosen()
    {
        BraTSCase mirrored = _folder.Case("mirrored");
        string path = Path.Combine(_folder.Root, mirrored.T1Path);
        byte[] bytes = File.ReadAllBytes(path);
        BitConverter.TryWriteBytes(bytes.AsSpan(76), -1f); // pixdim[0]: the third axis is mirrored
        foreach ((int offset, float value) in new[] { (256, 1f), (260, 0f), (264, 0f) })
            BitConverter.TryWriteBytes(bytes.AsSpan(offset), value); // half a turn around the first axis: RPS
        File.WriteAllBytes(path, bytes);
        ValidationReport Validate(OrientationSource? chosen) =>
            _ml.Data.ValidateCases([mirrored], new() { RootDirectory = _folder.Root, OrientationSource = chosen });
        IDataView data = _ml.Data.LoadFromEnumerable([mirrored]);
        Volume? Load(OrientationSource? chosen)
        {
            ITransformer stage = _ml.Transforms
                .LoadVolumes(new LoadVolumesOptions { RootDirectory = _folder.Root, OrientationSource = chosen })
                .Fit(data);
            using MemoryStream saved = new();
            _ml.Model.Save(stage, data.Schema, saved);
            return new MLContext()
                .Data.CreateEnumerable<LoadedT1>(_ml.Model.Load(saved, out _).Transform(data), reuseRowObject: false)
                .Single()
                .T1;
        }

        ValidationFinding refused = Assert.Single(Validate(null).Findings, finding => finding.Severity == FindingSeverity.Error);
        Assert.Equal(("orientation", path), (refused.Check, refused.File));
        Assert.All(["LPS", "RPS", path], part => Assert.Contains(part, refused.Message, StringComparison.Ordinal));
        Assert.Equal(refused.Message, Assert.ThrowsAny<FormatException>(() => Load(null)).Message);

        ValidationFinding warning = Assert.Single(Validate(OrientationSource.Sform).Findings);
        Assert.Equal((FindingSeverity.Warning, "orientation"), (warning.Severity, warning.Check));
        Assert.Contains(warning.Message, Load(OrientationSource.Sform)!.Warnings);
        // the other scans say LPS in both ways, so this one lies elsewhere by its qform
        Assert.Contains(Validate(OrientationSource.Qform).Findings, finding => finding.Check == "affine");
        Assert.Contains(
            "OrientationSource is Unknown",
            Assert.Throws<ArgumentException>(
                () => _ml.Transforms.LoadVolumes(new LoadVolumesOptions { OrientationSource = OrientationSource.Unknown })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_validation_refuses_is_what_LoadVolumes_refuses_with_the_same_words()
    {
        BraTSCase bad = _folder.Case("bad");
        bad.T2Path = _folder.Write("skull.nii", Volumes.Noise(CaseFolder.Shape, 3));
        ValidationFinding finding = _ml.Data.ValidateCases([bad], new() { RootDirectory = _folder.Root })
            .Findings.First(finding => finding.Severity == FindingSeverity.Error);
        IDataView data = _ml.Data.LoadFromEnumerable([bad]);
        IDataView loaded = _ml.Transforms.LoadVolumes(_folder.Root).Fit(data).Transform(data);
        Assert.Equal(finding.Message, Assert.Throws<InvalidDataException>(() => StageContract.Rows(_ml, loaded)).Message);
    }

    [Theory]
    [InlineData(50)]
    [InlineData(80)]
    public void The_table_fits_its_width_and_tells_one_reason_once(int width)
    {
        BraTSCase[] cases =
        [
            .. Enumerable.Range(0, 3).Select(index => _folder.Case($"BraTS20_Training_{index:000}_with_a_long_name", (ulong)(index * 10))),
        ];
        foreach (BraTSCase item in cases.Take(2))
        {
            foreach (Modality modality in ModalitySet.All)
                item.SetPath(modality, _folder.Write(item.PathOf(modality), CaseFolder.At(
                    VolumeFile.Read(Path.Combine(_folder.Root, item.PathOf(modality))), new(-2, 0, 0, 0, 0, -2, 0, 0, 0, 0, 2, 0))));
            item.LabelPath = "";
        }

        string table = _ml.Data.ValidateCases(cases, new() { RootDirectory = _folder.Root }).ToTable(width);
        Assert.All(table.Split('\n'), line => Assert.True(line.Length <= width, line));
        Assert.Equal(2, table.Split("[spacing]").Length);
        Assert.Contains("warning [spacing] 2 cases", table, StringComparison.Ordinal);
        Assert.Contains("3 cases: 1 ok, 2 with warnings, 0 refused", table, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a", 100)]
    [InlineData("sub-01", 50)]
    [InlineData("eightlet", 1)]
    [InlineData("a name that is longer than any terminal, with a \uD83E\uDDE0 in it, and longer still, and still longer, to its end", 50)]
    public void The_table_is_printed_for_names_of_any_length_and_any_width(string name, int width)
    {
        ValidationReport report = _ml.Data.ValidateCases([_folder.Case(name)], new() { RootDirectory = _folder.Root });
        string table = report.ToTable(width);
        Assert.Contains(name[^Math.Min(4, name.Length)..], table, StringComparison.Ordinal);
        Assert.Contains("files", table, StringComparison.Ordinal);
        Assert.DoesNotContain(table, letter => letter == '\uFFFD');
    }

    [Fact]
    public void The_report_says_which_file_is_which_and_warns_of_a_name_that_contradicts_itself()
    {
        string folder = Path.Combine(_folder.Root, "data", "anna");
        Directory.CreateDirectory(folder);
        BraTSCase source = _folder.Case("a");
        foreach ((string from, string to) in new[]
        {
            (source.FlairPath, "flair.nii.gz"),
            (source.T1cePath, "CT1.nii.gz"),
            (source.T2Path, "T1_T2.nii.gz"),
            (source.T2Path, "ADC.nii.gz"),
        })
            File.Copy(Path.Combine(_folder.Root, from), Path.Combine(folder, to));
        ValidationReport report = _ml.Data.ValidateCases(Path.Combine(_folder.Root, "data"));
        ValidatedCase only = Assert.Single(report.Cases);
        Assert.Equal(Path.Combine(folder, "CT1.nii.gz"), only.ScanPaths[Modality.T1ce]);
        Assert.Equal(2, only.UnusedFiles.Count);
        Assert.Equal("unused-file", Assert.Single(report.Findings).Check);
        string table = report.ToTable(200);
        Assert.Contains("anna: Flair flair.nii.gz, T1ce CT1.nii.gz", table, StringComparison.Ordinal);
        Assert.Contains(
            "anna: ADC.nii.gz (none of the four scans ('adc')), T1_T2.nii.gz (its name says T1 and T2)", table, StringComparison.Ordinal);
        Assert.Contains("T1ce CT1.nii.gz", ValidationFragment.Write(report), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_DICOM_files_is_told_what_to_do()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Root, "dicom", "series"));
        File.WriteAllBytes(Path.Combine(_folder.Root, "dicom", "series", "IM0001"), [.. new byte[128], .. "DICM"u8, .. new byte[40]]);
        string message = Assert.Throws<InvalidDataException>(() => _ml.Data.ValidateCases(Path.Combine(_folder.Root, "dicom"))).Message;
        Assert.Contains("dcm2niix first", message, StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(_folder.Root, "nothing"));
        Assert.DoesNotContain(
            "dcm2niix",
            Assert.Throws<InvalidDataException>(() => _ml.Data.ValidateCases(Path.Combine(_folder.Root, "nothing"))).Message,
            StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => _ml.Data.ValidateCases(Path.Combine(_folder.Root, "absent")));
    }

    [Fact]
    public void It_can_be_cancelled()
    {
        using CancellationTokenSource source = new();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(
            () => _ml.Data.ValidateCases([_folder.Case("a")], new() { RootDirectory = _folder.Root, CancellationToken = source.Token }));
    }

    [Fact]
    public void A_notebook_shows_the_worst_case_first_and_a_finding_once()
    {
        BraTSCase sound = _folder.Case("a sound one"), bad = _folder.Case("<bad>", 21), worse = _folder.Case("worse", 31);
        bad.T1Path = worse.T1Path = "gone.nii";
        ValidationReport report = _ml.Data.ValidateCases([sound, bad, worse], new() { RootDirectory = _folder.Root });
        XElement shown = XElement.Parse(ValidationFragment.Write(report));
        XElement[] tables = [.. shown.Descendants("table")];
        Assert.Equal(["case", "<bad>", "worse", "a sound one"], tables[0].Descendants("tr").Select(row => row.Elements().First().Value));
        Assert.Equal(["refused", "refused", "ok"], tables[0].Descendants("tr").Skip(1).Select(row => row.Elements().Last().Value));
        Assert.Single(tables[1].Descendants("tr"), row =>
            row.Value.Contains("[missing-file]", StringComparison.Ordinal) && row.Value.EndsWith("<bad>, worse", StringComparison.Ordinal));
        Assert.Contains(
            typeof(ValidationReport).GetCustomAttributes(inherit: false), one => one.GetType().Name == "TypeFormatterSourceAttribute");
    }

    public void Dispose() => _folder.Dispose();

    private sealed class Collector(List<int> reports) : IProgress<ValidationProgress>
    {
        public void Report(ValidationProgress value) => reports.Add(value.Done);
    }

    /// <summary>What is read of a loaded row.</summary>
    private sealed class LoadedT1
    {
        public Volume? T1 { get; set; }
    }
}
