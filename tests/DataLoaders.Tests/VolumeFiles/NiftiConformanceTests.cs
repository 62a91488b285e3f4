using System.Buffers.Binary;
using System.Text.Json;

namespace Smml.MLNet.Tests.VolumeFiles;

/// <summary>Checks against a folder of files whose contents other readers agree on: <c>manifest.json</c> with a verdict and the expected voxels of each.</summary>
public sealed class NiftiConformanceTests
{
    private static readonly string? s_folder = Environment.GetEnvironmentVariable("SMML_TESTDATA");

    [Fact]
    public void The_files_of_the_conformance_folder_are_read_or_refused_as_their_verdict_says()
    {
        Assert.SkipUnless(s_folder is not null && File.Exists(Path.Combine(s_folder, "manifest.json")), "SMML_TESTDATA names no folder with a manifest.json.");
        using JsonDocument manifest = JsonDocument.Parse(File.ReadAllText(Path.Combine(s_folder!, "manifest.json")));
        List<string> failures = [];
        int read = 0, refused = 0, skipped = 0;
        foreach (JsonElement entry in manifest.RootElement.EnumerateArray())
        {
            string path = Path.Combine(s_folder!, entry.GetProperty("file").GetString()!), verdict = entry.GetProperty("verdict").GetString()!;
            if (!IsInScope(path, entry, verdict))
            {
                skipped++;
                continue;
            }

            try
            {
                Volume volume = VolumeFile.Read(path);
                read++;
                if (verdict == "reject")
                    failures.Add($"{path}: read, expected a refusal");
                else if (verdict == "accept" && entry.TryGetProperty("expect", out JsonElement expect))
                    Compare(path, volume, expect, failures);
            }
            catch (VolumeFormatException e)
            {
                refused++;
                if (verdict.StartsWith("accept", StringComparison.Ordinal))
                    failures.Add($"refused: {e.Message}");
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
        Assert.True(read > 0 && refused > 0, $"{read} read, {refused} refused, {skipped} skipped");
    }

    // Left out by rule: other formats, halves of pairs, and what a three-dimensional scalar reader refuses although others accept it.
    private static bool IsInScope(string path, JsonElement entry, string verdict)
    {
        if (verdict == "part-of-pair" || !(path.EndsWith(".nii", StringComparison.Ordinal) || path.EndsWith(".nii.gz", StringComparison.Ordinal)))
            return false;
        if (!verdict.StartsWith("accept", StringComparison.Ordinal))
            return true;
        byte[] start = new byte[348];
        using (Stream stream = Open(path))
            _ = stream.ReadAtLeast(start, 348, throwOnEndOfStream: false);
        bool bigEndian = start[0] == 0;
        int size = bigEndian ? BinaryPrimitives.ReadInt32BigEndian(start) : BinaryPrimitives.ReadInt32LittleEndian(start);
        int type = bigEndian ? BinaryPrimitives.ReadInt16BigEndian(start.AsSpan(70)) : BinaryPrimitives.ReadInt16LittleEndian(start.AsSpan(70));
        bool isSingleVolume = !entry.TryGetProperty("expect", out JsonElement expect) || expect.GetProperty("shape").EnumerateArray().Skip(3).All(dimension => dimension.GetInt32() == 1);
        return size == 348 && Enum.IsDefined((VoxelType)type) && isSingleVolume;
    }

    private static Stream Open(string path)
    {
        FileStream file = File.OpenRead(path);
        bool isGzip = file.ReadByte() == 0x1F;
        file.Position = 0;
        return isGzip ? new System.IO.Compression.GZipStream(file, System.IO.Compression.CompressionMode.Decompress) : file;
    }

    private static void Compare(string path, Volume volume, JsonElement expect, List<string> failures)
    {
        int[] shape = [.. expect.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()).Concat([1, 1]).Take(3)];
        if (volume.Shape != new VolumeShape(shape[0], shape[1], shape[2]))
            failures.Add($"{path}: shape {volume.Shape}");
        double sum = 0;
        foreach (float value in volume.Voxels)
            sum += float.IsFinite(value) ? value : 0;
        Near("first", volume.Voxels[0], expect.GetProperty("first").GetDouble());
        Near("last", volume.Voxels[^1], expect.GetProperty("last").GetDouble());
        if (Math.Abs(expect.GetProperty("sum_finite").GetDouble()) < float.MaxValue)
            Near("sum", sum, expect.GetProperty("sum_finite").GetDouble());

        // The manifest leaves lengths in the file's unit, which is byte 123 of the header.
        using Stream stream = Open(path);
        byte[] start = new byte[124];
        stream.ReadExactly(start);
        double unit = (start[123] & 7) switch { 1 => 1000, 3 => 0.001, _ => 1 };
        for (int row = 0; row < 3; row++)
        {
            for (int column = 0; column < 4; column++)
                Near($"affine {row},{column}", volume.Grid.Affine[row, column], unit * expect.GetProperty("affine_ras")[row][column].GetDouble());
        }

        void Near(string what, double found, double expected)
        {
            if (!(Math.Abs(found - expected) <= 1e-6 * Math.Max(1, Math.Abs(expected))))
                failures.Add($"{path}: {what} is {found:R}, expected {expected:R}");
        }
    }
}
