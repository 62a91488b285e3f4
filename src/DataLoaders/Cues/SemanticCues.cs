namespace Smml.MLNet;

/// <summary>Semantic cues of one case: for each class and modality a map of how likely a voxel belongs to the class, for example from
/// SAM-Med3D. Training only.</summary>
/// <remarks>Maps are on the grid of the preprocessed volumes, voxel order as in <see cref="Volume"/>; 0 to 255 stands for a probability of
/// 0 to 1. A map that is absent counts as zero everywhere.</remarks>
public sealed class SemanticCues
{
    private readonly byte[]?[] _maps;

    /// <summary>Makes cues over arrays, which it takes over.</summary>
    /// <param name="shape">The shape of every map.</param>
    /// <param name="classCount">K, background included.</param>
    /// <param name="maps">K * 4 maps, class-major: element class * 4 + modality; null where there is none.</param>
    /// <exception cref="ArgumentException">The number of maps or of voxels is not the expected one.</exception>
    public SemanticCues(VolumeShape shape, int classCount, byte[]?[] maps)
    {
        ArgumentNullException.ThrowIfNull(maps);
        if (maps.Length != classCount * ModalitySet.ModalityCount)
            throw new ArgumentException($"{classCount} classes and {ModalitySet.ModalityCount} modalities have "
                + $"{classCount * ModalitySet.ModalityCount} maps, found {maps.Length}.", nameof(maps));
        foreach (byte[]? map in maps)
        {
            if (map is not null && map.Length != shape.Count)
                throw new ArgumentException($"A cue map of {shape} has {shape.Count} voxels, found {map.Length}.", nameof(maps));
        }

        Shape = shape;
        ClassCount = classCount;
        _maps = maps;
    }

    /// <summary>The shape of every map.</summary>
    public VolumeShape Shape { get; }

    /// <summary>K, background included.</summary>
    public int ClassCount { get; }

    /// <summary>All maps, element class * 4 + modality; empty where there is none.</summary>
    internal IReadOnlyList<ReadOnlyMemory<byte>> Maps => [.. _maps.Select(map => new ReadOnlyMemory<byte>(map))];

    /// <summary>The map of a class in a modality; empty where there is none.</summary>
    public ReadOnlySpan<byte> Map(int classIndex, Modality modality) => _maps[(classIndex * ModalitySet.ModalityCount) + (int)modality];
}
