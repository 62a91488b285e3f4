using System.Text.Json;

namespace Smml.MLNet.Tests.CommandLine;

public sealed class MonitoringTests(TrainedModel trained) : IClassFixture<TrainedModel>
{
    [Fact]
    public void Cases_that_are_held_out_are_scored_while_training_goes_on_and_the_card_tells_all_15_subsets()
    {
        string zip = Path.Combine(trained.Folder, "validated.zip"), log = Path.Combine(trained.Folder, "log");
        SmmlProcess.Result result = SmmlProcess.Done(
            "train", trained.Cases, "--out", zip, "--epochs", "2", "--steps", "1", "--batch", "1", "--hold-out", "Phantom_0002",
            "--validate-every", "1", "--best-weights", "--log", log, "--data-description", "one phantom");
        Assert.Contains("1 for validation", result.Error);
        Assert.Contains(" Dice 0.", result.Error);
        Assert.Equal(
            ["training.csv", "training.png"],
            Directory.EnumerateFiles(log)
                .Select(Path.GetFileName)
                .Where(name => !name!.StartsWith("events", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal));
        Assert.Equal(3, File.ReadAllLines(Path.Combine(log, "training.csv")).Length);

        JsonElement info = SmmlProcess.Done("info", zip, "--json").Json, scores = info.GetProperty("validation");
        Assert.Equal(1, info.GetProperty("trainingCases").GetInt32());
        Assert.Equal(60, scores.GetProperty("scores").GetArrayLength());
        Assert.Equal(info.GetProperty("training").GetProperty("bestEpoch").GetInt32(), scores.GetProperty("epoch").GetInt32());
        string card = SmmlProcess.Done("info", zip, "--card").Output;
        Assert.StartsWith("# SMML brain tumour segmentation", card, StringComparison.Ordinal);
        Assert.Contains("description: one phantom", card);
        Assert.DoesNotContain("Phantom_000", card);
        Assert.Contains("validation Dice", SmmlProcess.Done("info", zip).Output);
    }

    [Fact]
    public void Validation_without_cases_is_a_usage_error()
    {
        string zip = Path.Combine(trained.Folder, "never.zip");
        SmmlProcess.Run("train", trained.Cases, "--out", zip, "--validate-every", "1").Fails(2, "--hold-out");
        SmmlProcess.Run("train", trained.Cases, "--out", zip, "--best-weights").Fails(2, "--validate-every");
    }

    [Fact]
    public void Paper_settings_are_one_word_and_printed_at_the_start()
    {
        string cases = Path.Combine(trained.Folder, "paper"), zip = Path.Combine(trained.Folder, "paper.zip");
        SmmlProcess.Done("phantom", cases, "--cases", "3", "--shape", "20x24x20", "--spacing", "8", "--layout", "2020");
        SmmlProcess.Run("train", cases, "--out", zip, "--paper", "2020").Fails(2, "names 369 cases"); // the published training cases
        SmmlProcess.Result result = SmmlProcess.Run("train", cases, "--out", zip, "--paper", "2020", "--split-partial", "--gpu", "99");
        Assert.Equal(5, result.ExitCode); // no such device: the settings were told before
        foreach (string part in new[] { "window 128x128x128", "1000 epochs", "batch 2", "seed 1024", "temperature 6", "from epoch 102 on" })
            Assert.Contains(part, result.Error);
    }

    [Fact]
    public void A_step_that_does_not_fit_the_memory_says_how_much_it_needs_and_what_can_be_changed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "prlimit");
        string zip = Path.Combine(trained.Folder, "large.zip");
        SmmlProcess.RunWithin(
            7_000_000_000, "train", trained.Cases, "--out", zip, "--patch", "192x192x192", "--batch", "8", "--epochs", "1", "--steps", "1")
            .Fails(5, "The memory of cpu is not enough for a step of training", "GB are needed", "GradientAccumulation");
        Assert.False(File.Exists(zip));
    }
}
