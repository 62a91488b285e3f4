using System.Globalization;
using Microsoft.Data.Analysis;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Smml.MLNet.Phantom;

namespace Smml.MLNet.Tests.Evaluation;

/// <summary>Evaluation with a model whose answers are known: it returns the truth with Flair, nothing without.</summary>
public sealed class EvaluatorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smml-evaluation-").FullName;
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_case_is_scored_with_each_of_the_15_subsets()
    {
        IReadOnlyList<BraTSCase> cases = PhantomDataset.Write(_folder, 2, 3);
        List<EvaluationProgress> progress = [];
        SegmentationReport report = _ml.Segmentation.Evaluate(
            KnownModel(), _ml.Data.LoadBraTS(cases), new() { Progress = new Immediate(progress.Add) });
        Assert.Empty(report.Failures);
        Assert.Equal(2 * 15 * 4 * 6, report.Scores.Count);
        Assert.Equal(2 * 15 * 4, report.Scores.Count(score => score.Metric == "Dice"));
        foreach (ModalitySet subset in ModalitySet.Subsets)
            Assert.Equal(subset.Contains(Modality.Flair) ? 1 : 0, report.Mean(ScoredRegion.WholeTumor, subset), 3);
        Assert.Equal(8 / 15.0, report.Mean(ScoredRegion.WholeTumor), 3);
        Assert.Equal((30, 30), (progress[^1].Done, progress[^1].Total));

        DataFrame frame = report.ToDataFrame();
        Assert.Equal(["CaseId", "Modalities", "Region", "Metric", "Value"], frame.Columns.Select(column => column.Name));
        Assert.Equal(720, frame.Rows.Count);
        string csv = Path.Combine(_folder, "report.csv");
        report.SaveCsv(csv);
        string[] lines = File.ReadAllLines(csv);
        Assert.Equal(721, lines.Length);
        Assert.Equal("CaseId,Modalities,Region,Metric,Value", lines[0]);
        Assert.StartsWith("Phantom_0001,Flair,WholeTumor,Dice,1", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Each_metric_has_a_mean_of_its_own_and_the_mean_without_a_name_is_that_of_Dice()
    {
        IReadOnlyList<BraTSCase> cases = PhantomDataset.Write(_folder, 2, 3);
        ModalitySet with = ModalitySet.Of(Modality.Flair), without = ModalitySet.Of(Modality.T1);
        SegmentationReport report = _ml.Segmentation.Evaluate(
            KnownModel(), _ml.Data.LoadBraTS(cases), new() { Subsets = [with, without], Metrics = SegmentationMetric.All });
        Assert.Equal(2 * 2 * 4 * 8, report.Scores.Count);
        Assert.Equal(report.Mean("Dice", ScoredRegion.WholeTumor, with), report.Mean(ScoredRegion.WholeTumor, with));
        Assert.Equal((0, 374), (report.Mean("Hd95", ScoredRegion.WholeTumor, with), report.Mean("Hd95", ScoredRegion.WholeTumor, without)));
        Assert.Equal(
            (1, 0),
            (report.Mean("LesionDice", ScoredRegion.WholeTumor, with), report.Mean("LesionDice", ScoredRegion.WholeTumor, without)));
        Assert.True(report.Mean("TrueVolume", ScoredRegion.WholeTumor, without) > 0);
        Assert.Equal(double.NaN, report.Mean("Specificity", ScoredRegion.WholeTumor, with));
    }

    [Fact]
    public void What_is_not_defined_is_left_out_of_the_mean_and_empty_in_the_file_in_every_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            comma.NumberFormat.NumberDecimalSeparator = ",";
            CultureInfo.CurrentCulture = comma;
            IReadOnlyList<BraTSCase> cases = PhantomDataset.Write(_folder, 1, 3);
            ModalitySet without = ModalitySet.Of(Modality.T1);
            SegmentationReport report = _ml.Segmentation.Evaluate(
                KnownModel(), _ml.Data.LoadBraTS(cases), new() { Subsets = [without], EmptyRegion = EmptyRegion.Exclude });
            Assert.Equal(double.NaN, report.Mean("Hd95", ScoredRegion.WholeTumor, without));
            Assert.Equal(0, report.Mean("Sensitivity", ScoredRegion.WholeTumor, without));
            string csv = Path.Combine(_folder, "report.csv");
            report.SaveCsv(csv);
            string[] lines = File.ReadAllLines(csv);
            Assert.Contains("Phantom_0001,T1,WholeTumor,Hd95,", lines);
            Assert.Contains("Phantom_0001,T1,WholeTumor,Precision,", lines);
            Assert.Matches(
                @"^Phantom_0001,T1,WholeTumor,TrueVolume,\d+\.\d+$",
                lines.Single(line => line.Contains("WholeTumor,TrueVolume", StringComparison.Ordinal)));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [InlineData(100)]
    [InlineData(60)]
    public void The_table_has_the_layout_of_Table_1_and_fits_the_terminal(int width)
    {
        IReadOnlyList<BraTSCase> cases = PhantomDataset.Write(_folder, 1, 3);
        string table = _ml.Segmentation.Evaluate(KnownModel(), _ml.Data.LoadBraTS(cases)).ToTable(width);
        string[] lines = table.Split(Environment.NewLine);
        Assert.All(lines, line => Assert.True(line.Length <= Math.Max(width, 72), line));
        Assert.Contains("Research use only", table);
        if (width == 100)
        {
            Assert.Equal(
                "Flair             \u25CF    \u25CB    \u25CB    \u25CB    \u25CF    \u25CB    \u25CB    \u25CF    \u25CB    \u25CF    "
                + "\u25CB    \u25CF    \u25CF    \u25CF    \u25CF  Avg",
                lines[1]);
            Assert.Equal("Whole tumour    100  0.0  0.0  0.0  100  0.0  0.0  100  0.0  100  0.0  100  100  100  100 53.3", lines[5]);
        }
        else
        {
            Assert.Equal(15, lines.Count(line =>
                line.StartsWith(" \u25CF", StringComparison.Ordinal) || line.StartsWith(" \u25CB", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public void A_subset_that_a_case_does_not_have_is_left_out()
    {
        IReadOnlyList<BraTSCase> cases = PhantomDataset.Write(_folder, 1, 3, missing: _ => ModalitySet.Of(Modality.T1ce, Modality.T2));
        SegmentationReport report = _ml.Segmentation.Evaluate(KnownModel(), _ml.Data.LoadBraTS(cases));
        Assert.Equal(["Flair", "T1", "Flair+T1"], report.Scores.Select(score => score.Modalities.ToString()).Distinct());
    }

    [Fact]
    public void A_bad_case_is_reported_and_the_others_are_scored()
    {
        IReadOnlyList<BraTSCase> cases = PhantomDataset.Write(_folder, 3, 3);
        byte[] file = File.ReadAllBytes(cases[1].T2Path);
        File.WriteAllBytes(cases[1].T2Path, file[..(file.Length / 2)]);
        File.Delete(cases[2].LabelPath);
        SegmentationReport report = _ml.Segmentation.Evaluate(
            KnownModel(), _ml.Data.LoadBraTS(cases), new() { Subsets = [ModalitySet.All, ModalitySet.Of(Modality.Flair)] });
        Assert.Equal(3, report.Failures.Count);
        Assert.Equal((cases[1].CaseId, ModalitySet.All), (report.Failures[0].CaseId, report.Failures[0].Modalities));
        Assert.Contains(cases[1].T2Path, report.Failures[0].Reason);
        Assert.All(report.Failures.Skip(1), failure => Assert.Equal(cases[2].CaseId, failure.CaseId));
        Assert.Equal([cases[0].CaseId, cases[1].CaseId], report.Scores.Select(score => score.CaseId).Distinct());
    }

    [Fact]
    public void Scored_rows_are_evaluated_with_the_scans_that_they_have()
    {
        IReadOnlyList<BraTSCase> cases = PhantomDataset.Write(_folder, 1, 3, missing: _ => ModalitySet.Of(Modality.T1ce));
        SegmentationReport report = _ml.Segmentation.Evaluate(KnownModel().Transform(_ml.Data.LoadBraTS(cases)));
        Assert.Empty(report.Failures);
        Assert.Equal("Flair+T1+T2", report.Scores[0].Modalities.ToString());
        Assert.Equal(1, report.Mean(ScoredRegion.WholeTumor, report.Scores[0].Modalities), 6);
    }

    [Fact]
    public void Segmentations_are_written_in_one_call()
    {
        IReadOnlyList<BraTSCase> cases = PhantomDataset.Write(_folder, 2, 3);
        string target = Path.Combine(_folder, "out");
        IReadOnlyList<string> written = _ml.Data.SaveSegmentations(KnownModel().Transform(_ml.Data.LoadBraTS(cases)), target);
        Assert.Equal(["Phantom_0001_seg.nii.gz", "Phantom_0002_seg.nii.gz"], written.Select(Path.GetFileName));
        Volume source = VolumeFile.Read(cases[0].LabelPath), copy = VolumeFile.Read(written[0]);
        Assert.Equal(source.Grid.Affine, copy.Grid.Affine);
        Assert.True(source.Voxels.SequenceEqual(copy.Voxels));
        Assert.Equal(VoxelType.UInt8, VolumeFile.ReadHeader(written[0]).DataType);
    }

    [Fact]
    public void A_region_that_the_labels_do_not_have_is_not_scored()
    {
        BraTSCase only = OfYear2012();
        SegmentationReport report = _ml.Segmentation.Evaluate(KnownModel(LabelConvention.BraTS2012), _ml.Data.LoadBraTS([only]));
        Assert.Empty(report.Failures);
        Assert.Equal([ScoredRegion.WholeTumor, ScoredRegion.TumorCore], report.Scores.Select(score => score.Region).Distinct());
        Assert.Equal(1, report.Mean(ScoredRegion.TumorCore, ModalitySet.All), 6);
        Assert.Equal(double.NaN, report.Mean(ScoredRegion.EnhancingTumor, ModalitySet.All)); // a dash in the table, not 100
    }

    [Fact]
    public void Labels_of_other_classes_than_the_model_s_are_refused_even_where_there_are_as_many()
    {
        BraTSCase only = OfYear2012();
        SegmentationReport report = _ml.Segmentation.Evaluate(
            KnownModel(), _ml.Data.LoadBraTS([only]), new() { Subsets = [ModalitySet.All] });
        Assert.Contains(
            "its labels follow BraTS2012 (background, edema, tumor core), the model predicts BraTS2018",
            Assert.Single(report.Failures).Reason);

        only.LabelConvention = "BraTS2015";
        report = _ml.Segmentation.Evaluate(
            KnownModel(LabelConvention.BraTS2024), _ml.Data.LoadBraTS([only]), new() { Subsets = [ModalitySet.All] });
        Assert.Contains("its labels follow BraTS2015", Assert.Single(report.Failures).Reason); // both have five classes
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Labels_whose_meaning_nobody_names_are_refused_with_the_remedy(bool isScored)
    {
        BraTSCase only = OfYear2012(); // 0, 1 and 2 would pass as BraTS 2018
        only.LabelConvention = "";
        IDataView cases = _ml.Data.LoadBraTS([only]);
        SegmentationReport report = isScored
            ? _ml.Segmentation.Evaluate(KnownModel().Transform(cases))
            : _ml.Segmentation.Evaluate(KnownModel(), cases, new() { Subsets = [ModalitySet.All] });
        Assert.Contains("column LabelConvention", Assert.Single(report.Failures).Reason);
        Assert.Empty(report.Scores);
    }

    [Fact]
    public void Bad_options_and_no_cases_are_refused()
    {
        IDataView none = _ml.Data.LoadBraTS([]);
        Assert.Contains("no cases", Assert.Throws<InvalidOperationException>(() => _ml.Segmentation.Evaluate(KnownModel(), none)).Message);
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => _ml.Segmentation.Evaluate(KnownModel(), none, new() { Subsets = [ModalitySet.None], MinimumEnhancingVoxels = -1 }));
        Assert.Contains("empty set", error.Message);
        Assert.Contains("MinimumEnhancingVoxels", error.Message);
    }

    // A phantom whose label has the values of 2012: 1 oedema, 2 core.
    private BraTSCase OfYear2012()
    {
        BraTSCase only = Assert.Single(PhantomDataset.Write(_folder, 1, 3));
        Volume label = VolumeFile.Read(only.LabelPath);
        VolumeFile.Write(
            only.LabelPath,
            new(label.Grid, [.. label.Voxels.ToArray().Select(value => value switch { 0 => 0f, 2 => 1f, _ => 2f })]),
            VoxelType.UInt8);
        only.LabelConvention = "BraTS2012";
        return only;
    }

    // Reads the label that lies beside the Flair scan.
    private ITransformer KnownModel(LabelConvention? convention = null) => _ml.Transforms.LoadVolumes()
        .Append(_ml.Transforms.CustomMapping<KnownInput, KnownOutput>(
            (input, output) =>
            {
                Volume any = (input.Flair ?? input.T1ce ?? input.T1 ?? input.T2)!;
                Volume truth = VolumeFile.Read(string.Concat(any.Source!.AsSpan(0, any.Source!.LastIndexOf('_')), "_seg.nii.gz"));
                output.Segmentation = new(truth.Grid, input.Flair is null ? new float[truth.Voxels.Length] : truth.Voxels.ToArray())
                {
                    LabelConvention = convention ?? LabelConvention.BraTS2018,
                };
            },
            null))
        .Fit(_ml.Data.LoadBraTS([]));

    private sealed class KnownInput
    {
        public Volume? Flair { get; set; }

        public Volume? T1ce { get; set; }

        public Volume? T1 { get; set; }

        public Volume? T2 { get; set; }
    }

    private sealed class KnownOutput
    {
        public Volume? Segmentation { get; set; }
    }

    private sealed class Immediate(Action<EvaluationProgress> report) : IProgress<EvaluationProgress>
    {
        public void Report(EvaluationProgress value) => report(value);
    }
}
