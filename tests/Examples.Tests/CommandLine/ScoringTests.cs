namespace Smml.MLNet.Tests.CommandLine;

/// <summary>Scoring and evaluating in parts, with uncertainty and with other windows.</summary>
public sealed class ScoringTests(TrainedModel trained) : IClassFixture<TrainedModel>
{
    [Fact]
    public void Shards_of_a_job_array_come_together_with_the_bytes_of_one_process()
    {
        string whole = Path.Combine(trained.Folder, "whole"), parts = Path.Combine(trained.Folder, "parts");
        SmmlProcess.Done("score", trained.Zip, trained.Cases, "--out", whole, "--uncertainty");
        Assert.Contains(
            "shard 1/2",
            SmmlProcess.Done("score", trained.Zip, trained.Cases, "--out", parts, "--uncertainty", "--shard", "1/2").Error,
            StringComparison.Ordinal);
        SmmlProcess.Done("score", trained.Zip, trained.Cases, "--out", parts, "--uncertainty", "--shard", "2/2");
        Assert.Contains(
            "2 of them before",
            SmmlProcess.Done("score", trained.Zip, trained.Cases, "--out", parts, "--uncertainty").Output,
            StringComparison.Ordinal);
        Assert.All(
            ["scoring.csv", "Phantom_0001_seg.nii.gz", "Phantom_0002_disagreement.nii.gz"],
            name => Assert.Equal(File.ReadAllBytes(Path.Combine(whole, name)), File.ReadAllBytes(Path.Combine(parts, name))));
        Assert.True(File.Exists(Path.Combine(parts, "scoring.2-of-2.csv")));
        Assert.Equal(3, File.ReadAllLines(Path.Combine(whole, "scoring-times.csv")).Length);
        Assert.Equal(2, File.ReadAllLines(Path.Combine(parts, "scoring-times.2-of-2.csv")).Length);
    }

    [Fact]
    public void An_evaluation_in_shards_gives_the_table_of_one_process()
    {
        string whole = Path.Combine(trained.Folder, "evaluated-whole"), parts = Path.Combine(trained.Folder, "evaluated-parts");
        string[] more = ["--metrics", "hd95", "--empty", "exclude", "--overlap", "0.25"];
        SmmlProcess.Done(["evaluate", trained.Zip, trained.Cases, "--out", whole, .. more]);
        SmmlProcess.Done(["evaluate", trained.Zip, trained.Cases, "--out", parts, "--shard", "2/2", .. more]);
        SmmlProcess.Done(["evaluate", trained.Zip, trained.Cases, "--out", parts, .. more]);
        string table = File.ReadAllText(Path.Combine(whole, "evaluation.csv"));
        Assert.Equal(table, File.ReadAllText(Path.Combine(parts, "evaluation.csv")));
        Assert.Contains(",Hd95,", table, StringComparison.Ordinal);
        Assert.DoesNotContain("Sensitivity", table, StringComparison.Ordinal);
        Assert.Contains("Phantom_0002", File.ReadAllText(Path.Combine(parts, "evaluation.2-of-2.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void Windows_are_scored_as_asked_and_the_default_is_the_paper()
    {
        string Segmentation(params string[] more)
        {
            string output = Path.Combine(trained.Folder, "windows-" + Guid.NewGuid().ToString("N"));
            SmmlProcess.Done(["score", trained.Zip, trained.Cases, "--out", output, "--cases", "Phantom_0001", .. more]);
            return Convert.ToHexString(File.ReadAllBytes(Path.Combine(output, "Phantom_0001_seg.nii.gz")));
        }

        string usual = Segmentation();
        Assert.Equal(usual, Segmentation("--average", "logits", "--blending", "constant", "--window-batch", "1", "--overlap", "0.5"));
        Assert.NotEqual(usual, Segmentation("--flips", "xz", "--blending", "gaussian", "--average", "probabilities", "--skip-empty"));
    }

    [Fact]
    public void Another_method_is_averaged_as_it_was_published()
    {
        string cases = Path.Combine(trained.Folder, "wide"), zip = Path.Combine(trained.Folder, "rfnet.zip");
        SmmlProcess.Done("phantom", cases, "--cases", "1", "--seed", "5", "--shape", "56x48x48", "--spacing", "3.6");
        string[] training = ["--size", "tiny", "--epochs", "1", "--steps", "1", "--batch", "1", "--seed", "3"];
        SmmlProcess.Done(["train", cases, "--out", zip, "--method", "rfnet", .. training]);

        string Segmentation(params string[] more)
        {
            string output = Path.Combine(trained.Folder, "average-" + Guid.NewGuid().ToString("N"));
            SmmlProcess.Done(["score", zip, cases, "--out", output, .. more]);
            return Convert.ToHexString(File.ReadAllBytes(Path.Combine(output, "Phantom_0001_seg.nii.gz")));
        }

        string usual = Segmentation();
        Assert.Equal(usual, Segmentation("--average", "probabilities"));
        Assert.NotEqual(usual, Segmentation("--average", "logits"));
    }

    [Theory]
    [InlineData("k/n", "--shard", "3/2")]
    [InlineData("letters out of x, y, z", "--flips", "w")]
    [InlineData("expected 0 to 0.9", "--overlap", "1")]
    [InlineData("Add it", "--review-below", "0.5")]
    public void What_cannot_be_is_said_before_anything_is_done(string expected, params string[] options)
    {
        string output = Path.Combine(trained.Folder, "refused");
        SmmlProcess.Run(["score", trained.Zip, trained.Cases, "--out", output, .. options]).Fails(2, expected);
        Assert.False(Directory.Exists(output));
    }

    [Fact]
    public void A_metric_that_does_not_exist_is_named_with_those_that_do() =>
        SmmlProcess.Run("evaluate", trained.Zip, trained.Cases, "--out", Path.Combine(trained.Folder, "refused"), "--metrics", "f1")
            .Fails(2, "--metrics names 'f1'", "hd95");
}
