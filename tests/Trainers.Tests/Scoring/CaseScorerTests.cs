using Microsoft.Data.Analysis;
using Microsoft.ML;
using Smml.MLNet.Phantom;
using Smml.MLNet.Tests.Persistence;

namespace Smml.MLNet.Tests.Scoring;

/// <summary>Segmenting a folder of cases: the same bytes however often it was stopped and in however many parts it was done.</summary>
public sealed class CaseScorerTests(CaseScorerTests.Scored scored) : IClassFixture<CaseScorerTests.Scored>
{
    [Fact]
    public void Files_are_those_of_the_model_in_a_pipeline_and_the_table_has_a_row_a_case()
    {
        using TemporaryFolder folder = new();
        ScoringReport report = scored.Run(folder.Path, new() { Uncertainty = true });
        Assert.Equal((3, 0, 0), (report.Cases.Count, report.Failures.Count, report.DoneBefore));
        foreach (ScoredCase one in report.Cases)
        {
            Volume written = VolumeFile.Read(folder[one.Segmentation.Name]), map = VolumeFile.Read(folder[one.Files[1].Name]);
            Assert.Equal(scored.Hashes[one.CaseId], TrainedChain.Hash(written));
            Assert.Equal(written.Grid, map.Grid);
            Assert.InRange(map.Voxels.ToArray().Max(), 1e-6f, 1);
            Assert.Equal(
                written.Voxels.ToArray().Count(value => value != 0) * written.Grid.VoxelVolume / 1000,
                one.Millilitres[ScoredRegion.WholeTumor],
                1e-9);
            Assert.Equal(one.Agreement!.Score < 0.6 || one.Millilitres[ScoredRegion.WholeTumor] == 0, one.NeedsReview);
        }

        Assert.All(report.Cases, one => Assert.True(
            one.Seconds is { Reading: > 0, Preparation: > 0, Network: > 0, Writing: > 0 }, $"{one.Seconds}"));
        DataFrame times = report.ToTimeDataFrame();
        Assert.Equal(3, times.Rows.Count);
        Assert.Equal(["CaseId", "Reading", "Preparation", "Network", "Writing"], times.Columns.Select(column => column.Name));
        Assert.Empty(scored.Run(folder.Path, new() { Uncertainty = true }).ToTimeDataFrame().Rows); // nothing was done anew

        DataFrame table = report.ToDataFrame();
        Assert.Equal(3, table.Rows.Count);
        Assert.Equal(["Phantom_0001", "Phantom_0002", "Phantom_0003"], table.Columns["CaseId"].Cast<string>());
        Assert.Equal("Flair+T1ce+T2", table.Columns["Modalities"][1]); // the second has no T1
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void The_flag_says_which_cases_agree_less_than_asked(double threshold, bool expected)
    {
        using TemporaryFolder folder = new();
        ScoringReport report = scored.Run(folder.Path, new() { Uncertainty = true, ReviewBelow = threshold }, scored.Cases[..1]);
        Assert.True(report.Cases[0].Millilitres[ScoredRegion.WholeTumor] > 0);
        Assert.Equal(expected, report.Cases[0].NeedsReview);
    }

    [Theory]
    [InlineData(0.59, 12.5, true)]
    [InlineData(0.6, 12.5, false)]
    [InlineData(1, 0, true)] // both branches find nothing, and agree on it
    public void A_case_needs_a_look_where_the_branches_disagree_or_find_nothing(double agreement, double millilitres, bool expected) =>
        Assert.Equal(expected, ScoredCase.Needs(agreement, millilitres, new ScoringOptions().ReviewBelow));

    [Fact]
    public void Parts_and_a_run_that_brings_them_together_give_the_bytes_of_one_run()
    {
        using TemporaryFolder one = new(), many = new();
        ScoringOptions options = new() { Uncertainty = true };
        scored.Run(one.Path, options).SaveCsv(one["scoring.csv"]);
        foreach (int index in new[] { 3, 1, 2, 4 }) // more parts than cases: the last one has none
            Assert.Equal(index == 4 ? 0 : 1, scored.Run(many.Path, new() { Uncertainty = true, Shard = new(index, 4) }).Cases.Count);
        ScoringReport together = scored.Run(many.Path, options);
        together.SaveCsv(many["scoring.csv"]);
        Assert.Equal(3, together.DoneBefore);
        string[] names =
        [
            .. Directory.EnumerateFiles(one.Path, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(one.Path, path))
                .Order(StringComparer.Ordinal),
        ];
        Assert.Equal(3 * 3 + 1, names.Length); // segmentation, map, record; and the table
        Assert.Equal(
            names,
            Directory.EnumerateFiles(many.Path, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(many.Path, path))
                .Order(StringComparer.Ordinal));
        Assert.All(
            names,
            name => Assert.True(File.ReadAllBytes(one[name]).AsSpan().SequenceEqual(File.ReadAllBytes(many[name])), $"{name} differs"));
    }

    [Fact]
    public void A_case_is_done_again_where_anything_that_it_depends_on_is_not_as_it_was()
    {
        using TemporaryFolder folder = new();
        Assert.Equal(0, scored.Run(folder.Path, new()).DoneBefore);
        Assert.Equal(3, scored.Run(folder.Path, new()).DoneBefore);
        Assert.Equal(0, scored.Run(folder.Path, new() { Again = true }).DoneBefore);
        Assert.Equal(0, scored.Run(folder.Path, new() { Windows = new() { Overlap = 0.25 } }).DoneBefore);
        Assert.Equal(3, scored.Run(folder.Path, new() { Windows = new() { Overlap = 0.25 } }).DoneBefore);

        string file = folder["Phantom_0001_seg.nii.gz"], record = folder["cases/Phantom_0002.json"];
        byte[] bytes = File.ReadAllBytes(file), flipped = [.. bytes];
        flipped[^9] ^= 1;
        File.WriteAllBytes(file, flipped);
        File.WriteAllText(record, File.ReadAllText(record).Replace("WholeTumor\\u0022:", "WholeTumor\\u0022:1", StringComparison.Ordinal));
        File.Delete(folder["Phantom_0003_seg.nii.gz"]);
        Assert.Equal(0, scored.Run(folder.Path, new() { Windows = new() { Overlap = 0.25 } }).DoneBefore);
        Assert.Equal(bytes, File.ReadAllBytes(file));
    }

    [Fact]
    public void Other_scans_of_the_same_name_are_scored_anew()
    {
        using TemporaryFolder folder = new(), cases = new();
        BraTSCase[] before = [.. PhantomDataset.Write(cases.Path, 1, seed: 8)];
        Assert.Equal(0, scored.Run(folder.Path, new(), before).DoneBefore);
        Volume scan = VolumeFile.Read(before[0].T2Path);
        VolumeFile.Write(
            before[0].T2Path, new Volume(scan.Grid, [.. scan.Voxels.ToArray().Select(value => value * value)]), VoxelType.Float32);
        Assert.Equal(0, scored.Run(folder.Path, new(), before).DoneBefore);
        Assert.Equal(1, scored.Run(folder.Path, new(), before).DoneBefore);
    }

    [Fact]
    public void A_bad_case_is_a_row_with_its_reason_and_the_others_are_done()
    {
        using TemporaryFolder folder = new();
        BraTSCase[] cases =
        [
            .. scored.Cases,
            new() { CaseId = "gone", FlairPath = folder["missing.nii.gz"] },
            new() { CaseId = "none" },
            new() { CaseId = "a/b", FlairPath = scored.Cases[0].FlairPath },
        ];
        ScoringReport report = scored.Run(folder.Path, new(), cases);
        Assert.Equal((3, 3), (report.Cases.Count, report.Failures.Count));
        Assert.Contains("missing.nii.gz", report.Failures[0].Reason, StringComparison.Ordinal);
        Assert.Contains("names no scan", report.Failures[1].Reason, StringComparison.Ordinal);
        Assert.Contains("cannot be a file name", report.Failures[2].Reason, StringComparison.Ordinal);
        Assert.Equal(
            ["segmented", "segmented", "segmented", "failed", "failed", "failed"], report.ToDataFrame().Columns["Status"].Cast<string>());
    }

    [Fact]
    public void A_case_with_a_problem_is_a_row_with_it_and_the_others_are_done()
    {
        using TemporaryFolder folder = new();
        BraTSCase refused = new() { CaseId = "two", FlairPath = scored.Cases[0].FlairPath, Problem = "two: found two files for FLAIR" };
        ScoringReport report = scored.Run(folder.Path, new(), [scored.Cases[0], refused]);
        Assert.Equal(refused.Problem, Assert.Single(report.Failures).Reason);
        Assert.Single(report.Cases);
        Assert.False(File.Exists(folder["two_seg.nii.gz"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rows_without_labels_are_scored_and_the_table_names_them_in_UTF_8(bool isLoaded)
    {
        using TemporaryFolder folder = new();
        const string Name = "M\u00FCller";
        ScoringReport report = scored.RunOn(
            folder.Path, isLoaded, new ScansOnly { CaseId = Name, FlairPath = scored.Cases[0].FlairPath, T1Path = scored.Cases[0].T1Path });
        Assert.Equal(["Flair+T1"], report.Cases.Select(one => one.Modalities.ToString()));
        report.SaveCsv(folder["scoring.csv"]);
        report.SaveCsv(folder["scoring.csv"]); // the same table may be replaced
        System.Text.UTF8Encoding strict = new(false, throwOnInvalidBytes: true);
        Assert.Contains($"\n{Name},Flair+T1,segmented,", File.ReadAllText(folder["scoring.csv"], strict));
        Assert.Contains($",{Name}_seg.nii.gz,", File.ReadAllText(folder["scoring.csv"], strict));

        File.WriteAllText(folder["patients.csv"], "CaseId,Age\n1,60\n");
        Assert.Throws<IOException>(() => report.SaveCsv(folder["patients.csv"]));
        Assert.Throws<IOException>(() => report.SaveCsv(scored.Cases[0].FlairPath));
    }

    [Fact]
    public void Rows_without_a_scan_column_or_with_one_of_another_type_are_refused_in_the_words_of_the_library()
    {
        using TemporaryFolder folder = new();
        Assert.Contains(
            "Score needs at least one of the columns FlairPath, T1cePath, T1Path, T2Path; the rows have CaseId, LabelPath",
            Assert.Throws<ArgumentException>(() => scored.RunOn(folder.Path, false, new { CaseId = "a", LabelPath = "" })).Message);
        Assert.Contains(
            "Score needs the column 'T2Path' of type String; found Single",
            Assert.Throws<ArgumentException>(
                () => scored.RunOn(folder.Path, false, new { CaseId = "a", FlairPath = "", T2Path = 1f })).Message);
    }

    [Fact]
    public void A_case_whose_label_values_mean_something_else_is_done_again()
    {
        using TemporaryFolder folder = new();
        BraTSCase Row(string convention) => new()
        {
            CaseId = "x",
            FlairPath = scored.Cases[0].FlairPath,
            T1cePath = scored.Cases[0].T1cePath,
            LabelConvention = convention,
        };
        scored.Run(folder.Path, new(), [Row("BraTS2018")]);
        Assert.Equal(0, scored.Run(folder.Path, new(), [Row("BraTS2023")]).DoneBefore);
        Assert.DoesNotContain(4f, VolumeFile.Read(folder["x_seg.nii.gz"]).Voxels.ToArray());
    }

    [Fact]
    public void Volumes_of_one_file_and_voxels_beside_their_header_count_as_what_they_hold()
    {
        using TemporaryFolder folder = new(), cases = new();
        Volume flair = VolumeFile.Read(scored.Cases[0].FlairPath), t2 = VolumeFile.Read(scored.Cases[0].T2Path);
        VolumeFile.WriteAll(cases["four.nii.gz"], [flair, t2]);
        File.WriteAllText(cases["pair.mhd"], string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"ObjectType = Image\nNDims = 3\nDimSize = {flair.Shape.X} {flair.Shape.Y} {flair.Shape.Z}\nElementSpacing = 1 1 1\n"
            + $"ElementType = MET_FLOAT\nElementByteOrderMSB = False\nElementDataFile = pair.raw\n"));
        void Voxels(Volume volume) =>
            File.WriteAllBytes(cases["pair.raw"], System.Runtime.InteropServices.MemoryMarshal.AsBytes(volume.Voxels).ToArray());
        Voxels(flair);
        BraTSCase[] rows =
        [
            new() { CaseId = "one", FlairPath = cases["four.nii.gz"] + "#0" },
            new() { CaseId = "two", FlairPath = cases["four.nii.gz"] + "#1" },
            new() { CaseId = "pair", FlairPath = cases["pair.mhd"] },
        ];
        Assert.Equal((3, 0), (scored.Run(folder.Path, new(), rows).Cases.Count, scored.Run(folder.Path, new(), rows).Failures.Count));
        Assert.Equal(3, scored.Run(folder.Path, new(), rows).DoneBefore);
        Voxels(t2);
        Assert.Equal(2, scored.Run(folder.Path, new(), rows).DoneBefore);
        rows[0].FlairPath = cases["four.nii.gz"] + "#1";
        Assert.Equal(2, scored.Run(folder.Path, new(), rows).DoneBefore);
    }

    [Fact]
    public void Files_of_the_data_set_are_never_replaced()
    {
        using TemporaryFolder folder = new();
        BraTSCase[] flat =
        [
            .. scored.Cases.Select(row => new BraTSCase
            {
                CaseId = row.CaseId,
                FlairPath = Copy(row.FlairPath, folder),
                LabelPath = Copy(row.LabelPath, folder),
                LabelConvention = row.LabelConvention,
            }),
        ];
        byte[] truth = File.ReadAllBytes(flat[0].LabelPath);
        Assert.Equal(folder["Phantom_0001_seg.nii.gz"], flat[0].LabelPath);
        ScoringReport report = scored.Run(folder.Path, new(), flat);
        Assert.Equal(3, report.Failures.Count);
        Assert.Contains("would be replaced", report.Failures[0].Reason, StringComparison.Ordinal);
        Assert.Equal(truth, File.ReadAllBytes(flat[0].LabelPath));
    }

    [Fact]
    public void A_segmentation_that_an_expert_corrected_is_never_replaced()
    {
        using TemporaryFolder folder = new();
        scored.Run(folder.Path, new());
        string corrected = folder["Phantom_0001_seg.nii.gz"], foreign = folder["Phantom_0002_seg.nii.gz"];
        Volume own = VolumeFile.Read(corrected);
        float[] voxels = own.Voxels.ToArray();
        voxels[0] = 1;
        VolumeFile.Write(corrected, new Volume(own.Grid, voxels), VoxelType.UInt8); // as another program would: without the mark
        File.WriteAllText(foreign, "notes");
        (byte[] before, byte[] notes) = (File.ReadAllBytes(corrected), File.ReadAllBytes(foreign));

        ScoringReport report = scored.Run(folder.Path, new() { Again = true });

        Assert.Equal(["Phantom_0001", "Phantom_0002"], report.Failures.Select(one => one.CaseId));
        Assert.All(report.Failures, one => Assert.Contains("was changed since", one.Reason, StringComparison.Ordinal));
        Assert.Equal(before, File.ReadAllBytes(corrected));
        Assert.Equal(notes, File.ReadAllBytes(foreign));
    }

    [Fact]
    public void The_table_says_which_file_was_read_as_which_scan_and_which_were_not_used()
    {
        using TemporaryFolder folder = new();
        BraTSCase row = new()
        {
            CaseId = "x",
            FlairPath = scored.Cases[0].FlairPath,
            T1cePath = scored.Cases[0].T1cePath,
            UnusedFiles = "a/ADC.nii.gz (none of the four scans)",
        };
        ScoringReport report = scored.Run(folder.Path, new(), [row]);
        Assert.Equal(row.FlairPath, Assert.Single(report.ToDataFrame().Columns["FlairFile"].Cast<string>()));
        Assert.Equal(row.T1cePath, Assert.Single(report.ToDataFrame().Columns["T1ceFile"].Cast<string>()));
        Assert.Null(Assert.Single(report.ToDataFrame().Columns["T1File"].Cast<string>()));
        Assert.Equal(row.UnusedFiles, Assert.Single(report.ToDataFrame().Columns["UnusedFiles"].Cast<string>()));
    }

    [Fact]
    public void Cases_of_one_name_are_failures_and_no_file_is_written_twice()
    {
        using TemporaryFolder folder = new();
        ScoringReport report = scored.Run(
            folder.Path,
            new(),
            [scored.Cases[0], new() { CaseId = "PHANTOM_0001", FlairPath = scored.Cases[1].FlairPath }, scored.Cases[2]]);
        Assert.Equal((1, 2), (report.Cases.Count, report.Failures.Count));
        Assert.All(report.Failures, failure => Assert.Contains("Several cases are named", failure.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_case_left_goes_where_it_is_done_again_and_the_flag_needs_no_new_run()
    {
        using TemporaryFolder folder = new();
        scored.Run(folder.Path, new() { Uncertainty = true });
        // the model's own overlap
        ScoringReport strict = scored.Run(folder.Path, new() { Uncertainty = true, ReviewBelow = 1, Windows = new() { Overlap = 0.5 } });
        Assert.Equal(3, strict.DoneBefore);
        Assert.All(strict.Cases, one => Assert.True(one.NeedsReview));
        scored.Run(folder.Path, new());
        Assert.Empty(Directory.EnumerateFiles(folder.Path, "*_disagreement.nii.gz"));
    }

    [Fact]
    public void A_file_that_cannot_be_written_ends_the_run_and_leaves_no_record()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["Phantom_0002_seg.nii.gz"]); // a folder where the file should be
        Exception fault = Assert.ThrowsAny<Exception>(() => scored.Run(folder.Path, new()));
        Assert.True(fault is IOException or UnauthorizedAccessException, fault.ToString());
        Assert.False(File.Exists(folder["cases/Phantom_0002.json"]));
        Assert.True(File.Exists(folder["cases/Phantom_0001.json"]));
    }

    [Fact]
    public void A_cancelled_run_keeps_what_is_done_and_goes_on_there()
    {
        using TemporaryFolder folder = new();
        using CancellationTokenSource stop = new();
        Assert.ThrowsAny<OperationCanceledException>(() => scored.Run(folder.Path, new()
        {
            CancellationToken = stop.Token,
            Progress = new Immediate<ScoringProgress>(now => { if (now.Done == 1) stop.Cancel(); }),
        }));
        Assert.Equal(1, scored.Run(folder.Path, new()).DoneBefore);
    }

    [Fact]
    public void Options_out_of_range_are_named()
    {
        using TemporaryFolder folder = new();
        string message = Assert.Throws<ArgumentException>(
            () => scored.Run(folder.Path, new() { ReviewBelow = 1.5, Windows = new() { BatchSize = 65 } })).Message;
        Assert.Contains("ReviewBelow is 1.5", message, StringComparison.Ordinal);
        Assert.Contains("Windows.BatchSize is 65", message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => scored.Run(folder.Path, new(), []));
    }

    private static string Copy(string path, TemporaryFolder folder)
    {
        string copy = folder[Path.GetFileName(path)];
        File.Copy(path, copy);
        return copy;
    }

    /// <summary>A row of a program that has no labels.</summary>
    internal sealed class ScansOnly
    {
        public string CaseId { get; set; } = "";

        public string FlairPath { get; set; } = "";

        public string T1Path { get; set; } = "";
    }

    private sealed class Immediate<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }

    /// <summary>A model and its cases.</summary>
    public sealed class Scored : IDisposable
    {
        private readonly TrainedChain _chain = new();

        public Scored()
        {
            Cases = [.. _chain.Context.Data.CreateEnumerable<BraTSCase>(_chain.Cases, reuseRowObject: false)];
            Hashes = _chain.Hashes.Select(line => line.Split(' ')).ToDictionary(pair => pair[0], pair => pair[1]);
        }

        internal BraTSCase[] Cases { get; }

        internal Dictionary<string, string> Hashes { get; }

        internal SegmentationReport Evaluate(EvaluationOptions options, BraTSCase[]? cases = null) =>
            _chain.Context.Segmentation.Evaluate(_chain.Model, _chain.Context.Data.LoadBraTS(cases ?? Cases), options);

        internal ScoringReport Run(string folder, ScoringOptions options, BraTSCase[]? cases = null) =>
            _chain.Context.Segmentation.Score(_chain.Model, _chain.Context.Data.LoadBraTS(cases ?? Cases), folder, options);

        internal ScoringReport RunOn<TRow>(string folder, bool isLoaded, params TRow[] rows)
            where TRow : class => _chain.Context.Segmentation.Score(
            isLoaded ? new MLContext().Model.Load(_chain.ModelPath, out _) : _chain.Model,
            _chain.Context.Data.LoadFromEnumerable(rows),
            folder);

        public void Dispose() => _chain.Dispose();
    }
}
