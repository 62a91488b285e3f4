namespace Smml.MLNet.Tests;

/// <summary>A row as <c>LoadVolumes</c> delivers it.</summary>
internal sealed class VolumeRow
{
    public string CaseId { get; set; } = "";

    public Volume? Flair { get; set; }

    public Volume? T1ce { get; set; }

    public Volume? T1 { get; set; }

    public Volume? T2 { get; set; }

    public Volume? Label { get; set; }
}

/// <summary>Small volumes for tests.</summary>
internal static class Volumes
{
    public static Volume Filled(float value) => Of(new(2, 3, 4), (_, _, _) => value);

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
