using Smml.MLNet.Networks;
using Smml.MLNet.Training;

namespace Smml.MLNet.Methods.RFNet;

/// <summary>RFNet: one network, one mask per sample, region-aware fusion.</summary>
internal sealed class RFNetMethod : SegmentationMethod
{
    public static MethodName MethodName { get; } = new(
        "rfnet", "RFNet", "RFNet, a region-aware fusion network for incomplete multi-modal brain tumor segmentation (ICCV 2021)");

    public override MethodName Name => MethodName;

    internal override Type OptionsType => typeof(RFNetTrainerOptions);

    internal override Type ArchitectureType => typeof(RFNetArchitecture);

    internal override Type LossType => typeof(RFNetLossOptions);

    public override SegmentationTrainerOptions CreateOptions(NetworkSize size = NetworkSize.Paper, Fidelity fidelity = Fidelity.Corrected)
    {
        RFNetTrainerOptions options = new() { Fidelity = fidelity };

        // The separate predictions are a large part of a step's time on a CPU, which is better spent on more steps.
        return size == NetworkSize.Paper ? options
            : ForSmallVolumes(options) with { Architecture = RFNetArchitecture.Tiny, Losses = new() { SeparateWeight = 0 } };
    }

    public override SegmentationTrainerOptions CreatePaperOptions(BraTS edition, Fidelity fidelity = Fidelity.Corrected) =>
        RFNetTrainerOptions.Paper(edition, fidelity);

    internal override IReadOnlyList<SegmentationNetwork> CreateNetworks(NetworkArchitecture architecture, LabelConvention labels) =>
        [new RFNetNetwork((RFNetArchitecture)architecture, labels.ClassCount, training: false)];

    internal override TrainingMethod CreateTraining(SegmentationTrainerOptions options, TrainingSetup setup)
    {
        RFNetTrainerOptions own = (RFNetTrainerOptions)options;
        RFNetNetwork network = new(own.Architecture, setup.Classes, training: true);
        network.To(setup.Devices[0]);
        network.Train(true);
        return new RFNetTraining(own, network, setup.Classes);
    }
}
