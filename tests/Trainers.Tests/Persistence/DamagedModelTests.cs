using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Microsoft.ML;
using Smml.MLNet.Persistence;

namespace Smml.MLNet.Tests.Persistence;

/// <summary>Single flipped bits anywhere in the zip. A second process loads and scores them, because a
/// damaged zip may keep ML.NET busy for ever.</summary>
public sealed class DamagedModelTests(TrainedChain trained) : IClassFixture<TrainedChain>
{
    private const string FolderVariable = "SMML_TEST_DAMAGE";
    private const int Flips = 60;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60); // of which the first flip spends some on starting the process

    [Fact]
    public void A_flipped_bit_never_changes_a_segmentation_silently()
    {
        using TemporaryFolder folder = new();
        byte[] zip = File.ReadAllBytes(trained.ModelPath);
        File.WriteAllBytes(folder["model.zip"], zip);
        BraTSDataset.WriteManifest(
            folder["cases.csv"], trained.Context.Data.CreateEnumerable<BraTSCase>(trained.Cases, reuseRowObject: false).Take(1));
        int[] bits = Bits(zip);
        File.WriteAllLines(folder["flips.txt"], bits.Select(bit => bit.ToString(CultureInfo.InvariantCulture)));

        string good = trained.Hashes[0];
        string[] results = Run(folder, bits.Length);
        string[] silent =
        [
            .. results.Where(result => !result.Contains('!', StringComparison.Ordinal) && !result.EndsWith(good, StringComparison.Ordinal)),
        ];
        Assert.True(silent.Length == 0, $"silently another segmentation: {string.Join("; ", silent)}");
        Assert.True(
            results.Count(result => result.Contains('!', StringComparison.Ordinal)) > bits.Length / 2,
            "most flips hit something that is checked");
        string[] hung = [.. results.Where(result => result.EndsWith("!hung", StringComparison.Ordinal))];
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', results));
        Assert.True(hung.Length == 0, $"no answer in {s_limit.TotalSeconds} s: {string.Join("; ", hung)}");
    }

    [Fact(Explicit = true)]
    public void Child()
    {
        string? folder = Environment.GetEnvironmentVariable(FolderVariable);
        Assert.SkipWhen(folder is null, "Started by the test above.");
        MLContext ml = new(seed: 7);
        byte[] zip = File.ReadAllBytes(Path.Combine(folder, "model.zip"));
        string key = ModelReader.Key(ModelReader.Find(ml.Model.Load(new MemoryStream(zip), out _)).Header.Json);
        IDataView cases = ml.Data.CreateBraTSManifestLoader().Load(Path.Combine(folder, "cases.csv"));
        string[] flips = File.ReadAllLines(Path.Combine(folder, "flips.txt"));
        string results = Path.Combine(folder, "results.txt");
        for (int i = File.Exists(results) ? File.ReadAllLines(results).Length : 0; i < flips.Length; i++)
        {
            int bit = int.Parse(flips[i], CultureInfo.InvariantCulture);
            byte[] damaged = [.. zip];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            TrainedChain.Forget(key);
            string result;
            try
            {
                result = TrainedChain.Score(ml, ml.Model.Load(new MemoryStream(damaged), out _), cases).Single();
            }
#pragma warning disable CA1031 // whatever ML.NET throws is an answer
            catch (Exception error)
#pragma warning restore CA1031
            {
                result = "!" + string.Join(
                    " < ", SavedModelTests.Chain(error).Select(one => $"{one.GetType().Name}: {one.Message.ReplaceLineEndings(" ")}"));
            }

            File.AppendAllText(results, $"bit {bit}: {result}\n");
        }
    }

    // Half of the flips anywhere; half outside the weights, which are most of the file and are covered by their hash.
    private static int[] Bits(byte[] zip)
    {
        using ZipArchive archive = new(new MemoryStream(zip));
        ZipArchiveEntry weights = archive.Entries.MaxBy(entry => entry.CompressedLength)!;
        byte[] name = Encoding.UTF8.GetBytes(weights.FullName);
        int first = zip.AsSpan().IndexOf(name) + name.Length, last = first + (int)weights.CompressedLength;
        SplitMix64 random = new(2024);
        List<int> bits = [];
        while (bits.Count < Flips)
        {
            int bit = random.Integer(0, (zip.Length * 8) - 1);
            if (bits.Count < Flips / 2 || bit / 8 < first || bit / 8 > last)
                bits.Add(bit);
        }

        return [.. bits];
    }

    private static string[] Run(TemporaryFolder folder, int count)
    {
        string results = folder["results.txt"];
        string[] Lines() => File.Exists(results) ? File.ReadAllLines(results) : [];
        while (Lines().Length < count)
        {
            string program = Path.Combine(
                AppContext.BaseDirectory, typeof(DamagedModelTests).Assembly.GetName().Name + (OperatingSystem.IsWindows() ? ".exe" : ""));
            ProcessStartInfo start = new(program, ["-method", $"{typeof(DamagedModelTests).FullName}.{nameof(Child)}", "-explicit", "only"])
            {
                RedirectStandardOutput = true,
                UseShellExecute = false,
            };
            start.Environment[FolderVariable] = folder.Path;
            using Process child = Process.Start(start)!;
            Task<string> output = child.StandardOutput.ReadToEndAsync();
            int done = Lines().Length;
            while (!child.WaitForExit(s_limit) && Lines().Length > done)
                done = Lines().Length;
            bool hung = !child.HasExited;
            if (hung)
                child.Kill();
            child.WaitForExit();
            if (Lines().Length < count)
                File.AppendAllText(
                    results, hung ? $"flip {Lines().Length}: !hung\n" : $"!ended the process: {output.Result.ReplaceLineEndings(" ")}\n");
        }

        return Lines();
    }
}
