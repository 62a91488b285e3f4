using Microsoft.ML;
using Smml.MLNet.Inference;
using Smml.MLNet.Networks;
using Smml.MLNet.Tests.Exchange;
using Smml.MLNet.VolumeStages;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Onnx;

/// <summary>Small models of the methods that have graphs: imported reference weights, and random ones of any size.</summary>
internal static class OnnxModels
{
    /// <summary>Every way in which the graphs differ: methods, both paddings, both layouts of tokens, four and five classes, windows with
    /// different sides.</summary>
    public static IReadOnlyList<string> Keys { get; } =
        ["rfnet", "rfnet-zeros", "rfnet-5", "mmformer", "mmformer-zeros", "mmformer-5", "smml", "smml-imported"];

    public static SegmentationTransformer Create(MLContext ml, string key, TemporaryFolder folder) => key switch
    {
        "rfnet" => Import(ml, "rfnet", folder, new() { Fidelity = Fidelity.Corrected, Patch = new(16, 16, 16) }),
        "rfnet-zeros" => Import(ml, "rfnet", folder, new() { Fidelity = Fidelity.Reference, Patch = new(16, 24, 32) }),
        "rfnet-5" => Random(
            ml, new RFNetArchitecture { BaseChannels = 4, Patch = new(32, 16, 24) }, LabelConvention.BraTS2015),
        "mmformer" => Import(ml, "mmformer", folder, new() { Fidelity = Fidelity.Corrected }),
        "mmformer-zeros" => Import(ml, "mmformer", folder, new() { Fidelity = Fidelity.Reference }),
        "mmformer-5" => Random(ml, TinyProblem.Architecture.Backbone with { Patch = new(32, 32, 48) }, LabelConvention.BraTS2024Ped),
        "smml" => Random(ml, TinyProblem.Architecture, LabelConvention.BraTS2018),
        "smml-imported" => Import(ml, "smml", folder, new() { AttentionHeads = 2 }),
        _ => throw new ArgumentOutOfRangeException(nameof(key), key, "There is no such model."),
    };

    /// <summary>A model with random weights, of which none is 0.</summary>
    public static SegmentationTransformer Random(MLContext ml, NetworkArchitecture architecture, LabelConvention labels)
    {
        TorchRuntime.EnsureAvailable();
        TorchRuntime.Seed(3);
        using DisposeScope scope = NewDisposeScope();
        SegmentationMethod method = SegmentationMethods.Of(architecture);
        IReadOnlyList<SegmentationNetwork> networks = method.CreateNetworks(architecture, labels);
        using (no_grad())
        {
            foreach ((_, Tensor value) in networks.SelectMany(network => network.ScoringState()))
                value.Accumulate(randn_like(value).Times(0.1));
        }

        (long count, string hash) = NetworkWeights.Describe(networks);
        foreach (SegmentationNetwork network in networks)
            network.DetachFromScope();
        SegmentationModelInfo info = new()
        {
            LibraryVersion = ModelEnvironment.LibraryVersion,
            Architecture = architecture,
            LabelConvention = labels.Name,
            Overlap = 0.25,
            TrainingCases = 0,
            Epochs = 0,
            StepsPerEpoch = 0,
            BatchSize = 0,
            LearningRate = 0,
            Seed = 3,
            Losses = method.CreateOptions().Objective,
            TrainedWithCues = false,
            FinalLosses = new Dictionary<string, double>(),
            WeightsSha256 = hash,
            WeightCount = count,
            Columns = new(),
            OutputColumnName = "Segmentation",
        };
        TrainingResult training = new()
        {
            StopReason = StopReason.Imported,
            EpochsDone = 0,
            StepsDone = 0,
            BestEpoch = null,
            WeightsEpoch = null,
            Resumed = false,
        };
        return new(
            ml,
            EmptyView.Of(info.Columns.Named(StageColumns.In, withLabel: false)),
            new TorchEngine(info, networks, CPU),
            training);
    }

    private static SegmentationTransformer Import(MLContext ml, string method, TemporaryFolder folder, ImportOptions options) =>
        ml.Segmentation.Import(ReleasedWeights.Write(method, folder), options with { Method = SegmentationMethods.Parse(method) });
}
