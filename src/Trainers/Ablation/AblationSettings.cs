using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Smml.MLNet.Persistence;

namespace Smml.MLNet.Ablation;

/// <summary>Everything that decides what a row comes out as, in a form that is kept beside its model and compared before the row is taken for done.</summary>
internal sealed class AblationSettings
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    private readonly SmmlTrainerOptions _training;
    private readonly AblationOptions _options;
    private readonly string _device;
    private readonly string[] _stages;
    private readonly JsonNode _trainingCases;
    private readonly JsonNode _heldOutCases;

    public AblationSettings(SmmlTrainerOptions training, AblationOptions options, string device, IReadOnlyList<StageInfo> stages, BraTSCase[] trainingCases, BraTSCase[] heldOutCases)
    {
        _training = training;
        _options = options;
        _device = device;
        _stages = [.. stages.Select(stage => $"{stage.Header.Stage} {stage.Header.Options}")];
        _trainingCases = Describe(trainingCases, options.Evaluation.RootDirectory);
        _heldOutCases = Describe(heldOutCases, options.Evaluation.RootDirectory);
    }

    /// <summary>The settings of a row, one property each.</summary>
    public JsonObject Of(SmmlAblation row)
    {
        SmmlTrainerOptions applied = row.Apply(_training);
        return (JsonObject)Node(new
        {
            Row = row.Name,
            Library = ModelEnvironment.LibraryVersion,
            applied.Architecture,
            applied.Epochs,
            applied.BatchSize,
            applied.GradientAccumulation,
            applied.Precision,
            applied.StepsPerEpoch,
            applied.Optimizer.LearningRate,
            applied.Optimizer.WeightDecay,
            ConsistencyStart = applied.WarmUpEnd,
            applied.Losses,
            applied.Augmentation,
            LabelConvention = applied.Cases.LabelConvention?.Name,
            applied.Fidelity,
            applied.Output.Overlap,
            applied.Seed,
            Device = _device,
            Cues = row.Refinement ? _options.CueSource : "",
            Stages = _stages,
            TrainingCases = _trainingCases.DeepClone(),
            HeldOutCases = _heldOutCases.DeepClone(),
            Subsets = _options.Evaluation.Subsets.Select(subset => subset.ToString()),
            _options.Evaluation.MinimumEnhancingVoxels,
            _options.Evaluation.Metrics,
            _options.Evaluation.EmptyRegion,
            _options.Evaluation.Lesions,
        });
    }

    /// <summary>What differs, as a text for the user; empty where both are the same.</summary>
    public static string Difference(JsonObject found, JsonObject expected)
    {
        string[] names = [.. found.Concat(expected).Select(pair => pair.Key).Distinct(StringComparer.Ordinal)];
        return string.Join("; ", names.Where(name => Text(found, name) != Text(expected, name)).Select(name => $"{name}: found {Short(Text(found, name))}, expected {Short(Text(expected, name))}"));
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

        return Node(new { Files = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(files.ToString()))), Cases = cases.Select(one => one.CaseId) });
    }
}
