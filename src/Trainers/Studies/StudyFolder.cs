using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.ML;
using Smml.MLNet.Files;
using Smml.MLNet.Persistence;

namespace Smml.MLNet.Studies;

/// <summary>An entry that an earlier run has trained.</summary>
/// <param name="Transformer">The loaded model.</param>
/// <param name="Model">What it is; its weights are whole.</param>
/// <param name="Report">Its scores; null if the run ended before they were done.</param>
/// <param name="Cost">What training and scoring took.</param>
/// <param name="Refused">The training cases that could not be used, with the reasons.</param>
internal sealed record StudyRecord(
    ITransformer Transformer,
    SegmentationModelInfo Model,
    SegmentationReport? Report,
    StudyCost Cost,
    IReadOnlyList<CaseWarning> Refused);

/// <summary>The folder of a study: for each entry a model, and beside it the settings that it was trained with and its scores.</summary>
/// <remarks>Settings are written before the model, so that a model without its settings is never one of an interrupted run.</remarks>
internal sealed class StudyFolder
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        // a score may be NaN
        NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly MLContext _context;
    private readonly string _path;

    public StudyFolder(MLContext context, string path)
    {
        _context = context;
        _path = path;
        Directory.CreateDirectory(path);
    }

    /// <summary>The entry as an earlier run left it; null if it must be trained.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="settings">What it must have been made with.</param>
    /// <param name="evaluation">How it was measured; a part of the settings.</param>
    /// <exception cref="InvalidOperationException">The entry was trained with other settings, or it is not known how.</exception>
    public StudyRecord? Find(StudyEntry entry, JsonObject settings, EvaluationOptions evaluation)
    {
        string model = ModelPath(entry), scores = ScoresPath(entry);
        if (!File.Exists(scores))
            return File.Exists(model)
                ? throw Unusable(entry, $"{Path.GetFileName(scores)} is missing, so it is not known how the model was trained")
                : null;
        Content content = Read(entry);
        if (StudySettings.Difference(content.Settings, settings) is { Length: > 0 } difference)
            throw Unusable(entry, $"it was made with other settings ({difference})");
        if (!File.Exists(model))
            return null; // the run ended while it wrote the model
        ITransformer transformer = _context.Model.Load(model, out _);
        SegmentationModelInfo info = ModelReader.Describe(transformer);
        return info.WeightsSha256 == content.Weights
            ? new(transformer, info, Report(content, info, evaluation), content.Cost ?? new(null, null, null), content.Refused ?? [])
            : throw Unusable(
                entry, $"the model has the weights {info.WeightsSha256}, {Path.GetFileName(scores)} is about {content.Weights}");
    }

    /// <summary>Keeps a trained entry.</summary>
    public void SaveModel(StudyEntry entry, JsonObject settings, StudyRecord record, DataViewSchema schema)
    {
        Write(
            entry, new() { Settings = settings, Weights = record.Model.WeightsSha256, Cost = record.Cost, Refused = [.. record.Refused] });
        SafeFile.Replace(ModelPath(entry), (FileStream file) => _context.Model.Save(record.Transformer, schema, file));
    }

    /// <summary>Keeps the scores of an entry.</summary>
    public void SaveScores(StudyEntry entry, JsonObject settings, StudyRecord record) => Write(entry, new()
    {
        Settings = settings,
        Weights = record.Model.WeightsSha256,
        MinimumEnhancingVoxels = record.Report!.MinimumEnhancingVoxels,
        Scores =
        [
            .. record.Report.Scores.Select(
                score => new Cell(score.CaseId, score.Modalities.ToString(), score.Region.ToString(), score.Metric, score.Value)),
        ],
        Failures =
        [
            .. record.Report.Failures.Select(failure => new Failure(failure.CaseId, failure.Modalities.ToString(), failure.Reason)),
        ],
        Warnings = [.. record.Report.Warnings],
        EvaluatedAt = record.Report.EvaluatedAt,
        Cost = record.Cost,
        Refused = [.. record.Refused],
    });

    // The report as it was; pictures are not kept.
    private static SegmentationReport? Report(Content content, SegmentationModelInfo info, EvaluationOptions evaluation)
    {
        if (content.Scores is null)
            return null;
        return new(Scores(content.Scores), Failures(content.Failures ?? []), content.MinimumEnhancingVoxels)
        {
            Model = info,
            Protocol = evaluation.Protocol,
            EmptyRegion = evaluation.EmptyRegion,
            Warnings = content.Warnings ?? [],
            EvaluatedAt = content.EvaluatedAt,
        };
    }

    private static IReadOnlyList<SegmentationScore> Scores(Cell[] cells) =>
        [
            .. cells.Select(cell => new SegmentationScore(
                cell.CaseId, Subset(cell.Modalities), Enum.Parse<ScoredRegion>(cell.Region), cell.Metric, cell.Value)),
        ];

    private static IReadOnlyList<SegmentationFailure> Failures(Failure[] failures) =>
        [.. failures.Select(failure => new SegmentationFailure(failure.CaseId, Subset(failure.Modalities), failure.Reason))];

    private static ModalitySet Subset(string text) => text == ModalitySet.None.ToString() ? ModalitySet.None : ModalitySet.Parse(text);

    private string ModelPath(StudyEntry entry) => Path.Combine(_path, entry.Key + ".zip");

    private string ScoresPath(StudyEntry entry) => Path.Combine(_path, entry.Key + ".json");

    private Content Read(StudyEntry entry)
    {
        try
        {
            return JsonSerializer.Deserialize<Content>(File.ReadAllText(ScoresPath(entry)), s_json)
                ?? throw new JsonException("it is empty");
        }
        catch (JsonException exception)
        {
            throw Unusable(entry, $"{entry.Key}.json is damaged ({exception.Message.TrimEnd('.')})");
        }
    }

    private void Write(StudyEntry entry, Content content) =>
        SafeFile.Replace(ScoresPath(entry), (string partial) => File.WriteAllText(partial, JsonSerializer.Serialize(content, s_json)));

    private InvalidOperationException Unusable(StudyEntry entry, string reason) => new(
        $"{ModelPath(entry)} cannot be taken for '{entry.Name}' of this study: {reason}. "
        + $"Choose another folder, or move {entry.Key}.zip and {entry.Key}.json away to train it again.");

    /// <summary>What the file beside a model holds.</summary>
    private sealed class Content
    {
        public required JsonObject Settings { get; init; }

        public required string Weights { get; init; }

        public StudyCost? Cost { get; init; }

        public CaseWarning[]? Refused { get; init; }

        public int MinimumEnhancingVoxels { get; init; }

        public Cell[]? Scores { get; init; }

        public Failure[]? Failures { get; init; }

        public CaseWarning[]? Warnings { get; init; }

        public DateTimeOffset? EvaluatedAt { get; init; }
    }

    private sealed record Cell(string CaseId, string Modalities, string Region, string Metric, double Value);

    private sealed record Failure(string CaseId, string Modalities, string Reason);
}
