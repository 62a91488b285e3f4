using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using Spectre.Console;

namespace Smml.MLNet.CommandLine.Commands;

/// <summary><c>smml info MODEL</c>: how a model was trained, and whether it is whole.</summary>
internal static class InfoCommand
{
    public static Command Create()
    {
        Argument<string> model = Arguments.Model();
        Option<bool> json = Arguments.Json();
        Option<bool> card = new("--card")
        {
            Description = "Print the model's card as Markdown: data, options, results with each subset of the scans, versions",
        };
        return new Command("info", "Show how a model was trained, and prove that its weights are whole") { model, json, card }
            .Does((arguments, terminal, _) =>
            {
                SegmentationModelInfo info = ModelFile.Load(new MLContext(seed: 1), arguments.GetRequiredValue(model)).Info;
                if (arguments.GetValue(json))
                    terminal.Result(JsonFormat.Write(info));
                else if (arguments.GetValue(card))
                    terminal.Result(info.ToModelCard().TrimEnd());
                else
                    Print(info, terminal);
                return ExitCode.Done;
            });
    }

    private static void Print(SegmentationModelInfo info, Terminal terminal)
    {
        Grid grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        Row("library", $"Smml.MLNet {info.LibraryVersion}");
        Row("method", $"{info.Method.Title}: {info.Method.Description}");
        Row(
            "architecture",
            $"{info.Architecture.Name}, window {info.Architecture.Patch}, "
            + $"{(info.Architecture.NetworkCount == 1 ? "one network" : $"{info.Architecture.NetworkCount} networks")}, "
            + $"{Number(info.WeightCount)} weights");
        Row("labels", info.LabelConvention);
        if (info.DataDescription is { } description)
            Row("data", description);
        if (info.Origin is { } origin)
            Row("imported from", string.Join(", ", origin.Files.Select(file => $"{file.Name} (SHA-256 {file.Sha256})")));
        if (info.TrainingCases > 0)
            Row("trained on", $"{info.TrainingCases} cases, {info.Epochs} epochs of {info.StepsPerEpoch} steps, batch {info.BatchSize}");
        if (info.Training is { StopReason: StopReason.Cancelled } training)
            Row(
                "ended early",
                $"after {training.EpochsDone} epochs; "
                + $"weights of {(training.WeightsEpoch is { } epoch ? $"epoch {epoch}" : "the last step")}");
        if (info.TrainingCases > 0)
        {
            Row("learning rate", Number(info.LearningRate));
            Row("seed", Number(info.Seed));
            Row("semantic cues", info.TrainedWithCues ? "yes" : "no");
        }

        if (info.FinalLosses.Count > 0)
            Row("final losses", string.Join(", ", info.FinalLosses.Select(term =>
            string.Create(CultureInfo.InvariantCulture, $"{term.Key} {term.Value:0.000}"))));
        if (info.Validation is { } scores)
        {
            Row("validation Dice", string.Create(
                CultureInfo.InvariantCulture,
                $"WT {Percent(scores, ScoredRegion.WholeTumor)}, TC {Percent(scores, ScoredRegion.TumorCore)}, "
                + $"ET {Percent(scores, ScoredRegion.EnhancingTumor)} (%, "
                + $"mean over {scores.Scores.Select(score => score.Modalities).Distinct().Count()} subsets of the scans, "
                + $"{scores.Cases} cases); --card shows each"));
        }

        if (info.Environment is { } environment)
            Row(
                "made with",
                $"{environment.DotNet}, ML.NET {environment.MLNet}, TorchSharp {environment.TorchSharp}, "
                + $"{environment.Platform}, {environment.Device}");
        Row("scores with", SegmentationMethods.Parse(info.Method.Key).HasGraphs ? "libtorch or onnxruntime" : "libtorch");
        foreach (string note in info.Origin?.Notes ?? [])
            Row("note", note);
        Row("weights SHA-256", info.WeightsSha256);
        Row("notice", info.Notice);
        terminal.Out.Write(grid);

        void Row(string name, string value) => grid.AddRow(new Text(name), new Text(value));
        static string Percent(ValidationScores scores, ScoredRegion region) =>
            (100 * scores.Mean(region)).ToString("0.0", CultureInfo.InvariantCulture);
        static string Number(double value) => value.ToString("#,0.######", CultureInfo.InvariantCulture);
    }
}
