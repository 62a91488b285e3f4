using Smml.MLNet.Training;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Smml.MLNet.Methods.SmuNet;

/// <summary>What SMU-Net minimises for one sample.</summary>
internal static class SmuNetObjective
{
    private const double Epsilon = 1e-7;

    /// <summary>The names of the terms in logs.</summary>
    public const string Student = "student", Teacher = "teacher", Consistency = "consistency", Content = "content", Style = "style",
        Adversarial = "adversarial", Discriminator = "discriminator";

    /// <summary>Adds the losses of a student and, where the sample has all scans, of the teacher and between the two.</summary>
    /// <param name="losses">Where the terms are added.</param>
    /// <param name="options">The weights; a term with weight 0 is left out.</param>
    /// <param name="consistency">The weight of the consistency in this epoch.</param>
    /// <param name="student">What the student gave.</param>
    /// <param name="teacher">What the teacher gave; null where the sample lacks a scan.</param>
    /// <param name="targets">(1, K - 1, X, Y, Z) of 0 and 1: the classes of the tumour in the order of the maps.</param>
    public static void Compute(
        LossSum losses,
        SmuNetLossOptions options,
        double consistency,
        SmuNetModule.Output student,
        SmuNetModule.Output? teacher,
        Tensor targets)
    {
        Tensor guessed = Probabilities(student, targets);
        losses.Add(Student, Dice(guessed, targets), options.StudentWeight, LossRole.Segmentation);
        if (teacher is null)
            return;
        Tensor known = Probabilities(teacher, targets);
        if (options.TeacherWeight > 0)
            losses.Add(Teacher, Dice(known, targets), options.TeacherWeight);
        if (options.ConsistencyWeight > 0)
            losses.Add(Consistency, Squared(known - guessed).mean([0, 2, 3, 4]).sum(), consistency);
        if (options.ContentWeight > 0)
            losses.Add(Content, Squared(teacher.Content - student.Content).mean(), options.ContentWeight);
        if (options.StyleWeight > 0)
            losses.Add(Style, GramDifference(teacher.Style, student.Style), options.StyleWeight);
    }

    /// <summary>The sum over classes of 1 - 2 |pt| / (|p^2| + |t^2| + 1e-7), over the whole batch.</summary>
    public static Tensor Dice(Tensor probabilities, Tensor targets)
    {
        Tensor overlap = (probabilities * targets).sum([0, 2, 3, 4]);
        Tensor sizes = Squared(probabilities).sum([0, 2, 3, 4]).Plus(Squared(targets).sum([0, 2, 3, 4])).Plus(Epsilon);
        return (overlap / sizes).sum().Times(-2).Plus(targets.shape[1]);
    }

    /// <summary>The squared difference of two Gram matrices over 4 C^2 (X Y)^2; of three sides the release takes two.</summary>
    /// <param name="first">(B, C, X, Y, Z).</param>
    /// <param name="second">(B, C, X, Y, Z).</param>
    public static Tensor GramDifference(Tensor first, Tensor second)
    {
        double channels = first.shape[1], area = (double)first.shape[2] * first.shape[3];
        return Squared(Gram(first) - Gram(second)).sum().Over(4 * channels * channels * area * area);
    }

    /// <summary>Binary cross-entropy of a discriminator's logits; the student's styles are class 1.</summary>
    public static Tensor Judgement(Tensor logits, bool isStudent) =>
        F.binary_cross_entropy_with_logits(logits, full_like(logits, isStudent ? 1 : 0));

    // The background's map is not looked at.
    private static Tensor Probabilities(SmuNetModule.Output output, Tensor targets) =>
        output.Logits.narrow(1, 0, targets.shape[1]).sigmoid();

    private static Tensor Squared(Tensor values) => values * values;

    // F F^T over the number of values, F being (B C, X Y Z).
    private static Tensor Gram(Tensor style)
    {
        Tensor rows = style.reshape(1, style.shape[0] * style.shape[1], -1);
        return rows.bmm(rows.transpose(1, 2)).Over(style.numel());
    }
}
