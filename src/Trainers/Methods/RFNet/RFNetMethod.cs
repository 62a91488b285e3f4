using Smml.MLNet.Networks;
using Smml.MLNet.Training;

namespace Smml.MLNet.Methods.RFNet;

/// <summary>RFNet: one network, one mask per sample, region-aware fusion.</summary>
internal sealed class RFNetMethod : SegmentationMethod
{
    public static MethodName MethodName { get; } = new("rfnet", "RFNet", "RFNet, a region-aware fusion network for incomplete multi-modal brain tumor segmentation (ICCV 2021)");

    public override MethodName Name => MethodName;

    internal override Type OptionsType => typeof(RFNetTrainerOptions);

    internal override Type ArchitectureType => typeof(RFNetArchitecture);

    internal override Type LossType => typeof(RFNetLossOptions);

    public override SegmentationTrainerOptions CreateOptions(NetworkSize size = NetworkSize.Paper) =>
        size == NetworkSize.Tiny ? new RFNetTrainerOptions { Architecture = RFNetArchitecture.Tiny, StepsPerEpoch = null } : new RFNetTrainerOptions();

    public override SegmentationTrainerOptions CreatePaperOptions(BraTS edition, Fidelity fidelity = Fidelity.Corrected) => RFNetTrainerOptions.Paper(edition, fidelity);

    internal override IReadOnlyList<SegmentationNetwork> CreateNetworks(NetworkArchitecture architecture, int classes) =>
        [new RFNetNetwork((RFNetArchitecture)architecture, classes, training: false)];

    internal override TrainingMethod CreateTraining(SegmentationTrainerOptions options, TrainingSetup setup)
    {
        RFNetTrainerOptions own = (RFNetTrainerOptions)options;
        RFNetNetwork network = new(own.Architecture, setup.Classes, training: true);
        network.To(setup.Devices[0]);
        network.Train(true);
        return new RFNetTraining(own, network, setup.Classes);
    }
}
