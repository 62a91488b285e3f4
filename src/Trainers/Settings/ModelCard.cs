using System.Globalization;
using System.Text;

namespace Smml.MLNet;

/// <summary>Writes what a model is as Markdown, after the model cards of Mitchell et al. 2019 (doi 10.1145/3287560.3287596).</summary>
internal static class ModelCard
{
    private const char Seen = '\u25CF';
    private const char Missing = '\u25CB';

    private static readonly (ScoredRegion Region, string Name)[] s_regions =
    [
        (ScoredRegion.WholeTumor, "Whole tumour"),
        (ScoredRegion.TumorCore, "Tumour core"),
        (ScoredRegion.EnhancingTumor, "Enhancing"),
        (ScoredRegion.EnhancingTumorPostprocessed, "Enhancing, 500-voxel rule"),
    ];

    public static string Write(SegmentationModelInfo info)
    {
        StringBuilder text = new();
        text.Append(
            CultureInfo.InvariantCulture,
            $"# {info.Method.Title} brain tumour segmentation, {info.Architecture.Name}\n\n**{info.Notice}**\n\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"Segments brain tumours from any subset of the scans Flair, T1ce, T1 and T2. Method: {info.Method.Description}.\n");

        Section(text, "Intended use", [
            ("for", "research on adult brain tumours in skull-stripped, co-registered scans as BraTS prepares them"),
            (
                "not for",
                "diagnosis, treatment, or any decision about a patient; scans with skull; other diseases; "
                + "children unless the training data say so"),
        ]);
        if (info.Origin is { } origin)
            Section(text, "Origin", Origin(origin));
        Section(text, "Training data", [
            ("description", info.DataDescription ?? "not given"),
            ("cases", info.IsDescribed ? Invariant($"{info.TrainingCases}") : "unknown"),
            (
                "with each scan",
                info.ScansPerModality is { } scans
                    ? string.Join(", ", scans.Select(pair => Invariant($"{pair.Key} {pair.Value}")))
                    : null),
            ("labels", info.LabelConvention),
            ("semantic cues", info.IsDescribed ? info.TrainedWithCues ? "yes" : "no" : "unknown"),
        ]);
        string networks = info.Architecture.NetworkCount == 1 ? "one network" : Invariant($"{info.Architecture.NetworkCount} networks");
        string passes = info.GradientAccumulation > 1 ? Invariant($" x {info.GradientAccumulation} passes") : "";
        Section(text, "Training", [
            (
                "architecture",
                Invariant($"{info.Architecture.Name}, window {info.Architecture.Patch}, {networks}, {info.WeightCount:#,0} weights")),
            (
                "epochs",
                info.IsDescribed
                    ? Invariant($"{info.Epochs} of {info.StepsPerEpoch} steps, batch {info.BatchSize}{passes}{Ending(info.Training)}")
                    : info.Origin?.Epoch is { } epoch ? Invariant($"{epoch}") : "unknown"),
            ("began", info.Start?.ToString()),
            ("precision", info.Precision?.ToString()),
            ("learning rate", info.IsDescribed ? Invariant($"{info.LearningRate:0.########}") : null),
            ("weight decay", info.WeightDecay is { } decay ? Invariant($"{decay:0.########}") : null),
            ("terms after the warm-up from epoch", info.ConsistencyStartEpoch is { } start ? Invariant($"{start + 1}") : null),
            ("loss weights", info.IsDescribed ? info.Losses.Describe() : null),
            ("augmentation", info.Augmentation is { } augmentation ? Augmentation(augmentation) : null),
            ("fidelity", info.Fidelity?.ToString()),
            ("seed", info.IsDescribed ? Invariant($"{info.Seed}") : null),
            ("time", info.TrainingSeconds is { } seconds ? Invariant($"{TimeSpan.FromSeconds(seconds).TotalMinutes:0.0} minutes") : null),
            ("weights SHA-256", info.WeightsSha256),
        ]);
        Results(text, info.Validation);
        Section(text, "Versions", [
            ("Smml.MLNet", info.LibraryVersion),
            ("runtime", info.Environment?.DotNet),
            ("ML.NET", info.Environment?.MLNet),
            ("TorchSharp", info.Environment?.TorchSharp),
            ("trained on", info.Environment is { } environment ? $"{environment.Platform}, {environment.Device}" : null),
        ]);
        return text.ToString();
    }

    private static (string Name, string? Value)[] Origin(ModelOrigin origin) =>
    [
        .. origin.Files.Select(file => ("file", (string?)$"{file.Name}, SHA-256 {file.Sha256}")),
        ("fidelity", origin.Fidelity.ToString()),
        .. origin.Notes.Select(note => ("note", (string?)note)),
    ];

    private static void Section(StringBuilder text, string title, IEnumerable<(string Name, string? Value)> rows)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n");
        foreach ((string name, string? value) in rows.Where(row => row.Value is not null))
            text.Append(CultureInfo.InvariantCulture, $"- {name}: {value!.ReplaceLineEndings(" ")}\n");
    }

    private static void Results(StringBuilder text, ValidationScores? scores)
    {
        text.Append("\n## Results\n\n");
        if (scores is null)
        {
            text.Append("Not validated: the training had no validation cases, or nothing is known of them.\n");
            return;
        }

        (ScoredRegion Region, string Name)[] regions = [.. s_regions.Where(region => double.IsFinite(scores.Mean(region.Region)))];
        text.Append(
            CultureInfo.InvariantCulture,
            $"Mean Dice (%) of {scores.Cases} cases that training did not see, weights of epoch {scores.Epoch}; "
            + $"crop and z-score from all scans of a case; {Seen} scan seen, {Missing} missing.\n\n");
        text.Append(
            CultureInfo.InvariantCulture, $"| Flair | T1ce | T1 | T2 | {string.Join(" | ", regions.Select(region => region.Name))} |\n");
        text.Append(CultureInfo.InvariantCulture, $"|:-:|:-:|:-:|:-:|{string.Concat(regions.Select(_ => "--:|"))}\n");
        foreach (ModalitySet subset in ModalitySet.Subsets.Where(subset => scores.Scores.Any(score => score.Modalities == subset)))
        {
            text.Append("| ").AppendJoin(" | ", ModalitySet.All.Select(modality => subset.Contains(modality) ? Seen : Missing));
            text.Append(" | ").AppendJoin(" | ", regions.Select(region => Percent(scores.Mean(region.Region, subset)))).Append(" |\n");
        }

        text.Append("| mean | | | | ").AppendJoin(" | ", regions.Select(region => Percent(scores.Mean(region.Region)))).Append(" |\n");
    }

    private static string Ending(TrainingResult? training) => training switch
    {
        { StopReason: StopReason.Cancelled } => Invariant(
            $"; ended after {training.EpochsDone}, weights of {(training.WeightsEpoch is { } epoch ? $"epoch {epoch}" : "the last step")}"),
        { WeightsEpoch: { } epoch } when epoch != training.EpochsDone =>
            Invariant($"; weights of epoch {epoch}, the best on the validation cases"),
        _ => "",
    };

    private static string Augmentation(AugmentationOptions options) => string.Create(
        CultureInfo.InvariantCulture,
        $"rotation {options.RotationDegrees} degrees, intensity scale {options.IntensityScale:0.###} and "
        + $"shift {options.IntensityShift:0.###}, flips {options.FlipProbability:0.###}, "
        + $"foreground sampling {options.ForegroundSampling:0.###}");

    private static string Percent(double dice) => double.IsFinite(dice) ? (100 * dice).ToString("0.0", CultureInfo.InvariantCulture) : "-";

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
