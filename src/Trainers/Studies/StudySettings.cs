using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Smml.MLNet.Checksums;

namespace Smml.MLNet.Studies;

/// <summary>Everything that decides what an entry comes out as, in a form that is kept beside its model and
/// compared before the entry counts as done.</summary>
internal sealed class StudySettings
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
    };

    private readonly StudyPlan _plan;
    private readonly string _device;
    private readonly string[] _stages;
    private readonly JsonNode _trainingCases;
    private readonly JsonNode _heldOutCases;

    public StudySettings(
        StudyPlan plan, string device, IReadOnlyList<StageInfo> stages, BraTSCase[] trainingCases, BraTSCase[] heldOutCases)
    {
        _plan = plan;
        _device = device;
        _stages = [.. stages.Select(stage => $"{stage.Header.Stage} {stage.Header.Options}")];
        _trainingCases = Describe(trainingCases, plan.Evaluation.RootDirectory);
        _heldOutCases = Describe(heldOutCases, plan.Evaluation.RootDirectory);
    }

    /// <summary>The settings of an entry, one property each.</summary>
    public JsonObject Of(StudyEntry entry)
    {
        SegmentationTrainerOptions options = entry.Options;
        EvaluationOptions evaluation = _plan.Evaluation;
        JsonObject settings = (JsonObject)Node(new
        {
            Row = entry.Name,
            Library = ModelEnvironment.LibraryVersion,
            Architecture = options.Network,
            options.Epochs,
            options.BatchSize,
            options.GradientAccumulation,
            options.Precision,
            options.StepsPerEpoch,
            options.Optimizer.LearningRate,
            options.Optimizer.WeightDecay,
            ConsistencyStart = options.WarmUpEnd,
            Losses = options.Objective,
            options.Augmentation,
            LabelConvention = options.Cases.LabelConvention?.Name,
            options.Fidelity,
            options.Output.Overlap,
            options.Seed,
            Device = _device,
            Cues = entry.UsesCues ? _plan.CueSource : "",
            Stages = _stages,
            TrainingCases = _trainingCases.DeepClone(),
            HeldOutCases = _heldOutCases.DeepClone(),
            Subsets = evaluation.Subsets.Select(subset => subset.ToString()),
            evaluation.MinimumEnhancingVoxels,
            evaluation.Metrics,
            evaluation.EmptyRegion,
            evaluation.Lesions,
        });

        foreach ((string name, JsonNode? value) in options.MethodSettings)
            settings[name] = value;

        // Only where they differ from what earlier versions, which do not name them, evaluated with.
        if (options.StartFrom is { } start)
            settings["startFrom"] = start.Info.WeightsSha256;
        if (options.FreezeEncoders)
            settings["freezeEncoders"] = true;
        if (evaluation.Protocol != EvaluationProtocol.Deployed)
            settings["protocol"] = evaluation.Protocol.ToString();
        if (evaluation.Windows != new SlidingWindowOptions())
            settings["windows"] = Node(evaluation.Windows);
        if (evaluation.Shard != Shard.All)
            settings["shard"] = evaluation.Shard.ToString();
        return settings;
    }

    /// <summary>What differs, as a text for the user; empty where both are the same.</summary>
    public static string Difference(JsonObject found, JsonObject expected)
    {
        string[] names = [.. found.Concat(expected).Select(pair => pair.Key).Distinct(StringComparer.Ordinal)];
        return string.Join(
            "; ",
            names
                .Where(name => !JsonNode.DeepEquals(found[name], expected[name]))
                .Select(name => $"{name}: found {Short(Text(found, name))}, expected {Short(Text(expected, name))}"));
    }

    private static string Text(JsonObject settings, string name) => settings[name]?.ToJsonString() ?? "nothing";

    private static string Short(string text) => text.Length <= 60 ? text : text[..57] + "...";

    // Through text, so that a number compares with the one that was read back.
    private static JsonNode Node<T>(T value) => JsonNode.Parse(JsonSerializer.Serialize(value, s_json))!;

    // The names of the cases, and a hash over names and lengths of their files: enough to notice other files under the same names.
    private static JsonNode Describe(BraTSCase[] cases, string? root)
    {
        StringBuilder files = new();
        foreach (BraTSCase one in cases)
        {
            foreach (string path in ModalitySet.All.Select(one.PathOf).Append(one.LabelPath))
            {
                FileInfo? file = string.IsNullOrEmpty(path) ? null : new(root is null ? path : Path.Combine(root, path));
                files.Append(file is { Exists: true } ? $"{file.Name} {file.Length}\n" : "-\n");
            }
        }

        return Node(new { Files = Sha256.Hex(Encoding.UTF8.GetBytes(files.ToString())), Cases = cases.Select(one => one.CaseId) });
    }
}
