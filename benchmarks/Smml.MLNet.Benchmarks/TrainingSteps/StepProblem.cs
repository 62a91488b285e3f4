using Smml.MLNet.Methods.Smml;
using Smml.MLNet.Networks;
using Smml.MLNet.Phantom;
using Smml.MLNet.Training;

namespace Smml.MLNet.Benchmarks.TrainingSteps;

/// <summary>What a step is measured on: a size of the network, a window, samples of phantoms with masks.</summary>
internal sealed class StepProblem
{
    public const int Classes = 4;

    private StepProblem(string name, SmmlTrainerOptions options)
    {
        Name = name;
        Options = options;
        Cases = [.. Enumerable.Range(0, options.BatchSize).Select(Case)];
        Samples = [.. Cases.Select(Sample)];
    }

    public string Name { get; }

    public SmmlTrainerOptions Options { get; }

    /// <summary>A phantom a sample.</summary>
    public IReadOnlyList<TrainingCase> Cases { get; }

    /// <summary>The samples of every step.</summary>
    public IReadOnlyList<TrainingSample> Samples { get; }

    /// <summary>A problem by its name: <c>tiny</c>, <c>paper32</c>, <c>paper64</c>. No dropout, so that
    /// two implementations can be compared.</summary>
    public static StepProblem Of(string name, int batch, TrainingPrecision precision = TrainingPrecision.Single, bool recompute = false)
    {
        SmmlArchitecture sizes = name == "tiny" ? SmmlArchitecture.Tiny : SmmlArchitecture.Paper;
        SmmlArchitecture architecture = new()
        {
            Name = name,
            BaseChannels = sizes.BaseChannels,
            TransformerWidth = sizes.TransformerWidth,
            FeedForwardWidth = sizes.FeedForwardWidth,
            AttentionHeads = sizes.AttentionHeads,
            Dropout = 0,
            Patch = name == "paper64" ? new(64, 64, 64) : new(32, 32, 32),
            TokenLayout = TokenLayout.Reference,
        };
        SmmlTrainerOptions options = new()
        {
            Architecture = architecture,
            BatchSize = batch,
            Seed = 1,
            Precision = precision,
            RecomputeEncoders = recompute,
        };
        return new(name, options);
    }

    /// <summary>Two fresh students; equal weights for equal seeds.</summary>
    public Student[] Branches(long seed)
    {
        TorchRuntime.Seed(seed);
        Student[] branches = [Branch(1), Branch(2)];
        return branches;
    }

    private Student Branch(int number)
    {
        using TorchSharp.DisposeScope scope = TorchSharp.torch.NewDisposeScope();
        Student branch = new(number, Options.Architecture, Classes, training: true, refinement: false);
        branch.DetachFromScope();
        branch.Train(true);
        return branch;
    }

    private TrainingCase Case(int index)
    {
        VolumeShape patch = Options.Architecture.Patch;
        double spacing = 180.0 / patch.X;
        PhantomCase phantom = PhantomGenerator.Generate(index + 1, new() { Shape = patch, Spacing = (spacing, spacing, spacing) });
        Volume?[] scans = [.. ModalitySet.All.Select(modality => Normalized(phantom[modality]))];
        return TrainingCase.Of(
            $"phantom {index}",
            new(scans, null, "The benchmark"),
            LabelConvention.BraTS2018.ToClasses(phantom.Label),
            LabelConvention.BraTS2018,
            null);
    }

    private TrainingSample Sample(TrainingCase source, int index)
    {
        VolumeShape patch = Options.Architecture.Patch;
        PatchDraw drawn = PatchDraw.Draw(SplitMix64.ForKey(1, index), source, patch, Options.Augmentation, masks: 2);
        (ModalitySet first, ModalitySet second) = s_masks[index % s_masks.Length];
        return TrainingSample.Cut(
            source,
            new()
            {
                Start = drawn.Start,
                Plane = drawn.Plane,
                Angle = drawn.Angle,
                Scale = drawn.Scale,
                Shift = drawn.Shift,
                Flip = drawn.Flip,
                Masks = [first, second],
            },
            patch,
            Options.Fidelity,
            withCues: false);
    }

    private static readonly (ModalitySet, ModalitySet)[] s_masks =
    [
        (ModalitySet.Of(Modality.Flair, Modality.T1), ModalitySet.Of(Modality.T1ce, Modality.T1, Modality.T2)),
        (ModalitySet.All, ModalitySet.Of(Modality.T2)),
    ];

    private static Volume Normalized(Volume scan)
    {
        float[] voxels = scan.Voxels.ToArray();
        float mean = voxels.Average(), deviation = MathF.Sqrt(voxels.Select(value => (value - mean) * (value - mean)).Average());
        return new(scan.Grid, [.. voxels.Select(value => (value - mean) / deviation)]) { LabelConvention = scan.LabelConvention };
    }
}
