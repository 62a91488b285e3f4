using System.Globalization;
using System.Text;

namespace Smml.MLNet;

/// <summary>How SMU-Net is trained. The defaults are the settings of the released code: 250 epochs, batch 1, Adam without AMSGrad and with
/// weight decay 1e-5, a learning rate that falls from 1e-4 as (1 - epoch / epochs)^0.9, patches that are mirrored and not varied
/// otherwise.</summary>
/// <remarks>
/// Each sample is shown with one incomplete subset of its scans, each choice of <see cref="SmuNetArchitecture.Patterns"/> equally likely;
/// the student of that subset and the teacher learn from it. With 14 students each learns from a fourteenth of the samples. The release
/// trains one student with a teacher of its own: <c>Patterns = StudentPatterns.Of(ModalitySet.Of(Modality.Flair))</c>. A training case that
/// lacks scans teaches students only. Source: Azad, Khosravi and Merhof, MIDL 2022, and its code.
/// </remarks>
public sealed record SmuNetTrainerOptions : SegmentationTrainerOptions
{
    /// <summary>The published settings.</summary>
    public SmuNetTrainerOptions()
    {
        (Epochs, BatchSize) = (250, 1);
        Optimizer = new() { LearningRate = 1e-4, WeightDecay = 1e-5 };
        Augmentation = new() { RotationDegrees = 0, IntensityScale = 0, IntensityShift = 0 };
    }

    /// <summary>The networks.</summary>
    /// <value>Default <see cref="SmuNetArchitecture.Paper"/>.</value>
    public SmuNetArchitecture Architecture { get; init; } = SmuNetArchitecture.Paper;

    /// <summary>The terms of the objective.</summary>
    public SmuNetLossOptions Losses { get; init; } = new();

    internal override NetworkArchitecture Network => Architecture;

    internal override LossOptions Objective => Losses;

    /// <summary>The settings of a published experiment: 250 epochs, windows of 160x192x128, Adam from 1e-4, and, so that methods can be
    /// compared, seed 1024 and the training cases of RFNet's lists; the release has a split and a seed of its own, and no test
    /// cases.</summary>
    /// <param name="edition">The data set.</param>
    /// <param name="fidelity">Corrected (default), or as the released code behaves: the threshold is 0.4, the discriminator's optimizer
    /// begins anew in every step, and the learning rate is that of the next epoch, in the last one 0.</param>
    public static SmuNetTrainerOptions Paper(BraTS edition, Fidelity fidelity = Fidelity.Corrected) =>
        PublishedData.Apply(Of(fidelity), edition, fidelity);

    /// <inheritdoc/>
    public override SmuNetTrainerOptions WithPatch(VolumeShape patch) => this with { Architecture = Architecture with { Patch = patch } };

    private protected override SegmentationTrainerOptions WithNetwork(NetworkArchitecture network) =>
        this with { Architecture = (SmuNetArchitecture)network };

    /// <summary>The published settings, corrected or as released.</summary>
    internal static SmuNetTrainerOptions Of(Fidelity fidelity)
    {
        SmuNetTrainerOptions options = new() { Fidelity = fidelity };
        return fidelity == Fidelity.Corrected ? options
            : options with { Architecture = options.Architecture with { Threshold = 0.4 } };
    }

    internal override string DescribeOptimizer() => string.Create(
        CultureInfo.InvariantCulture,
        $"Adam, learning rate {Optimizer.LearningRate:0.########} x (1 - {(Fidelity == Fidelity.Reference ? "(epoch + 1)" : "epoch")} / "
        + $"{Epochs})^0.9, weight decay {Optimizer.WeightDecay:0.########}");

    internal override void DescribeObjective(StringBuilder text) => text
        .Append(CultureInfo.InvariantCulture, $"losses: Dice of the tumour's classes; {Losses.Describe()}")
        .Append('\n');
}
