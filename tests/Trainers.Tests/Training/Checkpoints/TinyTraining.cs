using Microsoft.ML;

namespace Smml.MLNet.Tests.Training.Checkpoints;

/// <summary>A training of three epochs of three steps on three cases, which can be ended after any step and taken up again.</summary>
internal sealed class TinyTraining
{
    public const int Epochs = 3;
    public const int Steps = 3;

    public SmmlArchitecture Architecture { get; init; } = Without(TinyProblem.Architecture);

    public SmmlLossOptions Losses { get; init; } = TinyProblem.FusedOnly;

    public IReadOnlyList<TinyRow> Rows { get; init; } = [.. TinyProblem.Rows(3)];

    public bool Cues { get; init; }

    public long CaseMemory { get; init; } = 1L << 30;

    public string? CaseCacheFolder { get; init; }

    public int Workers { get; init; } = 1;

    public int Length { get; init; } = Epochs;

    public int? StepsPerEpoch { get; init; } = Steps;

    public int BatchSize { get; init; } = 2;

    public int GradientAccumulation { get; init; } = 1;

    public double LearningRate { get; init; } = 2e-3;

    public int? Seed { get; init; } = 7;

    public Func<MLContext, ValidationSetOptions>? Validation { get; init; }

    public string? LogFolder { get; init; }

    public List<string> Log { get; } = [];

    /// <summary>The test network without dropout, so that its branches run side by side.</summary>
    public static SmmlArchitecture Without(SmmlArchitecture other, int branches = 2) => new SmmlArchitecture
    {
        Name = "test",
        BaseChannels = other.BaseChannels,
        TransformerWidth = other.TransformerWidth,
        FeedForwardWidth = other.FeedForwardWidth,
        AttentionHeads = other.AttentionHeads,
        Dropout = 0,
        Patch = other.Patch,
        RefinementChannels = other.RefinementChannels,
    } with
    { BranchCount = branches };

    public SegmentationTransformer Run(CheckpointOptions? checkpoints = null, int? stopAfter = null, Action<TrainingProgress>? told = null)
    {
        MLContext ml = new(seed: 1);
        ml.Log += (_, message) => Log.Add($"{message.Kind}|{message.Source}|{message.RawMessage}");
        using CancellationTokenSource source = new();
        int steps = 0;
        SmmlTrainerOptions options = new()
        {
            Architecture = Architecture,
            Epochs = Length,
            StepsPerEpoch = StepsPerEpoch,
            BatchSize = BatchSize,
            GradientAccumulation = GradientAccumulation,
            Optimizer = new() { LearningRate = LearningRate },
            ConsistencyStartEpoch = 1,
            Seed = Seed,
            Losses = Losses,
            Cases = new() { Memory = CaseMemory, CacheFolder = CaseCacheFolder, Workers = Workers },
            Checkpoints = checkpoints,
            Validation = Validation?.Invoke(ml),
            Output = new() { LogFolder = LogFolder },
            CancellationToken = source.Token,
            Progress = new Immediate(progress =>
            {
                told?.Invoke(progress);
                if (++steps == stopAfter)
                    source.Cancel();
            }),
        };
        return ml.Segmentation.Trainers.Smml(options).Fit(TinyProblem.View(ml, Rows, Cues));
    }

    /// <summary>Runs and gives the hash of the weights.</summary>
    public string Weights(CheckpointOptions? checkpoints = null, int? stopAfter = null)
    {
        using SegmentationTransformer model = Run(checkpoints, stopAfter);
        return model.Info.WeightsSha256;
    }

    private sealed class Immediate(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
