using System.Text.Json;

namespace Smml.MLNet.Tests.CommandLine;

public sealed class AblateTests(TrainedModel trained) : IClassFixture<TrainedModel>
{
    [Fact]
    public void Two_rows_are_trained_compared_and_not_trained_again()
    {
        string output = Path.Combine(trained.Folder, "ablation");
        SmmlProcess.Result first = SmmlProcess.Done(Arguments(output, "--rows", "base,dual+SRN", "--cues", "phantom"));
        Assert.Contains("Research use only", first.Error);
        string[] table = first.Output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Assert.All(table[..^1], line => Assert.True(line.Length <= 80, line));
        Assert.Matches("^○ +○ +○ +○ +[0-9]", table[2]);
        Assert.Matches("^● +○ +○ +● +[0-9]", table[3]);
        Assert.Equal(Path.Combine(output, "ablation.csv"), table[^1]);
        Assert.Equal(1 + (2 * 15 * 4 * 6), File.ReadAllLines(table[^1]).Length); // rows of the study, subsets, regions, metrics
        JsonElement info = SmmlProcess.Done("info", Path.Combine(output, "base.zip"), "--json").Json;
        Assert.Equal(1, info.GetProperty("architecture").GetProperty("branchCount").GetInt32());
        Assert.Equal(0, info.GetProperty("losses").GetProperty("pixelConsistencyWeight").GetDouble());
        Assert.Contains("one network", SmmlProcess.Done("info", Path.Combine(output, "base.zip")).Output);

        DateTime written = File.GetLastWriteTimeUtc(Path.Combine(output, "base.zip"));
        Assert.Equal(first.Output, SmmlProcess.Done(Arguments(output, "--rows", "base,dual+SRN", "--cues", "phantom")).Output);
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(output, "base.zip")));
        SmmlProcess.Run(Arguments(output, "--rows", "base", "--seed", "9"))
            .Fails(5, "base.zip", "seed: found 1, expected 9", "Choose another folder");
    }

    [Fact]
    public void What_is_missing_is_named_with_the_remedy()
    {
        string output = Path.Combine(trained.Folder, "nothing");
        SmmlProcess.Run(Arguments(output))
            .Fails(2, "The row 'base + SRN' needs semantic cues", "--cues phantom", "--rows base,dual,dual+PBC");
        SmmlProcess.Run("ablate", trained.Cases, "--out", output, "--rows", "base").Fails(2, "--split random:1", "--hold-out");
        SmmlProcess.Run(Arguments(output, "--rows", "base+PBC")).Fails(2, "'base+PBC' is no row", "dual-frc-srn");
        SmmlProcess.Run(Arguments(output, "--cues", "sam")).Fails(2, "--cues is 'sam', expected phantom");
        SmmlProcess.Run(Arguments(output, "--cues", "sam:none.pth")).Fails(2, "there is no file none.pth");
        SmmlProcess.Run(Arguments(output, "--cues", "nifti:none")).Fails(2, "there is no folder none");
        Assert.False(Directory.Exists(output));
    }

    private string[] Arguments(string output, params string[] more) =>
        ["ablate", trained.Cases, "--out", output, "--hold-out", "Phantom_0002", "--epochs", "1", "--steps", "1", "--batch", "1", .. more];
}
