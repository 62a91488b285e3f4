using System.Text.Json.Serialization;
using Smml.MLNet.Methods.SmuNet;

namespace Smml.MLNet;

/// <summary>The terms of SMU-Net's objective and their weights, those of the released code as defaults.</summary>
public sealed record SmuNetLossOptions : LossOptions
{
    // The released weight is full after 20 of 250 epochs.
    private const int ReleasedRamp = 20, ReleasedEpochs = 250;

    /// <inheritdoc/>
    [JsonIgnore]
    public override MethodName Method => SmuNetMethod.MethodName;

    /// <summary>The weight of the teacher's Dice.</summary>
    /// <value>0 to 100; default 0.4.</value>
    public double TeacherWeight { get; init; } = 0.4;

    /// <summary>The weight of the student's Dice.</summary>
    /// <value>Above 0 to 100; default 0.6.</value>
    public double StudentWeight { get; init; } = 0.6;

    /// <summary>The largest weight of the squared difference between the probabilities of teacher and student. It rises over the first
    /// epochs as exp(-5 (1 - epoch / ramp)^2).</summary>
    /// <value>0 to 100; default 10.</value>
    public double ConsistencyWeight { get; init; } = 10;

    /// <summary>The epoch, counted from 0, from which on the weight of the consistency is full.</summary>
    /// <value>1 or more; default null: 8 % of the epochs, which is the released code's 20 of 250.</value>
    public int? ConsistencyRamp { get; init; }

    /// <summary>The weight of the squared difference between the coarsest features.</summary>
    /// <value>0 to 100; default 0.2.</value>
    public double ContentWeight { get; init; } = 0.2;

    /// <summary>The weight of the squared difference between the Gram matrices of the styles. As released the term is about 1e-9, and of no
    /// consequence.</summary>
    /// <value>0 to 100; default 1e-4.</value>
    public double StyleWeight { get; init; } = 1e-4;

    /// <summary>The weight of the term by which a student's style is to be taken for a teacher's by the discriminator; with 0 there is no
    /// discriminator.</summary>
    /// <value>0 to 100; default 2e-4.</value>
    public double AdversarialWeight { get; init; } = 2e-4;

    /// <summary>The weight of the consistency in an epoch, counted from 0.</summary>
    internal double ConsistencyIn(int epoch, int epochs)
    {
        double ramp = Math.Max(1, ConsistencyRamp ?? (double)epochs * ReleasedRamp / ReleasedEpochs);
        double left = 1 - (Math.Min(epoch, ramp) / ramp);
        return ConsistencyWeight * Math.Exp(-5 * left * left);
    }

    internal override string Describe() => FormattableString.Invariant(
        $"teacher {TeacherWeight:0.###}, student {StudentWeight:0.###}, consistency {ConsistencyWeight:0.###}, ")
        + FormattableString.Invariant(
            $"content {ContentWeight:0.###}, style {StyleWeight:0.######}, adversarial {AdversarialWeight:0.######}");

    internal override IEnumerable<string> Errors()
    {
        IEnumerable<string> weights = WeightErrors(
            (nameof(TeacherWeight), TeacherWeight),
            (nameof(StudentWeight), StudentWeight),
            (nameof(ConsistencyWeight), ConsistencyWeight),
            (nameof(ContentWeight), ContentWeight),
            (nameof(StyleWeight), StyleWeight),
            (nameof(AdversarialWeight), AdversarialWeight));
        foreach (string error in weights)
            yield return error;
        if (StudentWeight == 0)
            yield return "Losses.StudentWeight is 0; expected above 0 to 100: nothing else teaches a student the labels.";
        if (ConsistencyRamp is < 1)
            yield return $"Losses.ConsistencyRamp is {ConsistencyRamp}; expected 1 or more, or null.";
    }
}
