using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace Smml.MLNet.Tests.VolumeFiles;

/// <summary>Checks against a folder of files whose contents other readers agree on: <c>manifest.json</c> with a
/// verdict and the expected voxels of each.</summary>
public sealed class ConformanceFolderTests
{
    private static readonly string? s_folder = Environment.GetEnvironmentVariable("SMML_TESTDATA");

    [Fact]
    public void Every_file_of_the_manifest_is_read_or_refused_as_its_verdict_says()
    {
        using JsonDocument manifest = Manifest();
        List<string> failures = [];
        Dictionary<string, int> seen = [];
        foreach (JsonElement entry in manifest.RootElement.EnumerateArray())
        {
            string file = entry.GetProperty("file").GetString()!, verdict = entry.GetProperty("verdict").GetString()!;
            string path = Path.Combine(s_folder!, file);
            if (verdict == "part-of-pair")
                continue;
            seen[verdict] = seen.GetValueOrDefault(verdict) + 1;
            try
            {
                // The other readers take the sform also where the qform contradicts it.
                double[] values = VolumeFile.ReadValues(path, out VolumeHeader header, OrientationSource.Sform);
                Assert.Equal(header.VolumeCount, VolumeFile.ReadAll(path, OrientationSource.Sform).Count);
                if (verdict == "reject")
                    failures.Add($"{file}: read, expected a refusal");
                if (verdict is "accept-warn" or "reject-or-warn" && header.Warnings.Count == 0)
                    failures.Add($"{file}: read without a warning, expected one");
                if (verdict == "accept" && entry.TryGetProperty("expect", out JsonElement expect))
                    Compare(file, values, header, expect, failures);
            }
            catch (Exception e) when (e is VolumeFormatException or FileNotFoundException)
            {
                if (verdict.StartsWith("accept", StringComparison.Ordinal))
                    failures.Add($"refused: {e.Message}");
                if (!e.Message.Contains(Path.GetFileName(path), StringComparison.Ordinal) || !e.Message.TrimEnd().EndsWith('.'))
                    failures.Add($"{file}: the message does not name the file and a remedy: {e.Message}");
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.True(seen.GetValueOrDefault("accept") > 50 && seen.GetValueOrDefault("reject") > 50, string.Join(", ", seen));
    }

    [Fact]
    public void The_bomb_costs_neither_time_nor_memory()
    {
        using JsonDocument manifest = Manifest();
        string path = Path.Combine(s_folder!, "hostile", "bomb_small_header_1GiB.nii.gz");
        Assert.SkipUnless(File.Exists(path), "no such file");
        long before = GC.GetAllocatedBytesForCurrentThread();
        Volume volume = VolumeFile.Read(path);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.Contains("checksum is not proven", Assert.Single(volume.Warnings), StringComparison.Ordinal);
    }

    private static JsonDocument Manifest()
    {
        Assert.SkipUnless(
            s_folder is not null && File.Exists(Path.Combine(s_folder, "manifest.json")),
            "SMML_TESTDATA names no folder with a manifest.json.");
        return JsonDocument.Parse(File.ReadAllText(Path.Combine(s_folder!, "manifest.json")));
    }

    private static void Compare(string file, double[] values, VolumeHeader header, JsonElement expect, List<string> failures)
    {
        if (expect.TryGetProperty("origin_lps", out _))
            CompareMetaImage(file, values, header, expect, failures);
        else
            CompareNifti(file, values, header, expect, failures);
    }

    // What nibabel reads, checked voxel by voxel through a hash. It leaves lengths in the file's unit; ours are millimetres.
    private static void CompareNifti(string file, double[] values, VolumeHeader header, JsonElement expect, List<string> failures)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<double>(values)));
        if (hash != expect.GetProperty("sha256_f64le_fortran").GetString())
            failures.Add($"{file}: the voxels have the SHA-256 {hash}");
        int[] shape = [.. expect.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32())];
        while (shape.Length > 1 && shape[^1] == 1)
            shape = shape[..^1];
        if (!header.Dimensions.SequenceEqual(shape))
            failures.Add($"{file}: found {string.Join('x', header.Dimensions)}, expected {string.Join('x', shape)}");
        if (!header.DataType.ToString().Equals(expect.GetProperty("ondisk").GetString(), StringComparison.OrdinalIgnoreCase))
            failures.Add($"{file}: found the type {header.DataType}");
        if (header.IsBigEndian != (expect.GetProperty("endian").GetString() == ">"))
            failures.Add($"{file}: found big-endian {header.IsBigEndian}");
        Near(file, "slope", header.Slope, expect.GetProperty("slope").GetDouble(), failures);
        Near(file, "intercept", header.Intercept, expect.GetProperty("inter").GetDouble(), failures);
        if (header.Grid.Affine.AxisCodes != expect.GetProperty("axcodes").GetString())
            failures.Add($"{file}: found the axes {header.Grid.Affine.AxisCodes}");
        double unit = Path.GetFileName(file) switch { "sp_micron.nii" => 0.001, "sp_mm_vs_meter.nii" => 1000, _ => 1 };
        for (int row = 0; row < 3; row++)
        {
            for (int column = 0; column < 4; column++)
                Near(
                    file,
                    $"affine {row},{column}",
                    header.Grid.Affine[row, column],
                    unit * expect.GetProperty("affine_ras")[row][column].GetDouble(),
                    failures);
        }
    }

    // What ITK reads, in LPS. Its answer for a stream without CompressedDataSize is wrong (all zeros): the voxels of m_zlib.mha are right.
    private static void CompareMetaImage(string file, double[] values, VolumeHeader header, JsonElement expect, List<string> failures)
    {
        bool isWrong = Path.GetFileName(file) == "m_zlib_nosize.mha";
        Near(file, "sum", values.Sum(), isWrong ? 51198 : Number("sum"), failures);
        Near(file, "first", values[0], isWrong ? 577 : Number("first"), failures);
        Near(file, "last", values[^1], isWrong ? 822 : Number("last"), failures);
        double[] spacing = Numbers("spacing", ','), origin = Numbers("origin_lps", ','), direction = Numbers("direction_itk_rows", ' ');
        for (int row = 0; row < 3; row++)
        {
            int sign = row < 2 ? -1 : 1;
            for (int column = 0; column < 3; column++)
                Near(
                    file,
                    $"affine {row},{column}",
                    header.Grid.Affine[row, column],
                    sign * direction[(row * 3) + column] * spacing[column],
                    failures);
            Near(file, $"origin {row}", header.Grid.Affine[row, 3], sign * origin[row], failures);
        }

        double Number(string name) => double.Parse(expect.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);
        double[] Numbers(string name, char separator) =>
            [.. expect.GetProperty(name).GetString()!.Split(separator).Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
    }

    private static void Near(string file, string what, double found, double expected, List<string> failures)
    {
        if (!(Math.Abs(found - expected) <= 2e-7 * Math.Max(1, Math.Abs(expected))))
            failures.Add($"{file}: {what} is {found:R}, expected {expected:R}");
    }
}
