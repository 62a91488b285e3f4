namespace Smml.MLNet;

/// <summary>How SAM-Med3D makes cues. The defaults are those of its published validation: one random click at the expert's voxels, 1.5 mm.</summary>
public sealed record SamMed3DCueOptions
{
    /// <summary>Where SAM-Med3D is clicked; default <see cref="GroundTruthRandomClick"/> with seed 0.</summary>
    public ICuePrompt Prompt { get; init; } = new GroundTruthRandomClick();

    /// <summary>Clicks for each map, each with the mask of the one before. Range 1 to 20.</summary>
    public int Clicks { get; init; } = 1;

    /// <summary>Millimetres a voxel of the cube of 128 voxels that the network sees; 1.5 covers 192 mm. Range 0.5 to 5.</summary>
    public double Spacing { get; init; } = 1.5;

    /// <summary>The folder that keeps what was computed, below 1 MB a case; several processes may share it. Null (default): nothing is kept.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Threads of one run; null (default) for the physical cores. Range 1 to 256.</summary>
    public int? Threads { get; init; }

    /// <summary>Told one line a case: cached, computed, rebuilt, and what is special about it.</summary>
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
