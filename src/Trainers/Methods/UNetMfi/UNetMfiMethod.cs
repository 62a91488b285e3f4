using Smml.MLNet.Networks;
using Smml.MLNet.Training;

namespace Smml.MLNet.Methods.UNetMfi;

/// <summary>U-Net-MFI: one network, one mask per sample, features exchanged between the modalities.</summary>
internal sealed class UNetMfiMethod : SegmentationMethod<UNetMfiTrainerOptions, UNetMfiArchitecture, UNetMfiLossOptions>
{
    public static MethodName MethodName { get; } = new(
        "unet-mfi", "U-Net-MFI", "U-Net-MFI, modality-adaptive feature interaction with missing modalities (MICCAI 2022)");

    public override MethodName Name => MethodName;

    public override IntensityScaling PublishedScaling => IntensityScaling.ClippedZScore;

    internal override WeightLayout Weights { get; } = new UNetMfiWeights();

    public override SegmentationTrainerOptions CreateOptions(NetworkSize size = NetworkSize.Paper, Fidelity fidelity = Fidelity.Corrected)
    {
        UNetMfiTrainerOptions options = new() { Fidelity = fidelity };
        return size == NetworkSize.Paper ? options
            : ForSmallVolumes(options) with { Architecture = UNetMfiArchitecture.Tiny, BatchSize = 2 };
    }

    public override SegmentationTrainerOptions CreatePaperOptions(BraTS edition, Fidelity fidelity = Fidelity.Corrected) =>
        UNetMfiTrainerOptions.Paper(edition, fidelity);

    protected override IReadOnlyList<SegmentationNetwork> Networks(
        UNetMfiArchitecture architecture, LabelConvention labels, bool complete) =>
        [new UNetMfiNetwork(architecture, new(labels), training: complete)];

    protected override TrainingMethod Training(UNetMfiTrainerOptions options, TrainingSetup setup)
    {
        RegionReadout regions = new(setup.Labels);
        UNetMfiNetwork network = new(options.Architecture, regions, training: true);
        Prepare(network, setup.Devices[0]);
        return new UNetMfiTraining(options, network, regions, setup.Classes);
    }
}
