namespace Smml.MLNet.Phantom;

/// <summary>What a voxel is made of.</summary>
internal enum TissueKind : byte
{
    /// <summary>Outside the brain (the phantom is skull-stripped).</summary>
    Air,

    /// <summary>Cerebrospinal fluid.</summary>
    Fluid,

    /// <summary>Cortical grey matter.</summary>
    Grey,

    /// <summary>White matter.</summary>
    White,

    /// <summary>Deep grey nuclei.</summary>
    DeepGrey,
}

/// <summary>What decides a voxel's signal.</summary>
/// <param name="Density">Proton density, water is 1.</param>
/// <param name="T1">Longitudinal relaxation time in ms, before contrast agent.</param>
/// <param name="T2">Transverse relaxation time in ms.</param>
/// <param name="Gadolinium">Contrast agent in mM, seen in T1ce only.</param>
internal readonly record struct Tissue(double Density, double T1, double T2, double Gadolinium = 0)
{
    public static readonly Tissue Water = new(1.0, 4000, 1500);

    /// <summary>Tumour cells without free water.</summary>
    public static readonly Tissue Tumor = new(0.77, 980, 84);

    /// <summary>The water that swells white matter and tumour.</summary>
    public static readonly Tissue Swelling = new(0.98, 2600, 330);

    /// <summary>Typical values at 1.5 to 3 T.</summary>
    public static Tissue Typical(TissueKind kind) => kind switch
    {
        TissueKind.Fluid => Water,
        TissueKind.Grey => new(0.84, 1250, 95, 0.03),
        TissueKind.White => new(0.71, 780, 76, 0.015),
        TissueKind.DeepGrey => new(0.80, 1100, 82),
        _ => new(0, 1, 1),
    };

    /// <summary>A mix with another pool: the rates 1/T1 and 1/T2 add by their shares.</summary>
    /// <param name="pool">The other pool.</param>
    /// <param name="share">Its share, 0 to 1.</param>
    public Tissue Mix(Tissue pool, double share) => this with
    {
        Density = (Density * (1 - share)) + (share * pool.Density),
        T1 = 1 / (((1 - share) / T1) + (share / pool.T1)),
        T2 = 1 / (((1 - share) / T2) + (share / pool.T2)),
    };
}
