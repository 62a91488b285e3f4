using Smml.MLNet.Networks;
using Smml.MLNet.Training;

namespace Smml.MLNet.Methods.MmFormer;

/// <summary>mmFormer: one network, one mask per sample.</summary>
internal sealed class MmFormerMethod : SegmentationMethod
{
    public static MethodName MethodName { get; } = new(
        "mmformer", "mmFormer", "mmFormer, a multimodal medical transformer for incomplete multimodal learning (MICCAI 2022)");

    public override MethodName Name => MethodName;

    internal override Type OptionsType => typeof(MmFormerTrainerOptions);

    internal override Type ArchitectureType => typeof(MmFormerArchitecture);

    internal override Type LossType => typeof(MmFormerLossOptions);

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

    internal override IReadOnlyList<SegmentationNetwork> CreateNetworks(NetworkArchitecture architecture, LabelConvention labels) =>
        [new MmFormerNetwork("network", (MmFormerArchitecture)architecture, labels.ClassCount, training: false)];

    internal override TrainingMethod CreateTraining(SegmentationTrainerOptions options, TrainingSetup setup)
    {
        MmFormerTrainerOptions own = (MmFormerTrainerOptions)options;
        MmFormerNetwork network = new("network", own.Architecture, setup.Classes, training: true);
        network.To(setup.Devices[0]);
        network.Train(true);
        return new MmFormerTraining(own, network, setup.Classes);
    }
}
