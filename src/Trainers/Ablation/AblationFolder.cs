using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.ML;

namespace Smml.MLNet.Ablation;

/// <summary>A row that an earlier run has trained.</summary>
/// <param name="Transformer">The loaded model.</param>
/// <param name="Model">What it is; its weights are whole.</param>
/// <param name="Report">Its scores; null where the run ended before they were done.</param>
internal sealed record AblationRecord(ITransformer Transformer, SegmentationModelInfo Model, SegmentationReport? Report);

/// <summary>The folder of an ablation: for each row a model, and beside it the settings that it was trained with and its scores.</summary>
/// <remarks>Settings are written before the model, so that a model without its settings is never one of an interrupted run.</remarks>
internal sealed class AblationFolder
{
    private const string TableName = "ablation.csv";

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals, // a score may be NaN
    };

    private readonly MLContext _context;
    private readonly string _path;

    public AblationFolder(MLContext context, string path)
    {
        _context = context;
        _path = path;
        Directory.CreateDirectory(path);
    }

    /// <summary>The row as an earlier run left it; null where it must be trained.</summary>
    /// <exception cref="InvalidOperationException">The row was trained with other settings, or it is not known how.</exception>
    public AblationRecord? Find(SmmlAblation row, JsonObject settings)
    {
        string model = ModelPath(row), scores = ScoresPath(row);
        if (!File.Exists(scores))
            return File.Exists(model) ? throw Unusable(row, $"{Path.GetFileName(scores)} is missing, so it is not known how the model was trained") : null;
        Content content = Read(row);
        if (AblationSettings.Difference(content.Settings, settings) is { Length: > 0 } difference)
            throw Unusable(row, $"the row was made with other settings ({difference})");
        if (!File.Exists(model))
            return null; // the run ended while it wrote the model
        ITransformer transformer = _context.Model.Load(model, out _);
        SegmentationModelInfo info = _context.Segmentation.Describe(transformer);
        return info.WeightsSha256 == content.Weights
            ? new(transformer, info, content.Scores is null ? null : new(Scores(content.Scores), Failures(content.Failures ?? []), content.MinimumEnhancingVoxels))
            : throw Unusable(row, $"the model has the weights {info.WeightsSha256}, {Path.GetFileName(scores)} is about {content.Weights}");
    }

    /// <summary>Keeps a trained row.</summary>
    public void SaveModel(SmmlAblation row, JsonObject settings, ITransformer model, SegmentationModelInfo info, DataViewSchema schema)
    {
        Write(row, new() { Settings = settings, Weights = info.WeightsSha256 });
        Replace(ModelPath(row), partial => _context.Model.Save(model, schema, partial));
    }

    /// <summary>Keeps the scores of a row.</summary>
    public void SaveScores(SmmlAblation row, JsonObject settings, SegmentationModelInfo info, SegmentationReport report) => Write(row, new()
    {
        Settings = settings,
        Weights = info.WeightsSha256,
        MinimumEnhancingVoxels = report.MinimumEnhancingVoxels,
        Scores = [.. report.Scores.Select(score => new Cell(score.CaseId, score.Modalities.ToString(), score.Region.ToString(), score.Metric, score.Value))],
        Failures = [.. report.Failures.Select(failure => new Failure(failure.CaseId, failure.Modalities.ToString(), failure.Reason))],
    });

    /// <summary>Writes the table of the rows so far.</summary>
    public void SaveTable(AblationReport report) => Replace(Path.Combine(_path, TableName), report.SaveCsv);

    private static IReadOnlyList<SegmentationScore> Scores(Cell[] cells) =>
        [.. cells.Select(cell => new SegmentationScore(cell.CaseId, Subset(cell.Modalities), Enum.Parse<ScoredRegion>(cell.Region), cell.Metric, cell.Value))];

    private static IReadOnlyList<SegmentationFailure> Failures(Failure[] failures) =>
        [.. failures.Select(failure => new SegmentationFailure(failure.CaseId, Subset(failure.Modalities), failure.Reason))];

    private static ModalitySet Subset(string text) => text == ModalitySet.None.ToString() ? ModalitySet.None : ModalitySet.Parse(text);

    private static void Replace(string path, Action<string> write)
    {
        string partial = path + ".partial";
        try
        {
            write(partial);
            File.Move(partial, path, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private string ModelPath(SmmlAblation row) => Path.Combine(_path, row.Key + ".zip");

    private string ScoresPath(SmmlAblation row) => Path.Combine(_path, row.Key + ".json");

    private Content Read(SmmlAblation row)
    {
        try
        {
            return JsonSerializer.Deserialize<Content>(File.ReadAllText(ScoresPath(row)), s_json) ?? throw new JsonException("it is empty");
        }
        catch (JsonException exception)
        {
            throw Unusable(row, $"{row.Key}.json is damaged ({exception.Message.TrimEnd('.')})");
        }
    }

    private void Write(SmmlAblation row, Content content) => Replace(ScoresPath(row), partial => File.WriteAllText(partial, JsonSerializer.Serialize(content, s_json)));

    private InvalidOperationException Unusable(SmmlAblation row, string reason) => new(
        $"{ModelPath(row)} cannot be taken for the row '{row.Name}' of this study: {reason}. Choose another folder, or move {row.Key}.zip and {row.Key}.json away to train the row again.");

    /// <summary>What the file beside a model holds.</summary>
    private sealed class Content
    {
        public required JsonObject Settings { get; init; }

        public required string Weights { get; init; }

        public int MinimumEnhancingVoxels { get; init; }

        public Cell[]? Scores { get; init; }

        public Failure[]? Failures { get; init; }
    }

    private sealed record Cell(string CaseId, string Modalities, string Region, string Metric, double Value);

    private sealed record Failure(string CaseId, string Modalities, string Reason);
}
