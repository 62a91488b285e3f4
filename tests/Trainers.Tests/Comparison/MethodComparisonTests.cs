using System.Globalization;
using System.Xml.Linq;
using Microsoft.Data.Analysis;
using Microsoft.ML;
using Smml.MLNet.Comparison;
using Smml.MLNet.Phantom;

namespace Smml.MLNet.Tests.Comparison;

public sealed class MethodComparisonTests(MethodComparisonTests.Study study) : IClassFixture<MethodComparisonTests.Study>
{
    [Fact]
    public void Every_method_has_the_same_cases_seed_and_steps_and_is_scored_on_cases_that_none_saw()
    {
        ComparisonReport report = study.Report;
        Assert.Equal(["SMML", "mmFormer", "RFNet"], report.Methods.Select(one => one.Method.Name));
        Assert.All(report.Methods, one =>
        {
            Assert.Equal((2, 4L, 6, 1), (one.Model.TrainingCases, one.Model.Training!.StepsDone, one.Model.Seed, one.Model.BatchSize));
            Assert.Equal(["Phantom_0003", "Phantom_0004"], one.Report.Scores.Select(score => score.CaseId).Distinct());
            Assert.True(one.SecondsPerCase > 0);
            Assert.InRange(one.TrainingPeakBytes!.Value, 50L << 20, 24L << 30);
            Assert.False(one.IsKept);
        });
        Assert.Contains("equal budget: 4 optimizer steps of 1 samples", report.Budget, StringComparison.Ordinal);
        Assert.Contains(report.Budget, report.ToTable(), StringComparison.Ordinal);
        foreach (string name in new[] { "smml.zip", "mmformer.zip", "rfnet.zip", "rfnet.json", "comparison.csv" })
            Assert.True(File.Exists(Path.Combine(study.Folder, name)), name);
    }

    [Fact]
    public void A_second_run_trains_nothing_and_gives_the_same_table()
    {
        List<ComparisonProgress> told = [];
        ComparisonReport again = study.Run(study.Folder, progress: told);
        Assert.Empty(told);
        Assert.All(again.Methods, one => Assert.True(one.IsKept));
        Assert.Equal(study.Report.ToTable(), again.ToTable().Replace("  (kept)", "", StringComparison.Ordinal));
        Assert.Equal(study.Report.Methods.Select(one => one.SecondsPerCase), again.Methods.Select(one => one.SecondsPerCase));
    }

    [Fact]
    public void A_stopped_comparison_keeps_what_is_done()
    {
        using TemporaryFolder folder = new();
        using CancellationTokenSource source = new();
        Assert.Throws<OperationCanceledException>(
            () => study.Run(folder.Path, options => options with { CancellationToken = source.Token }, stop: now =>
            {
                if (now.MethodsDone == 1)
                    source.Cancel();
            }));
        Assert.Equal(["smml.zip"], Directory.EnumerateFiles(folder.Path, "*.zip").Select(Path.GetFileName));
        ComparisonReport report = study.Run(folder.Path);
        Assert.Equal([true, false, false], report.Methods.Select(one => one.IsKept));
        Assert.Equal(study.Report.Methods.Select(one => one.Model.WeightsSha256), report.Methods.Select(one => one.Model.WeightsSha256));
    }

    [Fact]
    public void Means_spreads_ranks_and_paired_differences_are_those_of_the_scores()
    {
        ComparisonReport report = study.Report;
        SegmentationReport first = report.Methods[0].Report, last = report.Methods[2].Report;
        ModalitySet flair = ModalitySet.Of(Modality.Flair);
        double Of(SegmentationReport one, string caseId) => one.Scores
            .Single(score => score.CaseId == caseId
                && score.Region == ScoredRegion.WholeTumor
                && score.Modalities == flair
                && score.Metric == SegmentationMetrics.Dice)
            .Value;
        ComparisonCell cell = report.Scores.Of("RFNet", ScoredRegion.WholeTumor, flair);
        double a = Of(last, "Phantom_0003"), b = Of(last, "Phantom_0004"), c = Of(first, "Phantom_0003"), d = Of(first, "Phantom_0004");
        Assert.Equal((a + b) / 2, cell.Mean, 12);
        Assert.Equal(Math.Abs(a - b) / Math.Sqrt(2), cell.StandardDeviation, 12);
        Assert.Equal((a - c + b - d) / 2, cell.MeanDifference, 12);
        Assert.Equal(Math.Abs(a - c - b + d) / Math.Sqrt(2), cell.DifferenceStandardDeviation, 12);
        Assert.Equal(last.Mean(ScoredRegion.WholeTumor), report.Scores.Of("RFNet", ScoredRegion.WholeTumor, null).Mean, 12);
        Assert.True(double.IsNaN(report.Scores.Of("SMML", ScoredRegion.WholeTumor, flair).MeanDifference));
        ComparisonCell[] cells = [.. report.Methods.Select(one => report.Scores.Of(one.Method.Name, ScoredRegion.WholeTumor, flair))];
        Assert.All(cells, one => Assert.Equal(1 + cells.Count(other => other.Mean > one.Mean), one.Rank));
    }

    [Fact]
    public void The_table_has_the_layout_of_the_paper_wide_and_upright()
    {
        string[] wide = study.Report.ToTable(120).Split('\n'), narrow = study.Report.ToTable(38).Split('\n');
        Assert.Contains(wide, line => line.StartsWith("Whole tumour SMML", StringComparison.Ordinal));
        Assert.Contains(
            wide, line => line.StartsWith("T2 ", StringComparison.Ordinal) && line.TrimEnd().EndsWith("Avg", StringComparison.Ordinal));
        Assert.Contains(narrow, line => line.StartsWith(" F T1c T1 T2", StringComparison.Ordinal));
        string[] upright = [.. narrow.SkipWhile(line => line != "Whole tumour").TakeWhile(line => line.Length > 0)];
        Assert.All(upright, line => Assert.True(line.Length <= 50, line));
        Assert.Equal("Research use only, never a diagnosis.", wide[^1]);
    }

    [Fact]
    public void The_data_frames_and_the_page_hold_every_number()
    {
        DataFrame means = study.Report.ToDataFrame(), cases = study.Report.ToCaseDataFrame();
        Assert.Equal(3 * 4 * 3, means.Rows.Count); // methods, regions, two subsets and their mean
        Assert.Equal(study.Report.Methods.Sum(one => one.Report.Scores.Count), cases.Rows.Count);
        string[] lines = File.ReadAllLines(Path.Combine(study.Folder, "comparison.csv"));
        Assert.Equal("Method,Region,Modalities,Cases,Mean,StandardDeviation,Rank,MeanDifference,DifferenceStandardDeviation", lines[0]);
        Assert.Equal(means.Rows.Count + 1, lines.Length);

        XElement page = XDocument.Parse(study.Report.ToHtml()).Root!;
        Assert.Equal(3 * 3, page.Descendants("table").First().Element("tbody")!.Elements("tr").Count());
        string expected = (100 * study.Report.Scores.Of("RFNet", ScoredRegion.TumorCore, null).Mean)
            .ToString("0.0", CultureInfo.InvariantCulture);
        Assert.Contains(expected, page.Value, StringComparison.Ordinal);
        Assert.Contains("Research use only, never a diagnosis.", page.Value, StringComparison.Ordinal);
        Assert.DoesNotContain(page.Descendants().Attributes(), attribute => attribute.Name == "src" || attribute.Name == "href");
        Assert.NotEmpty(page.Descendants("b"));
        Assert.NotEmpty(page.Descendants("u"));
    }

    [Fact]
    public void With_folds_every_case_is_held_out_once_and_the_numbers_are_those_of_the_folds_together()
    {
        using TemporaryFolder folder = new();
        ComparisonOptions Folded(ComparisonOptions options) => options with
        {
            HeldOut = null,
            Folds = 2,
            Budget = new() { Steps = 2 },
            Evaluation = options.Evaluation with { Subsets = [ModalitySet.All] },
        };
        List<ComparisonProgress> told = [];
        ComparisonReport report = study.Run(folder.Path, Folded, told, methods: ["rfnet"]);
        Assert.Equal((2, 2, 4), (report.Folds, report.TrainingCases, report.HeldOutCases));
        ComparisonResult one = Assert.Single(report.Methods);
        Assert.Equal(
            ["Phantom_0001", "Phantom_0003", "Phantom_0002", "Phantom_0004"], one.Report.Scores.Select(score => score.CaseId).Distinct());
        Assert.Equal(2, one.Models.Select(model => model.WeightsSha256).Distinct().Count());
        Assert.Equal([0, 1], told.Select(now => now.MethodsDone).Distinct());
        Assert.All(told, now => Assert.Equal(2, now.Methods));
        Assert.Equal(4, report.Scores.Of("RFNet", ScoredRegion.WholeTumor, ModalitySet.All).Cases);
        Assert.Contains("Trained on 2 cases in each of 2 folds, seed 6", report.ToTable(), StringComparison.Ordinal);
        Assert.Contains("2 cases in each of 2 folds", report.ToHtml(), StringComparison.Ordinal);

        // A fold is the comparison that holds its cases out.
        ComparisonReport second = study.Run(
            folder["fold-2"],
            options => Folded(options) with { Folds = null, HeldOut = ["Phantom_0002", "Phantom_0004"] },
            methods: ["rfnet"]);
        Assert.True(second.Methods[0].IsKept);
        Assert.Equal(one.Models[1].WeightsSha256, second.Methods[0].Model.WeightsSha256);
        Assert.True(study.Run(folder.Path, Folded, methods: ["rfnet"]).Methods[0].IsKept);
    }

    [Fact]
    public void Folds_of_other_sizes_say_that_their_budgets_differ()
    {
        using TemporaryFolder folder = new();
        ComparisonReport report = study.Run(
            folder.Path,
            options => options with
            {
                HeldOut = null,
                Folds = 3,
                Budget = new() { Epochs = 1 },
                Evaluation = options.Evaluation with { Subsets = [ModalitySet.All] },
            },
            methods: ["rfnet"]);
        Assert.Equal((3, 2, 4), (report.Folds, report.TrainingCases, report.HeldOutCases));
        Assert.Equal(
            "equal budget: 1 optimizer steps of 2 samples for each method; in other folds equal budget: 2 optimizer steps of 2 samples for "
            + "each method",
            report.Budget);
    }

    [Fact]
    public void Cases_are_dealt_in_the_order_of_their_names()
    {
        Assert.Equal([["a", "c", "e"], ["b", "d"]], FoldedComparison.Deal(["e", "a", "d", "b", "c"], 2));
        Assert.Equal([["a"], ["b"], ["c"]], FoldedComparison.Deal(["c", "b", "a"], 3));
        Assert.Contains(
            "Folds is 5, and there are 4 cases",
            Assert.Throws<ArgumentException>(() => study.Run(
                Path.Combine(study.Folder, "none"), options => options with { HeldOut = null, Folds = 5 }, methods: ["rfnet"])).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, 3, 5, 1)] // a prime number of steps: epochs of one step
    [InlineData(12, 5, 4, 3)] // five cases are three steps of two
    [InlineData(2, 40, 1, 2)]
    public void A_number_of_steps_is_done_exactly(int steps, int cases, int epochs, int perEpoch)
    {
        MmFormerTrainerOptions options = new() { BatchSize = 2 };
        SegmentationTrainerOptions applied = new ComparisonBudget { Steps = steps }.Apply(options, options, cases, null);
        Assert.Equal((epochs, perEpoch), (applied.Epochs, applied.StepsPerEpoch));
    }

    [Fact]
    public void A_budget_in_minutes_is_timed_once_and_kept()
    {
        using TemporaryFolder folder = new();
        ComparisonOptions Timed(ComparisonOptions options) => options with { Budget = new() { Minutes = 0.02 } };
        ComparisonReport report = study.Run(folder.Path, Timed, methods: ["rfnet"]);
        long steps = report.Methods[0].Model.Training!.StepsDone;
        Assert.InRange(steps, 1, 1000);
        Assert.Contains("about 0.02 minutes", report.Budget, StringComparison.Ordinal);
        Assert.Contains(steps.ToString(CultureInfo.InvariantCulture), File.ReadAllText(folder["steps.json"]), StringComparison.Ordinal);
        Assert.True(study.Run(folder.Path, Timed, methods: ["rfnet"]).Methods[0].IsKept);

        string longer = Refusal(0.03);
        Assert.Contains(folder["steps.json"], longer, StringComparison.Ordinal);
        Assert.Contains("is about 0.02 minutes, expected 0.03", longer, StringComparison.Ordinal);
        string kept = File.ReadAllText(folder["steps.json"]);
        foreach ((string content, string reason) in new[]
        {
            (kept.Replace("\"settings\": \"", "\"settings\": \"another ", StringComparison.Ordinal), "'rfnet' with other settings"),
            (kept.Replace($"\"steps\": {steps}", "\"steps\": 0", StringComparison.Ordinal), "is damaged"),
            (kept[..^9], "is damaged"),
            ("null", "is damaged"),
        })
        {
            File.WriteAllText(folder["steps.json"], content);
            Assert.Contains(reason, Refusal(0.02), StringComparison.Ordinal);
            Assert.Equal(content, File.ReadAllText(folder["steps.json"]));
        }

        string Refusal(double minutes) => Assert.Throws<InvalidOperationException>(() => study.Run(
            folder.Path, options => options with { Budget = new() { Minutes = minutes } }, methods: ["rfnet"])).Message;
    }

    [Fact]
    public void What_cannot_work_is_refused_with_all_reasons_before_anything_is_trained()
    {
        MLContext ml = new(seed: 1);
        IDataView cases = ml.Data.LoadBraTS(BraTSDataset.Find(study.Cases));
        ComparisonMethod rfnet = ComparisonMethod.Parse("rfnet", NetworkSize.Tiny);
        string Message(IReadOnlyList<ComparisonMethod> methods, ComparisonOptions options) =>
            Assert.Throws<ArgumentException>(() => ml.Segmentation.Compare(cases, methods, options)).Message;
        string many = Message(
            [rfnet, rfnet], new() { HeldOut = [], Split = BraTSSplit.BraTS2020(), Budget = new() { Steps = 0, Epochs = 2 }, Folder = " " });
        foreach (string part in new[]
        {
            "2 methods are named 'RFNet'", "More than one of HeldOut, Split and Folds", "HeldOut is empty", "Budget names more than one",
            "Budget.Steps is 0", "Folder is empty",
        })
            Assert.Contains(part, many, StringComparison.Ordinal);
        Assert.Contains(
            "No method is named; expected some of smml, mmformer, rfnet, m3ae, unet-mfi, mctseg, smunet",
            Message([], new()),
            StringComparison.Ordinal);
        Assert.Contains("Folds is 1; expected 2 to 100", Message([rfnet], new() { Folds = 1 }), StringComparison.Ordinal);
        Assert.Contains(
            "give Steps or Epochs with Folds",
            Message([rfnet], new() { Folds = 2, Budget = new() { Minutes = 1 } }),
            StringComparison.Ordinal);
        Assert.Contains("HeldOut names Nobody", Message([rfnet], new() { HeldOut = ["Nobody"] }), StringComparison.Ordinal);
        Assert.Contains(
            "'unet' is no method",
            Assert.Throws<FormatException>(() => ComparisonMethod.Parse("unet", NetworkSize.Tiny)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "rfnet:reference",
            Assert.Throws<FormatException>(() => ComparisonMethod.Parse("rfnet:twice", NetworkSize.Tiny)).Message,
            StringComparison.Ordinal);
        ComparisonMethod reference = ComparisonMethod.Parse("smml:reference", NetworkSize.Tiny);
        Assert.Equal(
            ("SMML (reference)", "smml--reference", Fidelity.Reference), (reference.Name, reference.Key, reference.Options.Fidelity));
    }

    /// <summary>Makes the phantoms and the first run.</summary>
    public sealed class Study : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public Study()
        {
            PhantomDataset.Write(Cases, 4, seed: 5, new() { Shape = new(32, 32, 32), Spacing = (5.6, 5.6, 5.6) });
            Report = Run(Folder);
        }

        public string Cases => _folder["cases"];

        public string Folder => _folder["study"];

        public ComparisonReport Report { get; }

        internal ComparisonReport Run(
            string folder,
            Func<ComparisonOptions, ComparisonOptions>? with = null,
            List<ComparisonProgress>? progress = null,
            Action<ComparisonProgress>? stop = null,
            string[]? methods = null)
        {
            MLContext ml = new(seed: 1);
            ComparisonOptions options = new()
            {
                HeldOut = ["Phantom_0003", "Phantom_0004"],
                Budget = new() { Steps = 4 },
                Evaluation = new() { Subsets = [ModalitySet.All, ModalitySet.Of(Modality.Flair)], Metrics = SegmentationMetric.Dice },
                Folder = folder,
                Seed = 6,
                Progress = new Immediate(now =>
                {
                    progress?.Add(now);
                    stop?.Invoke(now);
                }),
            };
            ComparisonMethod[] compared =
            [
                .. (methods ?? ["smml", "mmformer", "rfnet"]).Select(key => ComparisonMethod.Parse(key, NetworkSize.Tiny)).Select(Small),
            ];
            return ml.Segmentation.Compare(ml.Data.LoadBraTS(BraTSDataset.Find(Cases)), compared, with?.Invoke(options) ?? options);
        }

        public void Dispose() => _folder.Dispose();

        private static ComparisonMethod Small(ComparisonMethod method) => method with
        {
            Options = method.Options switch
            {
                SmmlTrainerOptions smml => smml with { Architecture = TinyProblem.Architecture, BatchSize = 1 },
                MmFormerTrainerOptions own => own with { Architecture = TinyProblem.Architecture.Backbone },
                var other => other,
            },
        };

        private sealed class Immediate(Action<ComparisonProgress> report) : IProgress<ComparisonProgress>
        {
            public void Report(ComparisonProgress value) => report(value);
        }
    }
}
