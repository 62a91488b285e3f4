namespace Smml.MLNet;

/// <summary>What a training leaves behind besides the weights, and how its model scores.</summary>
public sealed record OutputOptions
{
    /// <summary>Name of the column that scoring adds.</summary>
    /// <value>Default <c>Segmentation</c>.</value>
    public string ColumnName { get; init; } = "Segmentation";

    /// <summary>Overlap of neighbouring scoring windows as a share of the window.</summary>
    /// <value>0 to 0.9; default 0.5, as all methods were published.</value>
    public double Overlap { get; init; } = 0.5;

    /// <summary>What the training data are, for the model card, for example <c>BraTS 2018, fold 1</c>. Name no patient.</summary>
    /// <value>Up to 2000 characters; default null: not given.</value>
    public string? DataDescription { get; init; }

    /// <summary>A folder for TensorBoard events, <c>training.csv</c> and <c>training.png</c>, updated after
    /// each epoch. No case is named in them.</summary>
    /// <value>Default null: nothing is written.</value>
    public string? LogFolder { get; init; }

    /// <summary>Every rule that the values break, as sentences.</summary>
    internal IEnumerable<string> Errors()
    {
        if (string.IsNullOrEmpty(ColumnName))
            yield return "Output.ColumnName is empty; name the column that scoring adds.";
        if (!(Overlap is >= 0 and <= 0.9))
            yield return FormattableString.Invariant($"Output.Overlap is {Overlap}; expected 0 to 0.9.");
        if (DataDescription is { Length: > 2000 })
            yield return $"Output.DataDescription has {DataDescription.Length} characters; expected up to 2000.";
        if (LogFolder is not null && string.IsNullOrWhiteSpace(LogFolder))
            yield return "Output.LogFolder is empty; name a folder, or leave it out.";
    }
}
