namespace Smml.MLNet;

/// <summary>A model from whose weights a training begins (fine-tuning); made by <c>ml.Segmentation.StartingFrom</c>.</summary>
public sealed class StartingModel
{
    private readonly Func<float[]> _weights;

    internal StartingModel(SegmentationModelInfo info, Func<float[]> weights) => (Info, _weights) = (info, weights);

    /// <summary>What the model is.</summary>
    public SegmentationModelInfo Info { get; }

    /// <summary>The weights for scoring, network after network, tensors in ordinal order of their names.</summary>
    internal float[] ReadWeights() => _weights();

    /// <inheritdoc/>
    public override string ToString() => $"{Info.Method.Title} model with weights {Info.WeightsSha256}";
}

/// <summary>What a training took from the model that it began with.</summary>
public sealed record ModelStart
{
    /// <summary>The key of the model's method, for example <c>rfnet</c>.</summary>
    public required string Method { get; init; }

    /// <summary>SHA-256 of the model's weights, lower-case hexadecimal.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>How many tensors were taken over as they are.</summary>
    public required int TakenOver { get; init; }

    /// <summary>Position embeddings that were interpolated for another window.</summary>
    public IReadOnlyList<string> Interpolated { get; init; } = [];

    /// <summary>Tensors that began with fresh weights although scoring needs them: those of other classes, or of a student that the model
    /// does not have.</summary>
    public IReadOnlyList<string> Renewed { get; init; } = [];

    /// <summary>How many tensors that only training needs began with fresh weights: models do not keep them.</summary>
    public int Fresh { get; init; }

    /// <summary>Tensors of the model that the training has no use for.</summary>
    public IReadOnlyList<string> Left { get; init; } = [];

    /// <summary>How many tensors of encoders were not trained.</summary>
    public int Frozen { get; init; }

    /// <summary>In one sentence.</summary>
    public override string ToString()
    {
        string Counted(IReadOnlyList<string> names, string what) => names.Count == 0 ? "" : $", {names.Count} {what} "
            + $"({string.Join(", ", names.Take(3))}{(names.Count > 3 ? ", ..." : "")})";
        return $"from {Method} weights {WeightsSha256}: {TakenOver} tensors taken over"
            + Counted(Interpolated, "interpolated for another window")
            + Counted(Renewed, "renewed")
            + (Fresh > 0 ? $", {Fresh} for training only fresh" : "")
            + Counted(Left, "left")
            + (Frozen > 0 ? $", {Frozen} frozen" : "");
    }
}
