using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Smml.MLNet.Training;

namespace Smml.MLNet.Tests.Training.Feeding;

public sealed class CaseSourceTests
{
    private readonly MLContext _ml = new(seed: 1);
    private int _read;

    [Theory]
    [InlineData(0L, "0 kept in memory, 3 on disk")]
    [InlineData(1_500_000L, "2 kept in memory, 1 on disk (0.00 GB in ")] // a case has 17 bytes a voxel, 0.67 MB
    [InlineData(1L << 30, "kept in memory")]
    public void What_does_not_fit_the_memory_is_on_disk_in_the_same_order(long memory, string place)
    {
        using TemporaryFolder folder = new();
        using CaseSource cases = Source(new() { Memory = memory, CacheFolder = folder.Path }, TinyProblem.Rows(3));
        Assert.StartsWith(place, cases.Place, StringComparison.Ordinal);
        Assert.Equal(["case0", "case1", "case2"], cases.Cases.Select(one => one.Name));
        Assert.Equal(cases.Fingerprints, cases.Cases.Select(one => one.Fingerprint()));
        Assert.Equal(
            place.Contains("on disk") ? memory / cases.Cases[0].Bytes : 3,
            cases.Cases.Count(one => MemoryMarshal.TryGetArray(one.Classes, out _)));
        Assert.Equal(3, _read);
    }

    [Fact]
    public void Cases_on_disk_stay_out_of_managed_memory()
    {
        const int count = 12;
        VolumeShape shape = new(64, 64, 64);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        using (CaseSource disk = Source(new() { Memory = 0 }, Large()))
        {
            Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 3 * disk.Cases[0].Bytes);
            Assert.Equal(count, disk.Count);
        }

        using CaseSource memory = Source(new(), Large());
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, (count - 1) * memory.Cases[0].Bytes, long.MaxValue);

        IEnumerable<TinyRow> Large()
        {
            for (int index = 0; index < count; index++)
            {
                VolumeGrid grid = new(shape, Affine.Identity);
                Volume Scan() => new(grid, new float[shape.Count]) { LabelConvention = LabelConvention.BraTS2018 };
                yield return new() { CaseId = $"case{index}", Flair = Scan(), T1ce = Scan(), T1 = Scan(), T2 = Scan(), Label = Scan() };
            }
        }
    }

    [Fact]
    public void Cases_are_not_read_where_the_folder_is_of_no_use()
    {
        using TemporaryFolder folder = new();
        folder.Write("file", [1]);
        Assert.Throws<IOException>(() => Source(new() { CacheFolder = folder["file"] }, TinyProblem.Rows(1)));
        Assert.Equal(0, _read);
    }

    [Fact]
    public void What_was_kept_is_given_back_when_reading_fails()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        using TemporaryFolder folder = new();
        TinyRow other = TinyProblem.Row(1);
        other.Label = new(other.Label!.Grid, [.. other.Label.Voxels.ToArray().Select(value => value == 4 ? 3 : value)])
        {
            LabelConvention = LabelConvention.BraTS2023,
        };
        Assert.Contains("Train on one convention", Assert.Throws<InvalidOperationException>(() =>
            Source(new() { Memory = 0, CacheFolder = folder.Path }, [TinyProblem.Row(0), other])).Message);
        Assert.DoesNotContain(File.ReadLines("/proc/self/maps"), line => line.Contains(folder.Path));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    private CaseSource Source(CaseOptions options, IEnumerable<TinyRow> rows)
    {
        using IChannel channel = ((IHostEnvironment)_ml).Register("test").Start("test");
        return new(
            _ml.Transforms.DropColumns(nameof(TinyRow.Cues))
                .Fit(_ml.Data.LoadFromEnumerable(Array.Empty<TinyRow>()))
                .Transform(_ml.Data.LoadFromEnumerable(Counted(rows))),
            options,
            null,
            channel,
            fingerprints: true);
    }

    private IEnumerable<TinyRow> Counted(IEnumerable<TinyRow> rows)
    {
        foreach (TinyRow row in rows)
        {
            _read++;
            yield return row;
        }
    }
}
