using System.Text.Json;

namespace Smml.MLNet.Tests.CommandLine;

public sealed class CompareTests(TrainedModel trained) : IClassFixture<TrainedModel>
{
    [Fact]
    public void Methods_are_trained_with_one_budget_compared_and_not_trained_again()
    {
        string output = Path.Combine(trained.Folder, "comparison");
        string[] arguments =
        [
            "compare", trained.Cases, "--out", output, "--methods", "rfnet,mmformer", "--hold-out", "Phantom_0002", "--steps", "2",
            "--batch", "1", "--checkpoints",
        ];
        SmmlProcess.Result first = SmmlProcess.Done(arguments);
        Assert.Contains("Research use only", first.Error, StringComparison.Ordinal);
        Assert.Contains("equal budget: 2 optimizer steps of 1 samples for each method", first.Output, StringComparison.Ordinal);
        Assert.Contains("Paired difference to RFNet", first.Output, StringComparison.Ordinal);
        // methods, regions, 15 subsets and their mean
        Assert.Equal(1 + (2 * 4 * 16), File.ReadAllLines(Path.Combine(output, "comparison.csv")).Length);
        Assert.Equal(1 + (2 * 15 * 4), File.ReadAllLines(Path.Combine(output, "cases.csv")).Length);
        Assert.Contains("Comparison of methods", File.ReadAllText(Path.Combine(output, "comparison.html")), StringComparison.Ordinal);

        DateTime written = File.GetLastWriteTimeUtc(Path.Combine(output, "rfnet.zip"));
        SmmlProcess.Result again = SmmlProcess.Done(arguments);
        Assert.Equal(first.Output, again.Output.Replace("  (kept)", "", StringComparison.Ordinal));
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(output, "rfnet.zip")));
        SmmlProcess.Run([.. arguments, "--seed", "9"]).Fails(5, "rfnet.zip", "seed: found 1, expected 9", "Choose another folder");

        // A model of the comparison is a model like any other.
        JsonElement info = SmmlProcess.Done("info", Path.Combine(output, "rfnet.zip"), "--json").Json;
        Assert.Equal("rfnet", info.GetProperty("architecture").GetProperty("method").GetString());
        Assert.Contains("one network", SmmlProcess.Done("info", Path.Combine(output, "rfnet.zip")).Output, StringComparison.Ordinal);
        SmmlProcess.Run(
            "score", Path.Combine(output, "rfnet.zip"), trained.Cases, "--out", Path.Combine(trained.Folder, "scored"), "--uncertainty")
            .Fails(5, "Uncertainty is the disagreement of two networks, and this RFNet model has one");
    }

    [Fact]
    public void A_method_is_trained_by_its_name()
    {
        string zip = Path.Combine(trained.Folder, "rfnet.zip");
        SmmlProcess.Done("train", trained.Cases, "--out", zip, "--method", "rfnet", "--epochs", "1", "--steps", "1", "--batch", "1");
        Assert.Contains("RFNet: RFNet, a region-aware fusion network", SmmlProcess.Done("info", zip).Output, StringComparison.Ordinal);
        Assert.Contains(
            "# RFNet brain tumour segmentation, tiny", SmmlProcess.Done("info", zip, "--card").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_wrong_is_named_with_what_there_is()
    {
        string zip = Path.Combine(trained.Folder, "none.zip"), output = Path.Combine(trained.Folder, "none");
        SmmlProcess.Run("train", trained.Cases, "--out", zip, "--method", "unet")
            .Fails(2, "'unet' is no method. Expected one of smml, mmformer, rfnet, m3ae, unet-mfi, mctseg, smunet");
        SmmlProcess.Run("train", trained.Cases, "--out", zip, "--method", "rfnet", "--cues", "phantom")
            .Fails(2, "--cues is for SMML", "--method smml");
        SmmlProcess.Run("train", trained.Cases, "--out", zip, "--method", "mmformer", "--patch", "40x32x32")
            .Fails(2, "a multiple of 16 from 32 to 512, found 40");
        SmmlProcess.Run("compare", trained.Cases, "--out", output, "--methods", "smml,unet")
            .Fails(2, "'unet' is no method. Expected one of smml, mmformer, rfnet, m3ae, unet-mfi, mctseg, smunet");
        SmmlProcess.Run("compare", trained.Cases, "--out", output, "--hold-out", "Phantom_0002", "--split", "random:1")
            .Fails(2, "--hold-out, --split and --folds each say which cases are scored");
        SmmlProcess.Run("compare", trained.Cases, "--out", output, "--folds", "3", "--steps", "1")
            .Fails(2, "Folds is 3, and there are 2 cases");
        SmmlProcess.Run("train", trained.Cases, "--out", zip, "--method", "rfnet", "--patterns", "flair")
            .Fails(2, "--patterns names the students of smunet; the method is rfnet");
        SmmlProcess.Run("train", trained.Cases, "--out", zip, "--method", "smunet", "--patterns", "flair,all")
            .Fails(2, "is no pattern for a student", "the teacher sees all four");
        SmmlProcess.Run("compare", trained.Cases, "--out", output, "--hold-out", "Phantom_0002", "--steps", "1", "--epochs", "1")
            .Fails(2, "Budget names more than one");
        SmmlProcess.Run("compare", trained.Cases, "--out", output, "--hold-out", "Nobody").Fails(2, "HeldOut names Nobody");
        // two cases make no random split
        SmmlProcess.Run("compare", trained.Cases, "--out", output).Fails(2, "both parts need at least one");
        Assert.False(File.Exists(zip));
    }
}
