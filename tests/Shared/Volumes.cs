namespace Smml.MLNet.Tests;

/// <summary>A row with volumes that tests compare.</summary>
internal interface IVolumeRow
{
    Volume?[] ToArray();
}

/// <summary>A row as <c>LoadVolumes</c> delivers it.</summary>
internal sealed class VolumeRow : IVolumeRow
{
    public string CaseId { get; set; } = "";

    public Volume? Flair { get; set; }

    public Volume? T1ce { get; set; }

    public Volume? T1 { get; set; }

    public Volume? T2 { get; set; }

    public Volume? Label { get; set; }

    public Volume?[] ToArray() => [Flair, T1ce, T1, T2, Label];
}

/// <summary>Small volumes for tests.</summary>
internal static class Volumes
{
    public static Volume Filled(float value) => Of(new(2, 3, 4), (_, _, _) => value);

    /// <summary>Numbers without pattern, the same in every run.</summary>
    public static Volume Noise(VolumeShape shape, ulong seed)
    {
        ulong state = seed;
        return Of(shape, (_, _, _) => ((state = (state * 6364136223846793005) + 1442695040888963407) >> 40) / 65536f);
    }

    /// <summary>Noise inside a box that begins one voxel from the corner and leaves the last
    /// plane of each axis free; 0 elsewhere.</summary>
    public static Volume Brain(VolumeShape shape, ulong seed)
    {
        Volume noise = Noise(shape, seed);
        bool Inside(int index, int size) => index >= 1 && index < size - 1;
        return Of(shape, (x, y, z) => Inside(x, shape.X) && Inside(y, shape.Y) && Inside(z, shape.Z) ? noise[x, y, z] + 1 : 0);
    }

    /// <summary>One of the volumes of an array (modality, x, y, z).</summary>
    public static Volume Of(NumpyArray array, int index)
    {
        int[] sides = [.. array.Shape.Select(side => (int)side)];
        float[] values = array.ToSingle();
        return Of(new(sides[1], sides[2], sides[3]), (x, y, z) => values[(((((index * sides[1]) + x) * sides[2]) + y) * sides[3]) + z]);
    }

    public static Volume Of(VolumeShape shape, Func<int, int, int, float> value)
    {
        float[] voxels = new float[shape.Count];
        for (int z = 0, i = 0; z < shape.Z; z++)
        {
            for (int y = 0; y < shape.Y; y++)
            {
                for (int x = 0; x < shape.X; x++, i++)
                    voxels[i] = value(x, y, z);
            }
        }

        return new(new(shape, Affine.Identity), voxels);
    }
}
