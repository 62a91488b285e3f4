using System.Globalization;
using Microsoft.ML;
using Smml.MLNet.Phantom;

namespace Smml.MLNet.Tests.Ablation;

/// <summary>A study of two rows on three phantoms, and what a second run makes of its folder.</summary>
public sealed class AblationStudyTests(AblationStudyTests.Study study) : IClassFixture<AblationStudyTests.Study>
{
    [Fact]
    public void Every_row_is_trained_on_the_same_cases_and_scored_on_the_others()
    {
        Assert.Equal(["base", "base + SRN"], study.Report.Rows.Select(row => row.Row.Name));
        Assert.All(study.Report.Rows, row =>
        {
            Assert.False(row.IsKept);
            Assert.Equal((2, 1, 6), (row.Model.TrainingCases, row.Model.Architecture.NetworkCount, row.Model.Seed));
            Assert.Equal(["Phantom_0003"], row.Report.Scores.Select(score => score.CaseId).Distinct());
            Assert.Equal(2, row.Report.Scores.Select(score => score.Modalities).Distinct().Count());
            Assert.Empty(row.Report.Failures);
        });
        Assert.Equal([false, true], study.Report.Rows.Select(row => row.Model.TrainedWithCues));
    }

    [Fact]
    public void The_table_shows_the_parts_as_circles_and_fits_80_columns()
    {
        string[] lines = study.Report.ToTable().ReplaceLineEndings("\n").Split('\n');
        Assert.All(lines, line => Assert.True(line.Length <= 80, line));
        Assert.StartsWith("  ○    ○   ○   ○  ", lines[2]);
        Assert.StartsWith("  ○    ○   ○   ●  ", lines[3]);
        Assert.Equal(lines[2].Length, lines[1].Length);
    }

    [Fact]
    public void The_data_frame_is_kept_as_a_file_that_no_culture_changes()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            comma.NumberFormat.NumberDecimalSeparator = ",";
            CultureInfo.CurrentCulture = comma;
            string path = Path.Combine(study.Folder, "again.csv");
            study.Report.SaveCsv(path);
            string[] lines = File.ReadAllLines(path);
            Assert.Equal(File.ReadAllLines(Path.Combine(study.Folder, "ablation.csv")), lines);
            Assert.Equal("Row,Modalities,Region,Metric,Value", lines[0]);
            Assert.Equal(1 + (2 * 2 * 4 * 6), lines.Length);
            double value = double.Parse(lines[1].Split(',')[4], CultureInfo.InvariantCulture);
            Assert.Equal(study.Report.Rows[0].Report.Scores[0].Value, value, 1e-12);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_second_run_trains_nothing_again_and_gives_the_same_report()
    {
        List<AblationProgress> told = [];
        AblationReport again = study.Run(progress: told);
        Assert.Empty(told);
        Assert.All(again.Rows, row => Assert.True(row.IsKept));
        Assert.Equal(study.Report.ToTable(), again.ToTable());
        Assert.Equal(study.Report.Rows.SelectMany(row => row.Report.Scores), again.Rows.SelectMany(row => row.Report.Scores));
    }

    [Fact]
    public void A_row_that_was_trained_but_not_scored_is_only_scored()
    {
        string folder = study.Copy();
        string path = Path.Combine(folder, "base.json"), text = File.ReadAllText(path);
        File.WriteAllText(path, text[..text.IndexOf("\"scores\"", StringComparison.Ordinal)] + "\"scores\": null }");
        List<AblationProgress> told = [];
        AblationReport again = study.Run(folder, progress: told);
        Assert.All(told, progress => Assert.NotNull(progress.Evaluation));
        Assert.NotEmpty(told);
        Assert.Equal(study.Report.ToTable(), again.ToTable());
        Assert.Equal(Lasting(text), Lasting(File.ReadAllText(path)));

        static IEnumerable<string> Lasting(string json) =>
            json.Split('\n').Where(line => !line.Contains("\"evaluatedAt\"", StringComparison.Ordinal));
    }

    [Fact]
    public void A_row_of_other_settings_is_never_taken()
    {
        string Refusal(Action<string>? change = null, Func<AblationOptions, AblationOptions>? with = null)
        {
            string folder = study.Copy();
            change?.Invoke(folder);
            List<AblationProgress> told = [];
            string message = Assert.Throws<InvalidOperationException>(() => study.Run(folder, with, told)).Message;
            Assert.Contains("Choose another folder", message);
            Assert.Empty(told);
            return message;
        }

        Assert.Contains("epochs: found 1, expected 2", Refusal(with: options => Study.Options(options.Folder!, epochs: 2)));
        Assert.Contains(
            "cues: found \"phantom:1\", expected \"phantom:2\"", Refusal(with: options => Study.Options(options.Folder!, cues: 2)));
        Assert.Contains("base.json is missing", Refusal(folder => File.Delete(Path.Combine(folder, "base.json"))));
        Assert.Contains("base.json is damaged", Refusal(folder => File.WriteAllText(Path.Combine(folder, "base.json"), "{")));
        Assert.Contains(
            "the model has the weights",
            Refusal(folder => File.Copy(Path.Combine(folder, "base-srn.zip"), Path.Combine(folder, "base.zip"), overwrite: true)));
        string other = study.Other;
        Assert.Contains(
            "trainingCases: found", Assert.Throws<InvalidOperationException>(() => study.Run(study.Copy(), cases: other)).Message);
    }

    [Fact]
    public void What_cannot_work_is_refused_before_anything_is_trained()
    {
        using TemporaryFolder folder = new();
        List<AblationProgress> told = [];
        Assert.Contains("no column 'Cues'", Assert.Throws<ArgumentException>(() =>
            study.Run(folder.Path, options => new() { Training = options.Training, Rows = options.Rows }, told)).Message);
        Assert.Contains("names base more than once", Assert.Throws<ArgumentException>(() =>
            study.Run(folder.Path, _ => new() { Rows = [SmmlAblation.Table4[0], SmmlAblation.Table4[0]] }, told)).Message);
        Assert.Empty(told);
        MLContext ml = new(seed: 1);
        IDataView cases = ml.Data.LoadBraTS(study.Cases);
        Assert.Contains(
            "in the training part and in the held-out part (Phantom_0001",
            Assert.Throws<ArgumentException>(() => ml.Segmentation.Ablate(Study.Preparation(ml), cases, cases)).Message);
    }

    [Fact]
    public void A_case_whose_cues_cannot_be_made_ends_the_comparison()
    {
        using TemporaryFolder folder = new();
        AblationOptions usual = Study.Options(folder.Path);
        string message = Assert.Throws<InvalidOperationException>(() => study.Run(folder.Path, _ => new()
        {
            Training = usual.Training,
            Rows = usual.Rows,
            Evaluation = usual.Evaluation,
            CueProvider = new Choosy(),
        })).Message;
        Assert.Contains("'base + SRN' was trained on 1 cases, 'base' on 2", message);
    }

    [Fact]
    public void Every_option_of_the_evaluation_reaches_the_evaluation()
    {
        using TemporaryFolder folder = new();
        SlidingWindowOptions windows = new() { Overlap = 0, Flips = FlipAxes.X };
        AblationOptions With(AblationOptions options) => options with
        {
            Rows = [SmmlAblation.Table4[0]],
            CueProvider = null,
            Evaluation = options.Evaluation with
            {
                Protocol = EvaluationProtocol.Paper,
                Windows = windows,
                EmptyRegion = EmptyRegion.Exclude,
                RecordFolder = folder["records"],
            },
        };
        SegmentationReport report = study.Run(folder["rows"], With).Rows[0].Report;
        Assert.Equal((EvaluationProtocol.Paper, EmptyRegion.Exclude), (report.Protocol, report.EmptyRegion));
        Assert.Single(Directory.EnumerateFiles(folder["records/base"], "*.json"));

        // The same model by the front door gives the same numbers, and other windows give others.
        MLContext ml = new(seed: 1);
        ITransformer model = ml.Model.Load(folder["rows/base.zip"], out _);
        IDataView heldOut = ml.Data.LoadBraTS(BraTSDataset.Find(study.Cases).Skip(2));
        EvaluationOptions options = new()
        {
            Subsets = [ModalitySet.All, ModalitySet.Of(Modality.Flair)],
            Protocol = EvaluationProtocol.Paper,
            EmptyRegion = EmptyRegion.Exclude,
        };
        Assert.Equal(ml.Segmentation.Evaluate(model, heldOut, options with { Windows = windows }).Scores, report.Scores);
        Assert.NotEqual(ml.Segmentation.Evaluate(model, heldOut, options).Scores, report.Scores);

        // What a kept row says is what the first run said; with another protocol it is not taken.
        SegmentationReport kept = study.Run(folder["rows"], With).Rows[0].Report;
        Assert.Equal((report.Protocol, report.EmptyRegion, report.EvaluatedAt), (kept.Protocol, kept.EmptyRegion, kept.EvaluatedAt));
        Assert.Equal(report.Warnings, kept.Warnings);
        Assert.Equal(report.Scores, kept.Scores);
        string message = Assert.Throws<InvalidOperationException>(() => study.Run(folder["rows"], options =>
            With(options) with { Evaluation = With(options).Evaluation with { Protocol = EvaluationProtocol.Deployed } })).Message;
        Assert.Contains("protocol: found \"Paper\", expected nothing", message);
    }

    [Fact]
    public void A_shard_of_the_evaluation_scores_its_cases_only()
    {
        using TemporaryFolder folder = new();
        AblationReport report = study.Run(folder.Path, options => options with
        {
            Rows = [SmmlAblation.Table4[0]],
            Evaluation = options.Evaluation with { Shard = new(2, 2) }, // of one held-out case: none
        });
        Assert.Empty(report.Rows[0].Report.Scores);
    }

    [Fact]
    public void Warnings_of_a_row_are_kept_with_it()
    {
        Assert.NotEmpty(study.Report.Rows[0].Report.Warnings); // the voxels are not of 1 mm
        Assert.Equal(study.Report.Rows[0].Report.Warnings, study.Run(study.Copy()).Rows[0].Report.Warnings);
    }

    [Fact]
    public void Cancelling_keeps_the_rows_that_are_done()
    {
        using TemporaryFolder folder = new();
        using CancellationTokenSource source = new();
        Assert.Throws<OperationCanceledException>(
            () => study.Run(folder.Path, options => Study.Options(folder.Path, cancellation: source.Token), stop: progress =>
            {
                if (progress.Evaluation is { } scored && scored.Done == scored.Total)
                    source.Cancel(); // at the end of the first row
            }));
        Assert.True(File.Exists(folder["base.zip"]));
        Assert.False(File.Exists(folder["base-srn.zip"]));
        AblationReport report = study.Run(folder.Path);
        Assert.Equal([true, false], report.Rows.Select(row => row.IsKept));
        Assert.Equal(study.Report.ToTable(), report.ToTable());
    }

    [Fact]
    public void A_row_that_is_cancelled_in_training_is_not_done_and_goes_on_from_its_checkpoint()
    {
        using TemporaryFolder folder = new();
        string whole = study.Run(folder["whole"], _ => Study.Options(folder["whole"], epochs: 3)).ToTable();
        using CancellationTokenSource source = new();
        AblationOptions With(CancellationToken cancellation)
        {
            AblationOptions options = Study.Options(folder["rows"], epochs: 3, cancellation: cancellation);
            return options with
            {
                Training = options.Training with { Checkpoints = new() { Folder = folder["checkpoints"], Resume = true } },
            };
        }

        Assert.Throws<OperationCanceledException>(() => study.Run(folder["rows"], _ => With(source.Token), stop: progress =>
        {
            if (progress.Training?.Epoch == 2)
                source.Cancel();
        }));
        Assert.False(File.Exists(folder["rows/base.zip"]));
        Assert.True(File.Exists(folder["checkpoints/base/latest.smmlckpt"]));
        Assert.Equal(whole, study.Run(folder["rows"], _ => With(default)).ToTable());
        Assert.True(File.Exists(folder["checkpoints/base-srn/final.smmlckpt"]));
    }

    /// <summary>Cannot make the cues of one case.</summary>
    private sealed class Choosy : ICueProvider
    {
        public SemanticCues Generate(CueCase source, CancellationToken cancellationToken = default) =>
            source.Name == "Phantom_0002"
                ? throw new InvalidDataException("Phantom_0002: no cues.")
                : new PhantomCueProvider().Generate(source, cancellationToken);
    }

    /// <summary>Makes the phantoms and the first run.</summary>
    public sealed class Study : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public Study()
        {
            PhantomOptions small = new() { Shape = new(32, 32, 32), Spacing = (5.6, 5.6, 5.6) };
            PhantomDataset.Write(Cases, 3, seed: 5, small);
            PhantomDataset.Write(Other, 3, seed: 6, small);
            Report = Run();
        }

        public string Cases => _folder["cases"];

        /// <summary>Other cases under the same names.</summary>
        public string Other => _folder["other"];

        public string Folder => _folder["study"];

        public AblationReport Report { get; }

        internal static AblationOptions Options(string folder, int epochs = 1, int cues = 1, CancellationToken cancellation = default) =>
            new()
            {
                Training = new()
                {
                    Architecture = TinyProblem.Architecture,
                    Epochs = epochs,
                    StepsPerEpoch = 1,
                    BatchSize = 1,
                    Seed = 6,
                    Losses = TinyProblem.FusedOnly,
                    ConsistencyStartEpoch = 0,
                },
                Rows = [.. SmmlAblation.Table4.Take(2)],
                Evaluation = new() { Subsets = [ModalitySet.All, ModalitySet.Of(Modality.Flair)] },
                Folder = folder,
                CueProvider = new PhantomCueProvider(cues),
                CueSource = $"phantom:{cues}",
                CancellationToken = cancellation,
            };

        internal static IEstimator<ITransformer> Preparation(MLContext ml) =>
            ml.Transforms.LoadVolumes().Append(ml.Transforms.CropForeground()).Append(ml.Transforms.NormalizeIntensity());

        /// <summary>Trains on two cases and holds the third out.</summary>
        internal AblationReport Run(
            string? folder = null,
            Func<AblationOptions, AblationOptions>? with = null,
            List<AblationProgress>? progress = null,
            Action<AblationProgress>? stop = null,
            string? cases = null)
        {
            MLContext ml = new(seed: 1);
            IReadOnlyList<BraTSCase> found = BraTSDataset.Find(cases ?? Cases);
            AblationOptions chosen = Options(folder ?? Folder);
            chosen = with?.Invoke(chosen) ?? chosen;
            AblationOptions told = chosen with
            {
                Progress = new Immediate(now =>
                {
                    progress?.Add(now);
                    stop?.Invoke(now);
                }),
            };
            return ml.Segmentation.Ablate(Preparation(ml), ml.Data.LoadBraTS(found.Take(2)), ml.Data.LoadBraTS(found.Skip(2)), told);
        }

        /// <summary>A copy of the first run's folder.</summary>
        internal string Copy()
        {
            string copy = _folder[Guid.NewGuid().ToString("N")];
            Directory.CreateDirectory(copy);
            foreach (string path in Directory.EnumerateFiles(Folder))
                File.Copy(path, Path.Combine(copy, Path.GetFileName(path)));
            return copy;
        }

        public void Dispose() => _folder.Dispose();

        private sealed class Immediate(Action<AblationProgress> report) : IProgress<AblationProgress>
        {
            public void Report(AblationProgress value) => report(value);
        }
    }
}
