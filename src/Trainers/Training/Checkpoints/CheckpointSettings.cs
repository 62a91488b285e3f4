using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Smml.MLNet.Training;

/// <summary>Everything but seed and cases that decides what a training comes out as, in a form
/// that is compared before one goes on.</summary>
internal static class CheckpointSettings
{
    private const int Named = 3;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>One property per setting, nested ones with a dot.</summary>
    public static JsonObject Of(SegmentationTrainerOptions options, TrainingMethod method, LabelConvention convention, int stepsPerEpoch)
    {
        JsonObject settings = [];
        Flatten(settings, "", JsonSerializer.SerializeToNode(new
        {
            Architecture = options.Network,
            options.Epochs,
            options.BatchSize,
            StepsPerEpoch = stepsPerEpoch,
            options.Optimizer.LearningRate,
            options.Optimizer.WeightDecay,
            Losses = options.Objective,
            options.Augmentation,
            LabelConvention = convention.Name,
            convention.ClassCount,
            options.Fidelity,
        }, s_json)!);
        settings.Remove("architecture.name");
        settings.Remove("losses.method"); // the network names it too
        if (options.WarmUpEnd is { } end)
            settings["consistencyStartEpoch"] = end;
        foreach ((string name, JsonNode? value) in method.Settings)
            settings[name] = value;

        // Only where they differ from what earlier checkpoints, which do not name them, were made with.
        if (options.Precision != TrainingPrecision.Single)
            settings["precision"] = options.Precision.ToString();
        if (options.GradientAccumulation != 1)
            settings["gradientAccumulation"] = options.GradientAccumulation;
        if (options.RecomputeEncoders)
            settings["recomputeEncoders"] = true; // sums of gradients in another order
        if (options.StartFrom is { } start)
            settings["startFrom"] = start.Info.WeightsSha256;
        if (options.FreezeEncoders)
            settings["freezeEncoders"] = true;
        return settings;
    }

    /// <summary>What differs, as a text for the user; empty where both are the same.</summary>
    public static string Difference(JsonObject found, JsonObject expected) =>
        string.Join("; ", found.Concat(expected)
            .Select(pair => pair.Key)
            .Distinct(StringComparer.Ordinal)
            .Where(name => !JsonNode.DeepEquals(found[name], expected[name]))
            .Select(name => $"{name}: found {Text(found, name)}, expected {Text(expected, name)}"));

    /// <summary>How two lists of cases differ, as a text for the user; empty where they do not.</summary>
    public static string Difference(IReadOnlyList<CaseFingerprint> found, IReadOnlyList<CaseFingerprint> expected)
    {
        string gone = Names(found.ExceptBy(expected.Select(one => one.Name), one => one.Name)),
            added = Names(expected.ExceptBy(found.Select(one => one.Name), one => one.Name));
        if (gone.Length > 0 || added.Length > 0 || found.Count != expected.Count)
            return $"cases: found {found.Count}, expected {expected.Count}{(gone.Length > 0 ? $"; not among the data: {gone}" : "")}"
                + $"{(added.Length > 0 ? $"; not in the checkpoint: {added}" : "")}";
        string changed = Names(expected.Except(found));
        return changed.Length > 0 ? $"cases: other voxels, labels or cues in {changed}"
            : found.SequenceEqual(expected) ? ""
            : "cases: the same in another order";
    }

    private static string Names(IEnumerable<CaseFingerprint> cases)
    {
        string[] names = [.. cases.Select(one => one.Name)];
        return string.Join(", ", names.Take(Named)) + (names.Length > Named ? $" and {names.Length - Named} more" : "");
    }

    private static string Text(JsonObject settings, string name) => settings[name]?.ToJsonString() ?? "nothing";

    // Through text, so that a number compares with the one that was read back.
    private static void Flatten(JsonObject settings, string path, JsonNode node)
    {
        foreach ((string name, JsonNode? value) in node.AsObject())
        {
            if (value is JsonObject)
                Flatten(settings, $"{path}{name}.", value);
            else
                settings[path + name] = value is null ? null : JsonNode.Parse(value.ToJsonString());
        }
    }
}
