using Smml.MLNet.Methods.MmFormer;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.Smml;

/// <summary>One of the two students: an mmFormer backbone and, where cues are trained with, a refinement network.</summary>
internal sealed class Student : MmFormerNetwork
{
    /// <summary>Makes a student with fresh weights, the backbone's first.</summary>
    public Student(int number, SmmlArchitecture architecture, int classes, bool training, bool refinement)
        : base(NameOf(number), architecture.Backbone, classes, training) =>
        Refinement = refinement ? new(architecture, classes) : null;

    public RefinementNetwork? Refinement { get; }

    /// <summary>The name in checkpoints of a student.</summary>
    /// <param name="number">Counted from 1.</param>
    public static string NameOf(int number) => FormattableString.Invariant($"branch{number}");

    protected override IEnumerable<nn.Module> Modules => Refinement is null ? base.Modules : [.. base.Modules, Refinement];
}
