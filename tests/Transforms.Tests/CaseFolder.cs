namespace Smml.MLNet.Tests;

/// <summary>A temporary folder with the NIfTI files of small cases.</summary>
internal sealed class CaseFolder : IDisposable
{
    public static readonly VolumeShape Shape = new(6, 7, 8);

    public string Root { get; } = Directory.CreateTempSubdirectory("smml-").FullName;

    /// <summary>How BraTS files lie.</summary>
    public static Affine Lps { get; } = new(-1, 0, 0, 0, 0, -1, 0, 239, 0, 0, 1, 0);

    /// <summary>Writes a volume; the path that comes back is relative to <see cref="Root"/>. A volume that lies
    /// nowhere yet is written as BraTS files lie.</summary>
    public string Write(string name, Volume volume)
    {
        VolumeFile.Write(Path.Combine(Root, name), volume.Grid.Affine.Equals(Affine.Identity) ? At(volume, Lps) : volume);
        return name;
    }

    /// <summary>The same voxels at another place.</summary>
    public static Volume At(Volume volume, Affine affine) => new(new(volume.Shape, affine), volume.Voxels.ToArray());

    /// <summary>A case with four scans and a label with the values 0, 1, 2 and 4.</summary>
    public BraTSCase Case(string id, ulong seed = 1) => new()
    {
        CaseId = id,
        FlairPath = Write(id + "_flair.nii.gz", Volumes.Brain(Shape, seed)),
        T1cePath = Write(id + "_t1ce.nii.gz", Volumes.Brain(Shape, seed + 1)),
        T1Path = Write(id + "_t1.nii", Volumes.Brain(Shape, seed + 2)),
        T2Path = Write(id + "_t2.nii.gz", Volumes.Brain(Shape, seed + 3)),
        LabelPath = Write(id + "_seg.nii.gz", Volumes.Of(Shape, Tumor)),
        LabelConvention = "BraTS2018",
    };

    // In the brain, and not most of it.
    private static float Tumor(int x, int y, int z) => x is 2 or 3 && y is >= 2 and <= 4 && z is >= 2 and <= 5 ? 1 << ((x + y + z) % 3) : 0;

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
