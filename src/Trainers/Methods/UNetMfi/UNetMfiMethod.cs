using Smml.MLNet.Networks;
using Smml.MLNet.Training;

namespace Smml.MLNet.Methods.UNetMfi;

/// <summary>U-Net-MFI: one network, one mask per sample, features exchanged between the modalities.</summary>
internal sealed class UNetMfiMethod : SegmentationMethod
{
    public static MethodName MethodName { get; } = new(
        "unet-mfi", "U-Net-MFI", "U-Net-MFI, modality-adaptive feature interaction with missing modalities (MICCAI 2022)");

    public override MethodName Name => MethodName;

    internal override Type OptionsType => typeof(UNetMfiTrainerOptions);

    internal override Type ArchitectureType => typeof(UNetMfiArchitecture);

    internal override Type LossType => typeof(UNetMfiLossOptions);

    public override SegmentationTrainerOptions CreateOptions(NetworkSize size = NetworkSize.Paper, Fidelity fidelity = Fidelity.Corrected)
    {
        UNetMfiTrainerOptions options = new() { Fidelity = fidelity };
        return size == NetworkSize.Paper ? options
            : ForSmallVolumes(options) with { Architecture = UNetMfiArchitecture.Tiny, BatchSize = 2 };
    }

    public override SegmentationTrainerOptions CreatePaperOptions(BraTS edition, Fidelity fidelity = Fidelity.Corrected) =>
        UNetMfiTrainerOptions.Paper(edition, fidelity);

    internal override IReadOnlyList<SegmentationNetwork> CreateNetworks(NetworkArchitecture architecture, LabelConvention labels) =>
        [new UNetMfiNetwork((UNetMfiArchitecture)architecture, new(labels), training: false)];

    internal override TrainingMethod CreateTraining(SegmentationTrainerOptions options, TrainingSetup setup)
    {
        UNetMfiTrainerOptions own = (UNetMfiTrainerOptions)options;
        RegionReadout regions = new(setup.Labels);
        UNetMfiNetwork network = new(own.Architecture, regions, training: true);
        network.To(setup.Devices[0]);
        network.Train(true);
        return new UNetMfiTraining(own, network, regions, setup.Classes);
    }
}
