namespace Smml.MLNet.CueGeneration;

/// <summary>Collects the maps of a case.</summary>
internal sealed class CueMaps(VolumeShape shape, int classCount)
{
    private readonly byte[]?[] _maps = new byte[]?[classCount * ModalitySet.ModalityCount];

    /// <summary>Sets the map of a class, 0 to 255 for a probability of 0 to 1.</summary>
    public void Set(int classIndex, Modality modality, byte[] map) => _maps[(classIndex * ModalitySet.ModalityCount) + (int)modality] = map;

    /// <summary>The cues; the background of a modality is what no other class of it claims, 1 - max.</summary>
    public SemanticCues ToCues()
    {
        foreach (Modality modality in ModalitySet.All)
        {
            byte[]?[] claims =
            [
                .. Enumerable.Range(1, classCount - 1).Select(index => _maps[(index * ModalitySet.ModalityCount) + (int)modality]),
            ];
            if (claims.All(map => map is null))
                continue;
            byte[] background = new byte[shape.Count];
            background.AsSpan().Fill(255);
            foreach (byte[]? map in claims)
            {
                for (int i = 0; map is not null && i < map.Length; i++)
                    background[i] = Math.Min(background[i], (byte)(255 - map[i]));
            }

            Set(0, modality, background);
        }

        return new(shape, classCount, _maps);
    }

    /// <summary>A probability as a byte.</summary>
    public static byte ToByte(float probability) => (byte)MathF.Round(255 * Math.Clamp(probability, 0, 1));
}
