namespace Smml.MLNet.Tests.CommandLine;

public sealed class UsageTests
{
    [Theory]
    [InlineData("no-such-command", "no-such-command")]
    [InlineData("inspect", "FILE")]
    [InlineData("inspect no-such-file.nii", "no-such-file.nii: there is no such file")]
    [InlineData("info no-such-model.zip --json", "no-such-model.zip: there is no such file")]
    [InlineData("train no-such-folder --out model.zip", "no-such-folder: there is no such folder")]
    [InlineData("train . --out model.zip --size huge", "huge")]
    [InlineData("train . --out model.zip --epochs many", "--epochs is 'many', expected a whole number")]
    [InlineData("train . --out model.zip --patch 32x32", "'32x32' is not a shape")]
    [InlineData("train .", "--out")]
    [InlineData("phantom here --cases 0", "--cases is '0', expected a whole number from 1")]
    [InlineData("phantom here --drop all", "at most three")]
    [InlineData("phantom here --drop t9", "'t9' is not a modality")]
    [InlineData("phantom here --layout 1999", "--layout is '1999', expected one of plain, 2018, 2020, 2021, 2023, 2024, msd")]
    [InlineData("phantom here --spacing 1x1", "'1x1' is not a spacing")]
    [InlineData("phantom here --spacing 0", "'0' is not a spacing")]
    [InlineData("phantom here --type int64", "--type is 'int64', expected one of int16, float32, uint8")]
    [InlineData("train . --out model.zip --split 2018:4", "--split is '2018:4', expected 2018:1, 2018:2, 2018:3, 2020 or random:SEED")]
    [InlineData("train . --out model.zip --labels 2018", "--labels is '2018', expected one of BraTS2018, BraTS2023")]
    [InlineData(
        "train . --out model.zip --checkpoints here --checkpoint-steps 0", "--checkpoint-steps is '0', expected a whole number from 1")]
    [InlineData("train . --out model.zip --split random:x", "--split is 'random:x'")]
    public void A_wrong_command_line_ends_with_2_and_says_why(string line, string mention)
    {
        SmmlProcess.Result result = SmmlProcess.Run(line.Split(' '));
        if (mention == "FILE")
            mention = "inspect --help";
        result.Fails(2, mention, "--help'");
    }

    [Fact]
    public void An_option_that_needs_another_one_says_so() =>
        SmmlProcess.Run("train", ".", "--out", "model.zip", "--resume").Fails(2, "--resume and --checkpoint-steps need --checkpoints DIR");

    [Fact]
    public void Options_that_exclude_each_other_are_refused_with_the_remedy()
    {
        SmmlProcess.Run("phantom", "here", "--layout", "msd", "--drop", "t1")
            .Fails(2, "--drop is given with --layout msd", "Choose another layout");
        SmmlProcess.Run("phantom", "here", "--orientation", "LRS").Fails(2, "Orientation is LRS");
        Assert.False(Directory.Exists("here"));
    }

    [Fact]
    public void Help_names_every_command_and_the_notice()
    {
        SmmlProcess.Result result = SmmlProcess.Done("--help");
        Assert.All(
            ["inspect", "validate", "phantom", "train", "score", "evaluate", "compare", "ablate", "sam", "info", "Research use only"],
            word => Assert.Contains(word, result.Output));
    }
}
