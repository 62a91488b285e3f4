using Microsoft.ML;

namespace Smml.MLNet.Tests.Training.Monitoring;

public sealed class ModelCardTests
{
    [Fact]
    public void The_card_travels_in_the_zip()
    {
        using TemporaryFolder folder = new();
        MLContext ml = new(seed: 1);
        IDataView data = TinyProblem.View(ml, TinyProblem.Rows(2, missing: ModalitySet.Of(Modality.T2)));
        SmmlTrainerOptions options = new()
        {
            Architecture = TinyProblem.Architecture,
            Epochs = 1,
            Seed = 3,
            Losses = TinyProblem.FusedOnly,
            Output = new() { DataDescription = "two balls\nand no patient" },
            Validation = new() { Cases = TinyProblem.View(ml, [TinyProblem.Row(20)]) },
        };
        using SegmentationTransformer model = ml.Segmentation.Trainers.Smml(options).Fit(data);
        ml.Model.Save(model, data.Schema, folder["model.zip"]);

        SegmentationModelInfo info = ml.Segmentation.Describe(ml.Model.Load(folder["model.zip"], out _));
        Assert.Equal(model.Info.Validation!.Scores, info.Validation!.Scores);
        Assert.Equal(0, info.ScansPerModality!["T2"]);
        Assert.Equal(2, info.ScansPerModality!["Flair"]);
        Assert.Equal(model.Info.ToModelCard(), info.ToModelCard());

        string card = info.ToModelCard();
        foreach (string part in new[]
        {
            "Research use only", "- description: two balls and no patient", "- cases: 2", "T2 0", "BraTS2018", "TorchSharp: 0.107",
            "ML.NET: 5.", "- seed: 3", "of 1 cases that training did not see", "not for: diagnosis",
        })
            Assert.Contains(part, card, StringComparison.Ordinal);
        Assert.Equal(15, card.Split('\n').Count(line =>
            line.StartsWith("| \u25CF", StringComparison.Ordinal) || line.StartsWith("| \u25CB", StringComparison.Ordinal)));
        Assert.DoesNotContain("case0", card, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_without_validation_says_so()
    {
        MLContext ml = new(seed: 1);
        using SegmentationTransformer model = ml.Segmentation.Trainers
            .Smml(new SmmlTrainerOptions { Architecture = TinyProblem.Architecture, Epochs = 1, Seed = 3, Losses = TinyProblem.FusedOnly })
            .Fit(TinyProblem.View(ml, TinyProblem.Rows(1)));
        Assert.Contains("Not validated", model.Info.ToModelCard(), StringComparison.Ordinal);
        Assert.Contains("- description: not given", model.Info.ToModelCard(), StringComparison.Ordinal);
    }
}
