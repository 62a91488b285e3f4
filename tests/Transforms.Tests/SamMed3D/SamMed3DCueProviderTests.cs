using System.Diagnostics;

namespace Smml.MLNet.Tests.SamMed3D;

public sealed class SamMed3DCueProviderTests : IDisposable
{
    private const string HomeVariable = "SMML_TEST_CHECKPOINT";

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _log = [];

    [Fact]
    public void A_case_gets_a_map_for_each_class_and_scan_and_none_for_a_missing_scan()
    {
        using SamMed3DCueProvider provider = Provider();
        SemanticCues cues = provider.Generate(Case(without: Modality.T2));
        Assert.Equal(4, cues.ClassCount);
        foreach (Modality modality in ModalitySet.All)
        {
            for (int index = 0; index < 4; index++)
                Assert.Equal(modality != Modality.T2, !cues.Map(index, modality).IsEmpty);
        }

        for (int i = 0; i < cues.Map(0, Modality.T1).Length; i++)
            Assert.Equal(255 - Enumerable.Range(1, 3).Max(index => cues.Map(index, Modality.T1)[i]), cues.Map(0, Modality.T1)[i]);
        Assert.Contains("computed", Assert.Single(_log), StringComparison.Ordinal);
    }

    [Fact]
    public void The_cache_answers_without_the_network_and_gives_the_same_cues()
    {
        SemanticCues fresh, kept;
        using (SamMed3DCueProvider provider = Provider(_folder["cache"]))
            fresh = provider.Generate(Case());
        string entry = Assert.Single(Directory.GetFiles(_folder["cache"]));
        Assert.StartsWith("case_1-", Path.GetFileName(entry), StringComparison.Ordinal);
        Assert.InRange(new FileInfo(entry).Length, 12 * 16 * 16 * 16 * 2, 1 << 20);
        long start = Stopwatch.GetTimestamp();
        using (SamMed3DCueProvider provider = Provider(_folder["cache"]))
            kept = provider.Generate(Case());
        Assert.Contains("from the cache", _log[1], StringComparison.Ordinal);
        AssertSame(fresh, kept);

        // Another voxel, label, prompt or number of clicks is another entry.
        using (SamMed3DCueProvider provider = Provider(_folder["cache"]))
            provider.Generate(Case(seed: 9));
        using (SamMed3DCueProvider provider = Provider(_folder["cache"], new GroundTruthCentreClick(), clicks: 2))
            provider.Generate(Case());
        Assert.Equal(3, Directory.GetFiles(_folder["cache"]).Length);
        Assert.Equal(3, _log.Count(line => line.Contains("computed", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_damaged_entry_is_rebuilt_and_the_log_says_so()
    {
        using SamMed3DCueProvider provider = Provider(_folder["cache"]);
        SemanticCues fresh = provider.Generate(Case());
        string entry = Assert.Single(Directory.GetFiles(_folder["cache"]));
        byte[] bytes = File.ReadAllBytes(entry);
        foreach (byte[] damaged in new[] { bytes[..1000], bytes[..5], [], [.. bytes[..2000], (byte)(bytes[2000] ^ 1), .. bytes[2001..]] })
        {
            File.WriteAllBytes(entry, damaged);
            AssertSame(fresh, provider.Generate(Case()));
            Assert.Contains("rebuilt", _log[^1], StringComparison.Ordinal);
            Assert.Equal(bytes, File.ReadAllBytes(entry));
        }
    }

    [Fact]
    public void Several_workers_may_share_a_cache()
    {
        using SamMed3DCueProvider one = Provider(_folder["cache"]), other = Provider(_folder["cache"]);
        Parallel.For(0, 8, i => (i % 2 == 0 ? one : other).Generate(Case()));
        Assert.Single(Directory.GetFiles(_folder["cache"]));
    }

    [Fact]
    public void A_class_without_voxels_has_no_map_and_a_case_without_tumour_none_at_all()
    {
        using SamMed3DCueProvider provider = Provider();
        SemanticCues cues = provider.Generate(Case(label: value => value == 4 ? 0 : value));
        Assert.True(cues.Map(3, Modality.Flair).IsEmpty);
        Assert.False(cues.Map(1, Modality.Flair).IsEmpty);
        Assert.Contains("'enhancing tumor' has no voxel", _log[0], StringComparison.Ordinal);
        cues = provider.Generate(Case(label: _ => 0));
        Assert.True(cues.Map(0, Modality.Flair).IsEmpty);
        Assert.Contains("no tumour voxel", _log[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_tumour_larger_than_the_cube_is_flagged_and_what_lies_outside_has_no_cue()
    {
        using SamMed3DCueProvider provider = Provider();
        Volume scan = Volumes.Of(new(60, 30, 30), (x, y, z) => 10 + ((x * 7) + (y * 3) + z) % 11);
        Volume label = Volumes.Of(new(60, 30, 30), (x, y, z) => y is > 10 and < 20 ? 2 : 0);
        SemanticCues cues = provider.Generate(new("long", [scan, null, null, null], label, LabelConvention.BraTS2018));
        Assert.Contains("larger than the cube", _log[0], StringComparison.Ordinal);
        ReadOnlySpan<byte> map = cues.Map(2, Modality.Flair);
        Assert.Equal(0, map[0]);
        Assert.True(map.ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void Linked_graphs_give_the_same_cues_and_tell_when_their_weights_are_gone()
    {
        string checkpoint = SamFixture.Checkpoint(_folder);
        (string encoder, string decoder) = SamMed3DGraphs.Link(checkpoint, SamFixture.Tiny);
        SemanticCues expected, found;
        using (SamMed3DCueProvider provider = Provider())
            expected = provider.Generate(Case());
        using (SamMed3DCueProvider provider = SamMed3DCueProvider.FromOnnx(encoder, decoder, SamFixture.Tiny, new() { Threads = 1 }))
            found = provider.Generate(Case());
        AssertSame(expected, found);
        File.Delete(checkpoint);
        using SamMed3DCueProvider lost = SamMed3DCueProvider.FromOnnx(encoder, decoder, SamFixture.Tiny, new());
        Assert.Contains(
            "beside the graph", Assert.Throws<CheckpointFormatException>(() => lost.Generate(Case())).Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => SamMed3DCueProvider.FromOnnx(_folder["no.onnx"], decoder));
        Assert.Throws<ObjectDisposedException>(() => { lost.Dispose(); lost.Generate(Case()); });
    }

    [Fact]
    public void Onnxruntime_leaves_no_device_identifier_behind()
    {
        string checkpoint = SamFixture.Checkpoint(_folder),
            home = Directory.CreateDirectory(_folder["home"]).FullName,
            temporary = Directory.CreateDirectory(_folder["tmp"]).FullName;
        string program = Path.Combine(
            AppContext.BaseDirectory,
            typeof(SamMed3DCueProviderTests).Assembly.GetName().Name + (OperatingSystem.IsWindows() ? ".exe" : ""));
        ProcessStartInfo start = new(program, [
            "-method",
            $"{typeof(SamMed3DCueProviderTests).FullName}.{nameof(Child)}",
            "-explicit",
            "only",
        ])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment.Remove("ORT_DISABLE_TELEMETRY");
        foreach ((string name, string value) in new[]
        {
            (HomeVariable, checkpoint),
            ("HOME", home),
            ("TMPDIR", temporary),
            ("XDG_CACHE_HOME", Path.Combine(home, ".cache")),
        })
            start.Environment[name] = value;
        using Process child = Process.Start(start)!;
        string output = child.StandardOutput.ReadToEnd();
        Assert.True(child.WaitForExit(60_000));
        Assert.True(File.Exists(checkpoint + ".done"), output);
        string[] left = [.. Directory.EnumerateFiles(home, "*", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(temporary, "*", SearchOption.AllDirectories))
            .Where(path => path.Contains("onnxruntime", StringComparison.OrdinalIgnoreCase)
                || path.Contains("deviceid", StringComparison.OrdinalIgnoreCase)
                || path.EndsWith(".ses", StringComparison.Ordinal))];
        Assert.Empty(left);
    }

    [Fact(Explicit = true)]
    public void Child()
    {
        string? checkpoint = Environment.GetEnvironmentVariable(HomeVariable);
        Assert.SkipWhen(checkpoint is null, "Started by the test above.");
        using (SamMed3DCueProvider provider = SamMed3DCueProvider.FromCheckpoint(checkpoint, SamFixture.Tiny, new() { Threads = 1 }))
            provider.Generate(Case());
        Thread.Sleep(3000); // the uploader's worker would have begun
        File.WriteAllText(checkpoint + ".done", "");
    }

    public void Dispose() => _folder.Dispose();

    private static CueCase Case(Modality? without = null, Func<float, float>? label = null, ulong seed = 1)
    {
        VolumeShape shape = new(30, 28, 26);
        float Radius(int x, int y, int z) => MathF.Sqrt(((x - 15) * (x - 15)) + ((y - 13) * (y - 13)) + ((z - 12) * (z - 12)));
        Volume truth = Volumes.Of(
            shape, (x, y, z) => (label ?? (value => value))(Radius(x, y, z) switch { < 3 => 1, < 5 => 4, < 8 => 2, _ => 0 }));
        Volume?[] scans = [.. Enumerable.Range(0, 4).Select(m => (Modality)m == without ? null : Volumes.Brain(shape, seed + (ulong)m))];
        return new("case 1", scans, truth, LabelConvention.BraTS2018);
    }

    private static void AssertSame(SemanticCues expected, SemanticCues found)
    {
        for (int index = 0; index < expected.ClassCount; index++)
        {
            foreach (Modality modality in ModalitySet.All)
                Assert.Equal(expected.Map(index, modality), found.Map(index, modality));
        }
    }

    private SamMed3DCueProvider Provider(string? cache = null, ICuePrompt? prompt = null, int clicks = 1) =>
        SamMed3DCueProvider.FromCheckpoint(
            SamFixture.Checkpoint(_folder),
            SamFixture.Tiny,
            new()
            {
                CacheFolder = cache,
                Prompt = prompt ?? new GroundTruthRandomClick(),
                Clicks = clicks,
                Threads = 1,
                Log = line =>
                {
                    lock (_log)
                        _log.Add(line);
                },
            });
}
