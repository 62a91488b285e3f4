namespace Smml.MLNet;

/// <summary>The three nested regions that BraTS scores.</summary>
public enum TumorRegion
{
    /// <summary>Whole tumour (WT): every tumour class.</summary>
    WholeTumor,

    /// <summary>Tumour core (TC): the whole tumour without oedema.</summary>
    TumorCore,

    /// <summary>Enhancing tumour (ET).</summary>
    EnhancingTumor,
}
