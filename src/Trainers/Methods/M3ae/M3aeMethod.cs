using Smml.MLNet.Networks;
using Smml.MLNet.Training;

namespace Smml.MLNet.Methods.M3ae;

/// <summary>M3AE: one network, pre-trained to reconstruct hidden scans, with an image that stands for missing ones.</summary>
internal sealed class M3aeMethod : SegmentationMethod
{
    public static MethodName MethodName { get; } = new(
        "m3ae", "M3AE", "M3AE, masked autoencoders of multimodal scans with a learnt substitute for missing ones (AAAI 2023)");

    public override MethodName Name => MethodName;

    internal override Type OptionsType => typeof(M3aeTrainerOptions);

    internal override Type ArchitectureType => typeof(M3aeArchitecture);

    internal override Type LossType => typeof(M3aeLossOptions);

    public override SegmentationTrainerOptions CreateOptions(NetworkSize size = NetworkSize.Paper, Fidelity fidelity = Fidelity.Corrected)
    {
        M3aeArchitecture architecture = size == NetworkSize.Tiny ? M3aeArchitecture.Tiny : M3aeArchitecture.Paper;
        M3aeTrainerOptions options = new() { Architecture = architecture.For(fidelity), Fidelity = fidelity };

        // A tiny training is too short to spend most of it on reconstruction.
        return size == NetworkSize.Paper ? options : ForSmallVolumes(options) with { BatchSize = 2, PretrainingShare = 0.25 };
    }

    public override SegmentationTrainerOptions CreatePaperOptions(BraTS edition, Fidelity fidelity = Fidelity.Corrected) =>
        M3aeTrainerOptions.Paper(edition, fidelity);

    internal override IReadOnlyList<SegmentationNetwork> CreateNetworks(NetworkArchitecture architecture, LabelConvention labels) =>
        [new M3aeNetwork((M3aeArchitecture)architecture, M3aeNetwork.Regions(labels), training: false)];

    internal override TrainingMethod CreateTraining(SegmentationTrainerOptions options, TrainingSetup setup)
    {
        M3aeTrainerOptions own = (M3aeTrainerOptions)options;
        RegionReadout regions = M3aeNetwork.Regions(setup.Labels);
        M3aeNetwork network = new(own.Architecture, regions, training: true);
        if (own.PretrainingEpochs > 0)
            network.Module.DrawImage();
        network.To(setup.Devices[0]);
        network.Train(true);
        return new M3aeTraining(own, network, regions, setup.Classes);
    }
}
