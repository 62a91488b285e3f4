using System.Text.Json.Serialization;
using Smml.MLNet.Methods.MctSeg;

namespace Smml.MLNet;

/// <summary>The terms of MCTSeg's objective beside the fused prediction, which has weight 1; a weight of 0 switches a term off.</summary>
public sealed record MctSegLossOptions : LossOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override MethodName Method => MctSegMethod.MethodName;

    /// <summary>Weight of cross-entropy + Dice on each modality's separate prediction.</summary>
    /// <value>0 to 100; default 1 (released code).</value>
    public double SeparateWeight { get; init; } = 1;

    /// <summary>Weight of cross-entropy + Dice on the fusion decoder's intermediate predictions.</summary>
    /// <value>0 to 100; default 1 (released code).</value>
    public double AuxiliaryWeight { get; init; } = 1;

    /// <summary>Weight of cross-entropy + Dice on the prediction of the teacher, which sees all scans.</summary>
    /// <value>0 to 100; default 1 (released code).</value>
    public double TeacherWeight { get; init; } = 1;

    /// <summary>Weight of the mean absolute difference between the features of each modality and of the teacher, at the three coarsest
    /// levels.</summary>
    /// <value>0 to 100; default 1 (released code).</value>
    public double DistillationWeight { get; init; } = 1;

    /// <summary>Whether the teacher's features stay where they are and only those of the modalities move towards them.</summary>
    /// <value>Default false: both move (released code). True needs a <see cref="TeacherWeight"/> above 0, without which nothing would
    /// train the teacher.</value>
    public bool DetachTeacher { get; init; }

    internal override string Describe() => FormattableString.Invariant(
        $"separate {SeparateWeight:0.###}, auxiliary {AuxiliaryWeight:0.###}, teacher {TeacherWeight:0.###}, ")
        + FormattableString.Invariant($"distillation {DistillationWeight:0.###}{(DetachTeacher ? " (teacher detached)" : "")}");

    internal override IEnumerable<string> Errors()
    {
        foreach (string error in WeightErrors(
            (nameof(SeparateWeight), SeparateWeight),
            (nameof(AuxiliaryWeight), AuxiliaryWeight),
            (nameof(TeacherWeight), TeacherWeight),
            (nameof(DistillationWeight), DistillationWeight)))
            yield return error;
        if (DetachTeacher && TeacherWeight == 0 && DistillationWeight > 0)
            yield return "Losses.DetachTeacher is true and Losses.TeacherWeight is 0, so that nothing would train the teacher; "
                + "expected a TeacherWeight above 0, or a DistillationWeight of 0.";
    }
}
