using Smml.MLNet.Networks;
using Smml.MLNet.Onnx;
using Smml.MLNet.Training;

namespace Smml.MLNet.Methods.MmFormer;

/// <summary>mmFormer: one network, one mask per sample.</summary>
internal sealed class MmFormerMethod : SegmentationMethod<MmFormerTrainerOptions, MmFormerArchitecture, MmFormerLossOptions>
{
    private const string Network = "network";

    public static MethodName MethodName { get; } = new(
        "mmformer", "mmFormer", "mmFormer, a multimodal medical transformer for incomplete multimodal learning (MICCAI 2022)");

    public override MethodName Name => MethodName;

    internal override WeightLayout Weights { get; } = new MmFormerWeights();

    public override SegmentationTrainerOptions CreateOptions(NetworkSize size = NetworkSize.Paper, Fidelity fidelity = Fidelity.Corrected)
    {
        MmFormerArchitecture architecture = size == NetworkSize.Tiny ? MmFormerArchitecture.Tiny : MmFormerArchitecture.Paper;
        MmFormerTrainerOptions options = new()
        {
            Architecture = fidelity == Fidelity.Reference ? architecture with { TokenLayout = TokenLayout.Reference } : architecture,
            Fidelity = fidelity,
        };

        // The separate predictions are half of a step's time on a CPU, which is better spent on twice the steps.
        return size == NetworkSize.Paper ? options : ForSmallVolumes(options) with { Losses = new() { SeparateWeight = 0 } };
    }

    public override SegmentationTrainerOptions CreatePaperOptions(BraTS edition, Fidelity fidelity = Fidelity.Corrected) =>
        MmFormerTrainerOptions.Paper(edition, fidelity);

    protected override IReadOnlyList<SegmentationNetwork> Networks(
        MmFormerArchitecture architecture, LabelConvention labels, bool complete) =>
        [new MmFormerNetwork(Network, architecture, labels.ClassCount, training: complete)];

    protected override NetworkGraph Graph(MmFormerArchitecture architecture, LabelConvention labels) =>
        new MmFormerGraph(architecture, labels.ClassCount, Network);

    protected override TrainingMethod Training(MmFormerTrainerOptions options, TrainingSetup setup)
    {
        MmFormerNetwork network = new(Network, options.Architecture, setup.Classes, training: true);
        Prepare(network, setup.Devices[0]);
        return new MmFormerTraining(options, network, setup.Classes);
    }
}
