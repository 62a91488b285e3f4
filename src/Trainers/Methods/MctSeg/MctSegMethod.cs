using Smml.MLNet.Networks;
using Smml.MLNet.Training;

namespace Smml.MLNet.Methods.MctSeg;

/// <summary>MCTSeg: one network, one mask per sample, a teacher that sees all scans.</summary>
internal sealed class MctSegMethod : SegmentationMethod<MctSegTrainerOptions, MctSegArchitecture, MctSegLossOptions>
{
    public static MethodName MethodName { get; } = new(
        "mctseg", "MCTSeg", "MCTSeg, a multimodal feature distillation with CNN-Transformer network (arXiv 2404.14019)");

    public override MethodName Name => MethodName;

    internal override WeightLayout Weights { get; } = new MctSegWeights();

    public override SegmentationTrainerOptions CreateOptions(NetworkSize size = NetworkSize.Paper, Fidelity fidelity = Fidelity.Corrected)
    {
        MctSegArchitecture architecture = size == NetworkSize.Tiny ? MctSegArchitecture.Tiny : MctSegArchitecture.Paper;
        MctSegTrainerOptions options = new() { Architecture = architecture.As(fidelity), Fidelity = fidelity };

        // The separate predictions are nearly half of a step's time on a CPU, which is better spent on more steps.
        return size == NetworkSize.Paper ? options
            : ForSmallVolumes(options) with { BatchSize = 2, Losses = new() { SeparateWeight = 0 } };
    }

    public override SegmentationTrainerOptions CreatePaperOptions(BraTS edition, Fidelity fidelity = Fidelity.Corrected) =>
        MctSegTrainerOptions.Paper(edition, fidelity);

    protected override IReadOnlyList<SegmentationNetwork> Networks(
        MctSegArchitecture architecture, LabelConvention labels, bool complete) =>
        [new MctSegNetwork(architecture, labels.ClassCount, training: complete)];

    protected override TrainingMethod Training(MctSegTrainerOptions options, TrainingSetup setup)
    {
        MctSegNetwork network = new(options.Architecture, setup.Classes, training: true);
        Prepare(network, setup.Devices[0]);
        return new MctSegTraining(options, network, setup.Classes);
    }
}
