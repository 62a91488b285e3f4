namespace Smml.MLNet;

/// <summary>How SAM-Med3D makes cues. The defaults are those of its published validation: one random click at the expert's voxels, 1.5
/// mm.</summary>
public sealed record SamMed3DCueOptions
{
    /// <summary>Where SAM-Med3D is clicked.</summary>
    /// <value>Default: <see cref="GroundTruthRandomClick"/> with seed 0.</value>
    public ICuePrompt Prompt { get; init; } = new GroundTruthRandomClick();

    /// <summary>The number of clicks for each map. Each click is given together with the mask of the one before.</summary>
    /// <value>1 to 20. Default: 1.</value>
    public int Clicks { get; init; } = 1;

    /// <summary>The length of a voxel of the network's cube in millimetres. The cube has 128 voxels along each side, so that 1.5 covers 192
    /// mm.</summary>
    /// <value>0.5 to 5. Default: 1.5.</value>
    public double Spacing { get; init; } = 1.5;

    /// <summary>The folder that keeps the computed cues, below 1 MB per case. Several processes may share it.</summary>
    /// <value>Null (default): nothing is kept.</value>
    public string? CacheFolder { get; init; }

    /// <summary>The number of threads of one run.</summary>
    /// <value>1 to 256. Null (default) for the number of physical cores.</value>
    public int? Threads { get; init; }

    /// <summary>Receives one line per case: whether its cues were cached, computed or rebuilt, and what is unusual about it.</summary>
    /// <value>Null (default): nothing is logged.</value>
    public Action<string>? Log { get; init; }

    internal void Validate()
    {
        List<string> errors = [];
        if (Prompt is null)
            errors.Add("Prompt is null");
        if (Clicks is < 1 or > 20)
            errors.Add($"Clicks is {Clicks}, expected 1 to 20");
        if (!(Spacing is >= 0.5 and <= 5))
            errors.Add(FormattableString.Invariant($"Spacing is {Spacing}, expected 0.5 to 5 mm"));
        if (CacheFolder?.Trim().Length == 0)
            errors.Add("CacheFolder is empty, expected a folder or null");
        if (Threads is < 1 or > 256)
            errors.Add($"Threads is {Threads}, expected 1 to 256 or null");
        if (errors.Count > 0)
            throw new ArgumentException($"{nameof(SamMed3DCueOptions)}: {string.Join("; ", errors)}.");
    }
}
