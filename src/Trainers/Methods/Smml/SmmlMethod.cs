using Smml.MLNet.Networks;
using Smml.MLNet.Training;

namespace Smml.MLNet.Methods.Smml;

/// <summary>Semantic-guided masked mutual learning.</summary>
internal sealed class SmmlMethod : SegmentationMethod
{
    public static MethodName MethodName { get; } = new("smml", "SMML", "Semantic-guided Masked Mutual Learning (AAAI 2025), mmFormer backbones");

    public override MethodName Name => MethodName;

    internal override Type OptionsType => typeof(SmmlTrainerOptions);

    internal override Type ArchitectureType => typeof(SmmlArchitecture);

    internal override Type LossType => typeof(SmmlLossOptions);

    public override SegmentationTrainerOptions CreateOptions(NetworkSize size = NetworkSize.Paper) =>
        new SmmlTrainerOptions { Architecture = size == NetworkSize.Tiny ? SmmlArchitecture.Tiny : SmmlArchitecture.Paper };

    public override SegmentationTrainerOptions CreatePaperOptions(BraTS edition, Fidelity fidelity = Fidelity.Corrected) => SmmlTrainerOptions.Paper(edition, fidelity);

    internal override IReadOnlyList<SegmentationNetwork> CreateNetworks(NetworkArchitecture architecture, int classes) =>
        Students((SmmlArchitecture)architecture, classes, training: false, refinement: false);

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
        [.. Enumerable.Range(1, architecture.BranchCount).Select(number => new Student(number, architecture, classes, training, refinement))];
}
