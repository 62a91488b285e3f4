using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace Smml.MLNet.Tests.VolumeFiles;

/// <summary>Compares with what nibabel 5.0 read from real scans and from its own reference files;
/// <c>nibabel_reference.py</c> made the list.</summary>
public sealed class NibabelReferenceTests
{
    private static readonly string? s_folder = Environment.GetEnvironmentVariable("SMML_TESTDATA");

    [Fact]
    public void Real_and_reference_files_are_read_voxel_for_voxel_as_nibabel_reads_them()
    {
        Assert.SkipUnless(
            s_folder is not null && Directory.Exists(Path.Combine(s_folder, "real")), "SMML_TESTDATA names no folder with real scans.");
        using JsonDocument reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(
            AppContext.BaseDirectory, "VolumeFiles", "nibabel-reference.json")));
        List<string> failures = [];
        int voxels = 0;
        foreach (JsonElement entry in reference.RootElement.EnumerateArray())
        {
            string file = entry.GetProperty("file").GetString()!, path = Path.Combine(s_folder!, file);
            VolumeHeader header = VolumeFile.ReadHeader(path);
            int[] shape = [.. entry.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())];
            while (shape[^1] == 1)
                shape = shape[..^1];
            Affine affine = header.Grid.Affine;
            double distance = 0;
            for (int i = 0; i < 12; i++)
                distance = Math.Max(distance, Math.Abs(affine[i / 4, i % 4] - entry.GetProperty("affine")[i / 4][i % 4].GetDouble()));
            if (!header.Dimensions.SequenceEqual(shape) || distance > 1e-5 || affine.AxisCodes != entry.GetProperty("axes").GetString())
                failures.Add($"{file}: found {header} and {affine}, which differs by {distance}");
            if (entry.GetProperty("sha256").GetString() is not { } expected)
                continue;
            voxels++;
            double[] values = VolumeFile.ReadValues(path, out _);
            if (Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<double>(values))) != expected)
                failures.Add($"{file}: the voxels differ");
            if (!values.AsSpan()
                .SequenceEqual([.. VolumeFile.ReadAll(path).SelectMany(volume => volume.Voxels.ToArray().Select(value => (double)value))])
                && header.Slope == 1)
                failures.Add($"{file}: single precision differs");
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.Equal(87, voxels);
    }
}
