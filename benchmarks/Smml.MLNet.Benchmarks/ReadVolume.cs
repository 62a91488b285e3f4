using BenchmarkDotNet.Attributes;
using Smml.MLNet.Phantom;

namespace Smml.MLNet.Benchmarks;

/// <summary>Reading one scan of the size of a BraTS file, 240x240x155 voxels.</summary>
[MemoryDiagnoser]
public class ReadVolume
{
    private string _folder = "";

    /// <summary>Writes the scan, compressed and not.</summary>
    [GlobalSetup]
    public void Write()
    {
        _folder = Directory.CreateTempSubdirectory("smml-benchmark-").FullName;
        Volume scan = PhantomGenerator.Generate(1, new())[Modality.Flair];
        VolumeFile.Write(Path.Combine(_folder, "scan.nii.gz"), scan, VoxelType.Int16);
        VolumeFile.Write(Path.Combine(_folder, "scan.nii"), scan, VoxelType.Int16);
    }

    /// <summary>Deletes it.</summary>
    [GlobalCleanup]
    public void Delete() => Directory.Delete(_folder, recursive: true);

    /// <summary>Decompresses, checks and converts.</summary>
    [Benchmark]
    public Volume Compressed() => VolumeFile.Read(Path.Combine(_folder, "scan.nii.gz"));

    /// <summary>Checks and converts.</summary>
    [Benchmark]
    public Volume Plain() => VolumeFile.Read(Path.Combine(_folder, "scan.nii"));
}
