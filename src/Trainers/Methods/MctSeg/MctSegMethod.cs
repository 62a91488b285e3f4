using Smml.MLNet.Networks;
using Smml.MLNet.Training;

namespace Smml.MLNet.Methods.MctSeg;

/// <summary>MCTSeg: one network, one mask per sample, a teacher that sees all scans.</summary>
internal sealed class MctSegMethod : SegmentationMethod
{
    public static MethodName MethodName { get; } = new(
        "mctseg", "MCTSeg", "MCTSeg, a multimodal feature distillation with CNN-Transformer network (arXiv 2404.14019)");

    public override MethodName Name => MethodName;

    internal override Type OptionsType => typeof(MctSegTrainerOptions);

    internal override Type ArchitectureType => typeof(MctSegArchitecture);

    internal override Type LossType => typeof(MctSegLossOptions);

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

    internal override IReadOnlyList<SegmentationNetwork> CreateNetworks(NetworkArchitecture architecture, LabelConvention labels) =>
        [new MctSegNetwork((MctSegArchitecture)architecture, labels.ClassCount, training: false)];

    internal override TrainingMethod CreateTraining(SegmentationTrainerOptions options, TrainingSetup setup)
    {
        MctSegTrainerOptions own = (MctSegTrainerOptions)options;
        MctSegNetwork network = new(own.Architecture, setup.Classes, training: true);
        network.To(setup.Devices[0]);
        network.Train(true);
        return new MctSegTraining(own, network, setup.Classes);
    }
}
