using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Smml.MLNet;

/// <summary>How M3AE is trained: first the network reconstructs scans of which most is hidden, and an image is learnt that stands for
/// hidden scans; then it learns to segment with that image in place of missing scans. The defaults are the settings of the released code:
/// 600 + 300 epochs, Adam without AMSGrad from 3e-4, a learning rate that falls as a cosine in each of the two stages.</summary>
/// <remarks>
/// <para>Source: Liu et al., AAAI 2023.</para>
/// <para>A batch of pre-training shows each sample once; the released one has two cases. A batch of training shows each sample twice, with
/// two masks; the released one has one case. <see cref="SegmentationTrainerOptions.BatchSize"/> counts samples in both, and 1 is the
/// default.</para>
/// <para>Patches are mirrored and their intensities vary, not in pre-training; the part of the substitute image varies alike. They are not
/// rotated as released; where <see cref="AugmentationOptions.RotationDegrees"/> asks for it, the substitute image is not rotated with
/// them.</para>
/// </remarks>
public sealed record M3aeTrainerOptions : SegmentationTrainerOptions
{
    private const int SmallestToken = 4;

    /// <summary>The published settings.</summary>
    public M3aeTrainerOptions()
    {
        (Epochs, BatchSize) = (900, 1);
        Optimizer = new() { LearningRate = 3e-4, WeightDecay = 1e-4 };
        Augmentation = new() { RotationDegrees = 0 };
    }

    /// <summary>The network and the size of the substitute image.</summary>
    /// <value>Default <see cref="M3aeArchitecture.Paper"/>.</value>
    public M3aeArchitecture Architecture { get; init; } = M3aeArchitecture.Paper;

    /// <summary>The terms of the objectives.</summary>
    public M3aeLossOptions Losses { get; init; } = new();

    /// <summary>The share of <see cref="SegmentationTrainerOptions.Epochs"/> that pre-train, rounded; the last epoch always
    /// trains.</summary>
    /// <value>0 to below 1; default 2/3, which is 600 of 900. With 0, or one epoch, nothing is pre-trained, and the substitute image is 0
    /// everywhere: the mean of the brain after z-score.</value>
    /// <remarks>Weight decay acts in training only. A training that is cancelled while it pre-trains gives a model that cannot segment
    /// yet.</remarks>
    public double PretrainingShare { get; init; } = 2.0 / 3;

    /// <summary>The learning rate of the substitute image in the first epoch of pre-training; later it does not change.</summary>
    /// <value>Above 0 to 1; default 5e-3.</value>
    public double ImageLearningRate { get; init; } = 5e-3;

    /// <summary>The share of all tokens of the four scans that pre-training hides at least; hidden scans count.</summary>
    /// <value>0 to below 1; default 0.875.</value>
    public double MaskRatio { get; init; } = 0.875;

    /// <summary>The side of a token, a cube of one scan that pre-training hides as a whole.</summary>
    /// <value>4 or more, and a divisor of each side of the window; default 16.</value>
    public int TokenSide { get; init; } = 16;

    /// <summary>The largest number of scans that pre-training hides as a whole. The number is drawn from 0 to this; one scan is always
    /// left.</summary>
    /// <value>0 to 3; default 3.</value>
    public int MaxDropped { get; init; } = 3;

    internal override NetworkArchitecture Network => Architecture;

    internal override LossOptions Objective => Losses;

    internal override IEnumerable<KeyValuePair<string, JsonNode?>> MethodSettings =>
    [
        new("pretrainingEpochs", PretrainingEpochs),
        new("imageLearningRate", ImageLearningRate),
        new("maskRatio", MaskRatio),
        new("tokenSide", TokenSide),
        new("maxDropped", MaxDropped),
    ];

    /// <summary>How many epochs pre-train.</summary>
    internal int PretrainingEpochs => Math.Min(Epochs - 1, (int)Math.Round(PretrainingShare * Epochs));

    /// <summary>The settings of a published experiment: 600 epochs of pre-training and 300 of training, patches of 128^3, Adam from 3e-4,
    /// and, so that methods can be compared, seed 1024 and the training cases of RFNet's lists. The release has seed 500 and pre-trains on
    /// its validation cases, too.</summary>
    /// <param name="edition">The data set.</param>
    /// <param name="fidelity">Corrected (default), or as the released code places the substitute image in scoring; preprocessing has the
    /// same choice of its own.</param>
    public static M3aeTrainerOptions Paper(BraTS edition, Fidelity fidelity = Fidelity.Corrected) =>
        PublishedData.Apply(new M3aeTrainerOptions { Architecture = M3aeArchitecture.Paper.For(fidelity) }, edition, fidelity);

    /// <inheritdoc/>
    public override M3aeTrainerOptions WithPatch(VolumeShape patch) => this with { Architecture = Architecture with { Patch = patch } };

    /// <summary>Weights that were trained are not pre-trained again.</summary>
    private protected override SegmentationTrainerOptions WithNetwork(NetworkArchitecture network) =>
        this with { Architecture = (M3aeArchitecture)network, PretrainingShare = 0 };

    internal override string DescribeOptimizer() => string.Create(
        CultureInfo.InvariantCulture,
        $"Adam, learning rate {Optimizer.LearningRate:0.########} x (1 + cos(pi x epoch / epochs)) / 2 in each stage, weight decay "
        + $"{Optimizer.WeightDecay:0.########} in training; substitute image {ImageLearningRate:0.########} in pre-training");

    internal override void DescribeObjective(StringBuilder text)
    {
        text
            .Append(
                CultureInfo.InvariantCulture,
                $"pre-training: {PretrainingEpochs} epochs, {MaskRatio:0.#%} of tokens of {TokenSide}^3 hidden, up to {MaxDropped} scans "
                + $"dropped; squared error, spread of the substitute image x{Losses.RegulariserWeight:0.####}")
            .Append('\n');
        text
            .Append(
                CultureInfo.InvariantCulture,
                $"losses: Dice x{Losses.DiceWeight:0.###} + binary cross-entropy x{Losses.CrossEntropyWeight:0.###} of each region; "
                + $"deep x{Losses.DeepWeight:0.###}, consistency of {Losses.TargetName} x{Losses.ConsistencyWeight:0.###}")
            .Append('\n');
    }

    private protected override IEnumerable<string> MethodErrors()
    {
        if (!(PretrainingShare is >= 0 and < 1))
            yield return FormattableString.Invariant($"PretrainingShare is {PretrainingShare}; expected 0 to below 1.");
        if (!(ImageLearningRate is > 0 and <= 1))
            yield return FormattableString.Invariant($"ImageLearningRate is {ImageLearningRate}; expected above 0 to 1.");
        if (!(MaskRatio is >= 0 and < 1))
            yield return FormattableString.Invariant($"MaskRatio is {MaskRatio}; expected 0 to below 1.");
        if (MaxDropped is < 0 or >= ModalitySet.ModalityCount)
            yield return $"MaxDropped is {MaxDropped}; expected 0 to 3.";
        if (TokenSide < SmallestToken || !DividesWindow(TokenSide))
            yield return $"TokenSide is {TokenSide}; expected {SmallestToken} or more, and a divisor of each side of the window "
                + $"({Architecture?.Patch}).";
    }

    private bool DividesWindow(int side) =>
        Architecture is null || Enumerable.Range(0, 3).All(axis => Architecture.Patch[axis] % side == 0);
}
