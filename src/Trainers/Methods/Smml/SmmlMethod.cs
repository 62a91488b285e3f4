using Smml.MLNet.Networks;
using Smml.MLNet.Training;

namespace Smml.MLNet.Methods.Smml;

/// <summary>Semantic-guided masked mutual learning.</summary>
internal sealed class SmmlMethod : SegmentationMethod
{
    public static MethodName MethodName { get; } = new(
        "smml", "SMML", "Semantic-guided Masked Mutual Learning (AAAI 2025), mmFormer backbones");

    public override MethodName Name => MethodName;

    internal override Type OptionsType => typeof(SmmlTrainerOptions);

    internal override Type ArchitectureType => typeof(SmmlArchitecture);

    internal override Type LossType => typeof(SmmlLossOptions);

    public override SegmentationTrainerOptions CreateOptions(NetworkSize size = NetworkSize.Paper, Fidelity fidelity = Fidelity.Corrected)
    {
        SmmlArchitecture architecture = size == NetworkSize.Tiny ? SmmlArchitecture.Tiny : SmmlArchitecture.Paper;
        SmmlTrainerOptions options = new()
        {
            Architecture = fidelity == Fidelity.Reference ? architecture with { TokenLayout = TokenLayout.Reference } : architecture,
            Fidelity = fidelity,
        };

        // Small regions vanish from the coarse map of a small window, hence soft prototypes. The separate predictions (not in the paper's
        // equation 13) are half of a step's time on a CPU, which is better spent on twice the steps.
        return size == NetworkSize.Paper ? options
            : ForSmallVolumes(options) with { Losses = new() { Prototypes = PrototypePooling.Soft, SeparateWeight = 0 } };
    }

    public override SegmentationTrainerOptions CreatePaperOptions(BraTS edition, Fidelity fidelity = Fidelity.Corrected) =>
        SmmlTrainerOptions.Paper(edition, fidelity);

    internal override IReadOnlyList<SegmentationNetwork> CreateNetworks(NetworkArchitecture architecture, LabelConvention labels) =>
        Students((SmmlArchitecture)architecture, labels.ClassCount, training: false, refinement: false);

    internal override TrainingMethod CreateTraining(SegmentationTrainerOptions options, TrainingSetup setup)
    {
        SmmlTrainerOptions own = (SmmlTrainerOptions)options;
        bool refinement = setup.HasCues && own.Losses.UsesRefinement;
        Student[] students = Students(own.Architecture, setup.Classes, training: true, refinement);
        for (int b = 0; b < students.Length; b++)
        {
            students[b].To(setup.Devices[b]);
            students[b].Train(true);
        }

        return new SmmlTraining(own, students, setup.Classes);
    }

    private static Student[] Students(SmmlArchitecture architecture, int classes, bool training, bool refinement) =>
        [
            .. Enumerable.Range(1, architecture.BranchCount)
                .Select(number => new Student(number, architecture, classes, training, refinement)),
        ];
}
