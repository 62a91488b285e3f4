using System.Text.Json.Serialization;

namespace Smml.MLNet.Training;

/// <summary>The best epoch so far.</summary>
/// <param name="Epoch">Counted from 1.</param>
/// <param name="Value">What it was chosen by: the mean Dice of the validation cases, or the mean segmentation loss.</param>
internal sealed record BestEpoch(int Epoch, double Value)
{
    private const string ByLoss =
        "lowest mean segmentation loss (cross-entropy + Dice of the fused prediction) of an epoch on its own training patches";

    /// <summary>The weights for scoring; null where they are not at hand.</summary>
    [JsonIgnore]
    public float[]? Weights { get; init; }

    /// <summary>What epochs are compared by.</summary>
    public static string Criterion(ValidationSetOptions? validation) => validation is null
        ? ByLoss
        : "highest mean Dice of whole tumour, tumour core and enhancing tumour over the validation cases with "
            + $"{string.Join(", ", validation.Subsets)}";

    /// <summary>An epoch, if it is better than the best so far; null where it is not, or was not compared.</summary>
    public static BestEpoch? Better(BestEpoch? best, TrainingEpoch epoch, ValidationSetOptions? validation)
    {
        if (validation is null)
            return epoch.SegmentationLoss is { } loss && (best is null || loss < best.Value) ? new(epoch.Epoch, loss) : null;
        return epoch.Validation is { MeanDice: double dice } && double.IsFinite(dice) && (best is null || dice > best.Value)
            ? new(epoch.Epoch, dice)
            : null;
    }
}
