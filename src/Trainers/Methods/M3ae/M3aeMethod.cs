using Smml.MLNet.Networks;
using Smml.MLNet.Training;

namespace Smml.MLNet.Methods.M3ae;

/// <summary>M3AE: one network, pre-trained to reconstruct hidden scans, with an image that stands for missing ones.</summary>
internal sealed class M3aeMethod : SegmentationMethod<M3aeTrainerOptions, M3aeArchitecture, M3aeLossOptions>
{
    public static MethodName MethodName { get; } = new(
        "m3ae", "M3AE", "M3AE, masked autoencoders of multimodal scans with a learnt substitute for missing ones (AAAI 2023)");

    public override MethodName Name => MethodName;

    public override IntensityScaling PublishedScaling => IntensityScaling.PercentileMinMax;

    internal override WeightLayout Weights { get; } = new M3aeWeights();

    public override SegmentationTrainerOptions CreateOptions(NetworkSize size = NetworkSize.Paper, Fidelity fidelity = Fidelity.Corrected)
    {
        M3aeArchitecture architecture = size == NetworkSize.Tiny ? M3aeArchitecture.Tiny : M3aeArchitecture.Paper;
        M3aeTrainerOptions options = new() { Architecture = architecture.For(fidelity), Fidelity = fidelity };

        // A tiny training is too short to spend most of it on reconstruction.
        return size == NetworkSize.Paper ? options : ForSmallVolumes(options) with { BatchSize = 2, PretrainingShare = 0.25 };
    }

    public override SegmentationTrainerOptions CreatePaperOptions(BraTS edition, Fidelity fidelity = Fidelity.Corrected) =>
        M3aeTrainerOptions.Paper(edition, fidelity);

    protected override IReadOnlyList<SegmentationNetwork> Networks(M3aeArchitecture architecture, LabelConvention labels, bool complete) =>
        [new M3aeNetwork(architecture, M3aeNetwork.Regions(labels), training: complete)];

    protected override TrainingMethod Training(M3aeTrainerOptions options, TrainingSetup setup)
    {
        RegionReadout regions = M3aeNetwork.Regions(setup.Labels);
        M3aeNetwork network = new(options.Architecture, regions, training: true);
        if (options.PretrainingEpochs > 0)
            network.Module.DrawImage();
        Prepare(network, setup.Devices[0]);
        return new M3aeTraining(options, network, regions, setup.Classes);
    }
}
