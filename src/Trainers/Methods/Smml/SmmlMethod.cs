using Smml.MLNet.Methods.MmFormer;
using Smml.MLNet.Networks;
using Smml.MLNet.Onnx;
using Smml.MLNet.Training;

namespace Smml.MLNet.Methods.Smml;

/// <summary>Semantic-guided masked mutual learning.</summary>
internal sealed class SmmlMethod : SegmentationMethod<SmmlTrainerOptions, SmmlArchitecture, SmmlLossOptions>
{
    public static MethodName MethodName { get; } = new(
        "smml", "SMML", "Semantic-guided Masked Mutual Learning (AAAI 2025), mmFormer backbones");

    public override MethodName Name => MethodName;

    internal override WeightLayout Weights { get; } = new SmmlWeights();

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

    protected override IReadOnlyList<SegmentationNetwork> Networks(SmmlArchitecture architecture, LabelConvention labels, bool complete) =>
        Students(architecture, labels.ClassCount, training: complete, refinement: complete);

    protected override NetworkGraph Graph(SmmlArchitecture architecture, LabelConvention labels) =>
        new MmFormerGraph(
            architecture.Backbone,
            labels.ClassCount,
            [.. Enumerable.Range(1, architecture.BranchCount).Select(Student.NameOf)]);

    protected override TrainingMethod Training(SmmlTrainerOptions options, TrainingSetup setup)
    {
        bool refinement = setup.HasCues && options.Losses.UsesRefinement;
        Student[] students = Students(options.Architecture, setup.Classes, training: true, refinement);
        for (int b = 0; b < students.Length; b++)
            Prepare(students[b], setup.Devices[b]);

        return new SmmlTraining(options, students, setup.Classes, setup.Ranks);
    }

    private static Student[] Students(SmmlArchitecture architecture, int classes, bool training, bool refinement) =>
        [
            .. Enumerable.Range(1, architecture.BranchCount)
                .Select(number => new Student(number, architecture, classes, training, refinement)),
        ];
}
