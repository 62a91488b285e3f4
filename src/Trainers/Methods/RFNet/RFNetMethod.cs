using Smml.MLNet.Networks;
using Smml.MLNet.Onnx;
using Smml.MLNet.Training;

namespace Smml.MLNet.Methods.RFNet;

/// <summary>RFNet: one network, one mask per sample, region-aware fusion.</summary>
internal sealed class RFNetMethod : SegmentationMethod<RFNetTrainerOptions, RFNetArchitecture, RFNetLossOptions>
{
    public static MethodName MethodName { get; } = new(
        "rfnet", "RFNet", "RFNet, a region-aware fusion network for incomplete multi-modal brain tumor segmentation (ICCV 2021)");

    public override MethodName Name => MethodName;

    internal override WeightLayout Weights { get; } = new RFNetWeights();

    public override SegmentationTrainerOptions CreateOptions(NetworkSize size = NetworkSize.Paper, Fidelity fidelity = Fidelity.Corrected)
    {
        RFNetTrainerOptions options = new() { Fidelity = fidelity };

        // The separate predictions are a large part of a step's time on a CPU, which is better spent on more steps.
        return size == NetworkSize.Paper ? options
            : ForSmallVolumes(options) with { Architecture = RFNetArchitecture.Tiny, Losses = new() { SeparateWeight = 0 } };
    }

    public override SegmentationTrainerOptions CreatePaperOptions(BraTS edition, Fidelity fidelity = Fidelity.Corrected) =>
        RFNetTrainerOptions.Paper(edition, fidelity);

    protected override IReadOnlyList<SegmentationNetwork> Networks(RFNetArchitecture architecture, LabelConvention labels, bool complete) =>
        [new RFNetNetwork(architecture, labels.ClassCount, training: complete)];

    protected override NetworkGraph Graph(RFNetArchitecture architecture, LabelConvention labels) =>
        new RFNetGraph(architecture, labels.ClassCount);

    protected override TrainingMethod Training(RFNetTrainerOptions options, TrainingSetup setup)
    {
        RFNetNetwork network = new(options.Architecture, setup.Classes, training: true);
        Prepare(network, setup.Devices[0]);
        return new RFNetTraining(options, network, setup.Classes);
    }
}
