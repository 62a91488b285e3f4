using System.Text.Json.Serialization;

namespace Smml.MLNet;

/// <summary>How the networks do on the validation cases at one moment: the mean Dice of each
/// region with each subset of the scans.</summary>
public sealed class ValidationScores
{
    /// <summary>The epoch, counted from 1, at whose end the weights were scored.</summary>
    public required int Epoch { get; init; }

    /// <summary>How many cases were scored.</summary>
    public required int Cases { get; init; }

    /// <summary>Subset by subset, region by region. A subset that no case has, and a region that the
    /// labels do not have, is not among them.</summary>
    public required IReadOnlyList<ValidationScore> Scores { get; init; }

    /// <summary>The mean over subsets of the mean over whole tumour, tumour core and enhancing tumour, 0
    /// to 1; NaN where nothing was scored.</summary>
    [JsonIgnore]
    public double MeanDice => MeanOf(score => score.Region != ScoredRegion.EnhancingTumorPostprocessed);

    /// <summary>The mean over subsets of a region's Dice, 0 to 1; NaN where it was not scored.</summary>
    public double Mean(ScoredRegion region) => MeanOf(score => score.Region == region);

    /// <summary>The Dice of a region with a subset, 0 to 1; NaN where it was not scored.</summary>
    public double Mean(ScoredRegion region, ModalitySet subset) => MeanOf(score => score.Region == region && score.Modalities == subset);

    private double MeanOf(Func<ValidationScore, bool> which)
    {
        double[] values = [.. Scores.Where(which).Select(score => score.Dice)];
        return values.Length == 0 ? double.NaN : values.Average();
    }
}

/// <summary>One number of a validation.</summary>
/// <param name="Modalities">The scans that the networks saw.</param>
/// <param name="Region">The region.</param>
/// <param name="Dice">The mean over the cases that have these scans, 0 to 1.</param>
public sealed record ValidationScore(ModalitySet Modalities, ScoredRegion Region, double Dice);
