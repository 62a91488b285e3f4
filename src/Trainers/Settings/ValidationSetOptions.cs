using Microsoft.ML;

namespace Smml.MLNet;

/// <summary>Cases that training does not see, and when they are scored.</summary>
public sealed record ValidationSetOptions
{
    /// <summary>Rows with the columns that the trainer reads, preprocessed as the training data: transform them with the chain that comes
    /// before the trainer. Labels included.</summary>
    /// <remarks>A subset of the scans is simulated after preprocessing, as in every published table: crop and
    /// z-score come from all scans of the case.</remarks>
    public required IDataView Cases { get; init; }

    /// <summary>The number of epochs between two validations; the last epoch is validated too.</summary>
    /// <value>1 to 100000; default 10.</value>
    public int EveryEpochs { get; init; } = 10;

    /// <summary>The scans that the networks see in validations during training. Each subset costs a pass over the cases. After the last
    /// epoch all 15 are scored.</summary>
    /// <value>At least one subset, none empty; default: all four scans.</value>
    public IReadOnlyList<ModalitySet> Subsets { get; init; } = [ModalitySet.All];

    /// <summary>Whether a completed training returns the weights of the best epoch instead of those of the last one.</summary>
    /// <value>Default false, as published.</value>
    public bool UseBestWeights { get; init; }

    /// <summary>Every rule that the values break, as sentences.</summary>
    internal IEnumerable<string> Errors()
    {
        if (Cases is null)
            yield return "Validation.Cases is null; give the preprocessed validation cases, or leave Validation out.";
        if (EveryEpochs is < 1 or > 100_000)
            yield return $"Validation.EveryEpochs is {EveryEpochs}; expected 1 to 100000.";
        if (Subsets is null || Subsets.Count == 0 || Subsets.Any(subset => subset.Count == 0))
            yield return "Validation.Subsets is empty or holds the empty set; name at least one subset of at least one scan, "
                + "or leave the default (all four).";
    }
}
