using System.Runtime.InteropServices;
using Smml.MLNet.Training;

namespace Smml.MLNet.Tests.Training.Feeding;

/// <summary>What a case on disk gives back, where it lies, and what is left of it.</summary>
public sealed class CaseCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_case_on_disk_is_the_same_case_without_managed_memory(bool cues)
    {
        using CaseCache disk = new(_folder["made/for/it"]);
        for (int index = 0; index < 6; index++) // each modality is missing once
        {
            TrainingCase one = TinyCases.Case(index, cues), kept = disk.Keep(one);
            Assert.Equal(one.Fingerprint(), kept.Fingerprint());
            Assert.Equal(
                (one.Name, one.Shape, one.Convention, one.Available, one.Bytes),
                (kept.Name, kept.Shape, kept.Convention, kept.Available, kept.Bytes));
            Assert.Equal(one.Cues?.Select(map => map.Length), kept.Cues?.Select(map => map.Length));
            Assert.All(kept.Scans.OfType<TrainingCase.Scan>(), scan => Assert.False(MemoryMarshal.TryGetArray(scan.Voxels, out _)));
            Assert.False(MemoryMarshal.TryGetArray(kept.Classes, out _));
        }

        Assert.Equal((6, Enumerable.Range(0, 6).Sum(index => TinyCases.Case(index, cues).Bytes)), (disk.Count, disk.Bytes));
    }

    [Fact]
    public void On_Unix_the_files_have_no_name_and_are_gone_with_the_cache()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        CaseCache disk = new(_folder.Path), other = new(_folder.Path);
        disk.Keep(TinyCases.Case(0));
        other.Keep(TinyCases.Case(1));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
        Assert.Equal(2, Mapped());
        disk.Dispose();
        Assert.Equal(1, Mapped());
        other.Dispose();
        other.Dispose();
        Assert.Equal(0, Mapped());

        int Mapped() => File.ReadLines("/proc/self/maps").Count(line => line.Contains(_folder.Path));
    }

    [Fact]
    public void A_case_cannot_be_used_after_the_cache_was_closed()
    {
        CaseCache disk = new(_folder.Path);
        TrainingCase kept = disk.Keep(TinyCases.Case(0));
        disk.Dispose();
        Assert.Throws<ObjectDisposedException>(() => kept.Classes.Span[0]);
    }

    [Fact]
    public void A_full_disk_is_told_with_path_bytes_and_remedy()
    {
        using SmallDisk small = new("size=40960");
        using CaseCache disk = new(small.Path);
        disk.Keep(TinyCases.Case(0));
        TrainingCase one = TinyCases.Case(1);
        string message = Assert.Throws<IOException>(() => disk.Keep(one)).Message;
        Assert.All(
            [
                small.Path,
                "case 2 on disk",
                FormattableString.Invariant($"{one.Bytes} bytes are needed"),
                "CaseOptions.CacheFolder",
                "CaseOptions.Memory",
            ],
            part => Assert.Contains(part, message));
        Assert.Empty(Directory.EnumerateFileSystemEntries(small.Path));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_to_is_refused_before_anything_is_kept()
    {
        _folder.Write("file", [1]);
        foreach (string path in new[] { _folder["file"], _folder["file/below"] })
        {
            string message = Assert.Throws<IOException>(() => new CaseCache(path)).Message;
            Assert.Contains(path, message);
            Assert.Contains("may write to", message);
        }

        using SmallDisk disk = new("ro");
        Assert.Contains(disk.Path, Assert.Throws<IOException>(() => new CaseCache(disk.Path)).Message);
    }

    public void Dispose() => _folder.Dispose();
}
