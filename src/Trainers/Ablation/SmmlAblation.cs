namespace Smml.MLNet;

/// <summary>One row of the paper's ablation (Table 4): which parts of SMML take part in training.</summary>
public sealed class SmmlAblation
{
    private const string Separator = " + ";

    private SmmlAblation(bool isDual, bool pixelConsistency = false, bool featureRelation = false, bool refinement = false)
    {
        IsDual = isDual;
        PixelConsistency = pixelConsistency;
        FeatureRelation = featureRelation;
        Refinement = refinement;
        Name = string.Join(
            Separator,
            new[] { isDual ? "dual" : "base", pixelConsistency ? "PBC" : "", featureRelation ? "FRC" : "", refinement ? "SRN" : "" }.Where(
                part => part.Length > 0));
    }

    /// <summary>The ten rows in the paper's order: from one mmFormer alone to all of SMML.</summary>
    public static IReadOnlyList<SmmlAblation> Table4 { get; } =
    [
        new(isDual: false),
        new(isDual: false, refinement: true),
        new(isDual: true),
        new(isDual: true, pixelConsistency: true),
        new(isDual: true, featureRelation: true),
        new(isDual: true, refinement: true),
        new(isDual: true, pixelConsistency: true, featureRelation: true),
        new(isDual: true, pixelConsistency: true, refinement: true),
        new(isDual: true, featureRelation: true, refinement: true),
        new(isDual: true, pixelConsistency: true, featureRelation: true, refinement: true),
    ];

    /// <summary>The row's name, for example <c>dual + PBC</c>.</summary>
    public string Name { get; }

    /// <summary>Whether two students train side by side; otherwise one mmFormer with one random mask a sample.</summary>
    public bool IsDual { get; }

    /// <summary>Whether the pixel-level constraint PBC (equations 1 to 3) couples the students.</summary>
    public bool PixelConsistency { get; }

    /// <summary>Whether the feature-level constraint FRC (equations 4 to 9) couples the students.</summary>
    public bool FeatureRelation { get; }

    /// <summary>Whether the refinement network SRN (equations 10 and 11) takes part; it needs cues.</summary>
    public bool Refinement { get; }

    /// <summary>The name for files and command lines, for example <c>dual-pbc</c>.</summary>
    internal string Key => Name.Replace(Separator, "-", StringComparison.Ordinal).ToLowerInvariant();

    /// <summary>The row with a name such as <c>dual + PBC</c>; <c>dual+pbc</c> and <c>dual-pbc</c> are
    /// the same, <c>all</c> is the last row.</summary>
    /// <exception cref="FormatException">There is no such row; the message lists them.</exception>
    public static SmmlAblation Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string key = text.Replace(" ", "", StringComparison.Ordinal).Replace('+', '-');
        return key.Equals("all", StringComparison.OrdinalIgnoreCase)
            ? Table4[^1]
            : Table4.FirstOrDefault(row => row.Key.Equals(key, StringComparison.OrdinalIgnoreCase))
                ?? throw new FormatException(
                    $"'{text}' is no row of the ablation. Expected one of {string.Join(", ", Table4.Select(row => row.Key))}, or all.");
    }

    /// <summary>The same training with this row's parts: the number of branches and the weights of PBC,
    /// FRC and SRN change, nothing else does.</summary>
    /// <param name="options">The training of every row. A part that takes part keeps its weight, or gets 1 where that is 0.</param>
    /// <returns>Options for <see cref="SmmlTrainer"/>; with SRN they require cues, without it a column of cues is not read.</returns>
    public SmmlTrainerOptions Apply(SmmlTrainerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        SmmlLossOptions losses = options.Losses;
        return options with
        {
            Architecture = options.Architecture with { BranchCount = IsDual ? 2 : 1 },
            Losses = losses with
            {
                PixelConsistencyWeight = Weight(PixelConsistency, losses.PixelConsistencyWeight),
                FeatureRelationWeight = Weight(FeatureRelation, losses.FeatureRelationWeight),
                RefinementWeight = Weight(Refinement, losses.RefinementWeight),
                RefinementConsistencyWeight = Weight(Refinement, losses.RefinementConsistencyWeight),
            },
            RequireCues = Refinement,
        };
    }

    /// <inheritdoc cref="Name"/>
    public override string ToString() => Name;

    private static double Weight(bool takesPart, double own) => !takesPart ? 0 : own > 0 ? own : 1;
}
