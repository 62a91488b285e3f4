using System.Text.Json;
using System.Text.RegularExpressions;

namespace Smml.MLNet.Tests.CommandLine;

public sealed partial class ModelTests(TrainedModel trained) : IClassFixture<TrainedModel>
{
    [Fact]
    public void The_same_seed_gives_the_same_weights()
    {
        string again = Path.Combine(trained.Folder, "again.zip"), other = Path.Combine(trained.Folder, "other.zip");
        SmmlProcess.Result training = SmmlProcess.Done(trained.TrainArguments(again));
        SmmlProcess.Done(trained.TrainArguments(other, seed: "4"));
        Assert.Contains("Research use only", training.Error);
        string first = Sha256(trained.Zip);
        Assert.Matches("^[0-9a-f]{64}$", first);
        Assert.Equal(first, Sha256(again));
        Assert.NotEqual(first, Sha256(other));
    }

    [Fact]
    public void Info_tells_how_the_model_was_trained()
    {
        JsonElement info = SmmlProcess.Done("info", trained.Zip, "--json").Json;
        Assert.Equal(3, info.GetProperty("seed").GetInt32());
        Assert.Equal(2, info.GetProperty("trainingCases").GetInt32());
        Assert.Equal("tiny", info.GetProperty("architecture").GetProperty("name").GetString());
        Assert.Contains("never a diagnosis", info.GetProperty("notice").GetString());
        Assert.All(SmmlProcess.Done("info", trained.Zip).Output.Split('\n'), line => Assert.True(line.Length <= 60, line));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("t1ce")]
    public void Score_writes_a_segmentation_on_the_grid_of_each_case(string dropped)
    {
        string output = Path.Combine(trained.Folder, "scored-" + dropped);
        SmmlProcess.Done(
            ["score", trained.Zip, trained.Cases, "--out", output, .. dropped == "none" ? Array.Empty<string>() : ["--drop", dropped]]);
        foreach (BraTSCase item in BraTSDataset.Find(trained.Cases))
        {
            string path = Path.Combine(output, item.CaseId + "_seg.nii.gz");
            Volume segmentation = VolumeFile.Read(path), source = VolumeFile.Read(item.FlairPath);
            Assert.Equal(VoxelType.UInt8, VolumeFile.ReadHeader(path).DataType);
            Assert.Equal(source.Grid, segmentation.Grid);
            LabelConvention.BraTS2018.ToClasses(segmentation); // throws for a value outside the convention
        }
    }

    [Fact]
    public void A_damaged_case_costs_only_itself()
    {
        string output = Path.Combine(trained.Folder, "scored-damaged");
        SmmlProcess.Run("score", trained.Zip, trained.DamagedCases(), "--out", output).Fails(4, "Phantom_0002: ", "Phantom_0002_t1.nii.gz");
        Assert.True(File.Exists(Path.Combine(output, "Phantom_0001_seg.nii.gz")));
        Assert.False(File.Exists(Path.Combine(output, "Phantom_0002_seg.nii.gz")));
    }

    [Fact]
    public void Evaluate_scores_all_15_subsets()
    {
        string output = Path.Combine(trained.Folder, "evaluated");
        SmmlProcess.Result result = SmmlProcess.Done("evaluate", trained.Zip, trained.Cases, "--out", output, "--cases", "Phantom_0001");
        string[] lines = File.ReadAllLines(Path.Combine(output, "evaluation.csv"));
        Assert.Equal("CaseId,Modalities,Region,Metric,Value", lines[0]);
        string[][] rows = [.. lines[1..].Select(line => line.Split(','))];
        Assert.All(rows, row => Assert.Equal("Phantom_0001", row[0]));
        Assert.Equal(15, rows.Select(row => row[1]).Distinct().Count());
        Assert.All(rows.GroupBy(row => row[1]), subset => Assert.True(subset.Select(row => row[2]).Distinct().Count() >= 3));
        Assert.Contains("Research use only", result.Output);
        string page = File.ReadAllText(Path.Combine(output, "evaluation.html"));
        Assert.Contains("Deployed", page);
        Assert.Contains("data:image/png;base64,", page);
        Assert.DoesNotContain("<script", page);
        Assert.All(result.Output.Split('\n').Where(line => LooksLikeTable().IsMatch(line)), line => Assert.True(line.Length <= 60, line));
    }

    [Fact]
    public void Evaluate_takes_the_protocol_of_the_paper()
    {
        string output = Path.Combine(trained.Folder, "evaluated-paper");
        SmmlProcess.Done("evaluate", trained.Zip, trained.Cases, "--out", output, "--cases", "Phantom_0001", "--protocol", "paper");
        Assert.Contains("Protocol Paper", File.ReadAllText(Path.Combine(output, "evaluation.html")));
        SmmlProcess.Run("evaluate", trained.Zip, trained.Cases, "--out", output, "--protocol", "other")
            .Fails(2, "--protocol is 'other', expected one of deployed, paper");
    }

    [Fact]
    public void Evaluate_takes_the_part_of_a_split_that_was_asked_for()
    {
        string cases = Path.Combine(trained.Folder, "split"), output = Path.Combine(trained.Folder, "evaluated-split");
        SmmlProcess.Done(
            "phantom", cases, "--cases", "3", "--shape", "20x24x20", "--spacing", "8x7.5x8", "--layout", "2020", "--type", "uint8",
            "--uncompressed", "--orientation", "RAS", "--tilt", "5");
        Assert.Equal(
            "RAS", VolumeFile.ReadHeader(Path.Combine(cases, "BraTS20_Training_001", "BraTS20_Training_001_t1.nii")).Grid.Affine.AxisCodes);

        SmmlProcess.Run("evaluate", trained.Zip, cases, "--out", output, "--split", "2020")
            .Fails(2, "names 369 cases, of which 366 are not among the 3", "--split-partial");
        SmmlProcess.Run("evaluate", trained.Zip, cases, "--out", output, "--split", "2018:1", "--split-partial")
            .Fails(2, "another data set");
        SmmlProcess.Run("evaluate", trained.Zip, cases, "--out", output, "--part", "val").Fails(2, "--part is given without --split");
        SmmlProcess.Done("evaluate", trained.Zip, cases, "--out", output, "--split", "2020", "--split-partial");
        Assert.Equal(["BraTS20_Training_001"], Evaluated(output)); // 002 and 003 are training cases
        SmmlProcess.Done(
            "evaluate", trained.Zip, cases, "--out", output, "--split", "2020", "--split-partial", "--part", "train", "--cases",
            "BraTS20_Training_003");
        Assert.Equal(["BraTS20_Training_003"], Evaluated(output));
    }

    [Fact]
    public void Train_takes_the_training_part_of_a_split()
    {
        string cases = Path.Combine(trained.Folder, "train-split"), zip = Path.Combine(trained.Folder, "split.zip");
        SmmlProcess.Done("phantom", cases, "--cases", "2", "--shape", "20x24x20", "--spacing", "8", "--layout", "2020");
        SmmlProcess.Run("train", cases, "--out", zip, "--split", "2020").Fails(2, "names 369 cases");
        // a test case
        SmmlProcess.Run("train", cases, "--out", zip, "--split", "2020", "--split-partial", "--cases", "BraTS20_Training_001")
            .Fails(2, "no case is left of 1");
    }

    [Fact]
    public void Evaluate_names_the_damaged_file_and_scores_the_subsets_without_it()
    {
        string output = Path.Combine(trained.Folder, "evaluated-damaged");
        SmmlProcess.Run("evaluate", trained.Zip, trained.DamagedCases(), "--out", output, "--cases", "Phantom_0002")
            .Fails(4, "Phantom_0002_t1.nii.gz", "(8 subsets)");
        Assert.Equal(
            7, File.ReadAllLines(Path.Combine(output, "evaluation.csv"))[1..].Select(line => line.Split(',')[1]).Distinct().Count());
    }

    [Fact]
    public void Cases_that_do_not_exist_are_a_usage_error() =>
        SmmlProcess.Run("score", trained.Zip, trained.Cases, "--out", Path.Combine(trained.Folder, "none"), "--cases", "Phantom_0009")
            .Fails(2, "Phantom_0009", "Phantom_0001");

    [Fact]
    public void Options_out_of_range_are_told_before_any_file_is_read() =>
        SmmlProcess.Run("train", trained.Cases, "--out", Path.Combine(trained.Folder, "never.zip"), "--epochs", "0", "--patch", "33x32x32")
            .Fails(2, "Epochs is 0", "33x32x32");

    [Fact]
    public void A_damaged_model_is_refused()
    {
        byte[] bytes = File.ReadAllBytes(trained.Zip);
        string cut = Path.Combine(trained.Folder, "cut.zip"),
            flipped = Path.Combine(trained.Folder, "flipped.zip"),
            output = Path.Combine(trained.Folder, "refused");
        File.WriteAllBytes(cut, bytes[..(bytes.Length / 2)]);
        bytes[bytes.Length / 2] ^= 0x55;
        File.WriteAllBytes(flipped, bytes);
        SmmlProcess.Run("info", cut, "--json").Fails(5, cut, "damaged");
        SmmlProcess.Run("score", flipped, trained.Cases, "--out", output).Fails(5, flipped, "damaged");
        Assert.False(Directory.Exists(output));
    }

    private static IEnumerable<string> Evaluated(string output) =>
        File.ReadAllLines(Path.Combine(output, "evaluation.csv"))[1..].Select(line => line.Split(',')[0]).Distinct();

    private static string Sha256(string zip) => SmmlProcess.Done("info", zip, "--json").Json.GetProperty("weightsSha256").GetString()!;

    [GeneratedRegex("^[ ●○]|^Mean|^Whole")]
    private static partial Regex LooksLikeTable();
}
