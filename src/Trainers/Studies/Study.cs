using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Smml.MLNet.Cases;
using Smml.MLNet.Evaluation;
using Smml.MLNet.Inference;
using Smml.MLNet.Persistence;

namespace Smml.MLNet.Studies;

/// <summary>Trains models one after another on the same cases, and scores each on cases that none of them saw.</summary>
internal sealed class Study
{
    private readonly MLContext _context;
    private readonly IReadOnlyList<StudyEntry> _entries;
    private readonly StudyPlan _plan;
    private readonly List<StudyResult> _done = [];

    public Study(MLContext context, IReadOnlyList<StudyEntry> entries, StudyPlan plan)
    {
        _context = context;
        _entries = entries;
        _plan = plan;
    }

    /// <summary>Does every entry that is not done yet. What cannot work is noticed before anything is trained.</summary>
    public IReadOnlyList<StudyResult> Run()
    {
        BraTSCase[] training = Cases(_plan.Training), heldOut = Cases(_plan.HeldOut);
        string[] both = [.. training.Select(one => one.CaseId).Intersect(heldOut.Select(one => one.CaseId), StringComparer.Ordinal)];
        if (both.Length > 0)
        {
            string verb = both.Length == 1 ? " is" : "s are";
            throw new ArgumentException(
                $"{both.Length} case{verb} in the training part and in the held-out part ({string.Join(", ", both.Take(3))}): "
                + "the scores would say nothing. Hold cases out that are not trained on.");
        }

        ITransformer prepared = _plan.Preparation.Fit(_plan.Training);
        try
        {
            IDataView plain = prepared.Transform(_plan.Training);
            Lazy<IDataView> withCues = new(() => WithCues(plain));
            IDataView Data(StudyEntry entry) => entry.UsesCues ? withCues.Value : plain;
            foreach (StudyEntry entry in _entries)
                new MethodTrainer(_context, entry.Options).Check(Data(entry));
            StudyFolder? folder = _plan.Folder is null ? null : new(_context, _plan.Folder);
            string device = TorchRuntime.ResolveDevice(_context.GpuDeviceId, _context.FallbackToCpu).type.ToString();
            StudySettings settings = new(_plan, device, StageReader.Read(prepared), training, heldOut);
            StudyRecord?[] kept = [.. _entries.Select(entry => folder?.Find(entry, settings.Of(entry), _plan.Evaluation))];
            for (int i = 0; i < kept.Length; i++)
            {
                _done.Add(Do(_entries[i], kept[i], settings, folder, prepared, () => Data(_entries[i]), heldOut));
                _plan.EntryDone?.Invoke(_done);
            }

            return _done;
        }
        finally
        {
            (prepared as IDisposable)?.Dispose();
        }
    }

    // Not a stage of the models: scoring needs no cue.
    private IDataView WithCues(IDataView data)
    {
        if (_plan.CueProvider is null)
            return data;
        SegmentationTrainerOptions options = _entries.First(entry => entry.UsesCues).Options;
        GenerateCuesOptions cues = new()
        {
            Columns = options.Cases.Columns,
            CueColumnName = options.CueColumn!,
            CancellationToken = _plan.CancellationToken,
        };
        return _context.Transforms.GenerateCues(_plan.CueProvider, cues).Fit(data).Transform(data);
    }

    private StudyResult Do(
        StudyEntry entry,
        StudyRecord? kept,
        StudySettings settings,
        StudyFolder? folder,
        ITransformer prepared,
        Func<IDataView> data,
        IReadOnlyList<BraTSCase> heldOut)
    {
        _plan.CancellationToken.ThrowIfCancellationRequested();
        if (kept is not null)
            EnsureComparable(entry, kept.Model);
        if (kept?.Report is { } report)
            return new(entry, kept.Model, report, kept.Cost, kept.Refused, IsKept: true);
        if (kept is not null) // trained, but ended before it was scored
            return Score(entry, kept, isKept: true, settings, folder, heldOut);

        using PeakMemory memory = new();
        using SegmentationTransformer trained = new MethodTrainer(_context, Training(entry)).Fit(data());
        StudyCost cost = new(memory.Read(), null, null);
        if (trained.Training.StopReason != StopReason.Completed)
            throw new OperationCanceledException(_plan.CancellationToken); // a model that was cut short compares with none
        EnsureComparable(entry, trained.Info);

        ITransformer model = new TransformerChain<ITransformer>(prepared, trained);
        StudyRecord record = new(model, trained.Info, null, cost, trained.Training.Refused);
        folder?.SaveModel(entry, settings.Of(entry), record, _plan.Training.Schema);
        return Score(entry, record, isKept: false, settings, folder, heldOut);
    }

    private void EnsureComparable(StudyEntry entry, SegmentationModelInfo model)
    {
        if (_done.Count == 0 || _done[0].Model.TrainingCases == model.TrainingCases)
            return;
        throw new InvalidOperationException(
            $"'{entry.Name}' was trained on {model.TrainingCases} cases, "
            + $"'{_done[0].Entry.Name}' on {_done[0].Model.TrainingCases}, so that they cannot be compared: "
            + "a case was refused, perhaps because its cues cannot be made; the log names it with the reason. "
            + "Repair it, or leave it out of the training part.");
    }

    private StudyResult Score(
        StudyEntry entry,
        StudyRecord record,
        bool isKept,
        StudySettings settings,
        StudyFolder? folder,
        IReadOnlyList<BraTSCase> heldOut)
    {
        EvaluationOptions options = _plan.Evaluation with
        {
            OutputColumnName = entry.Options.Output.ColumnName,
            RecordFolder = _plan.Evaluation.RecordFolder is { } records ? Path.Combine(records, entry.Key) : null,
            Progress = new Relay<EvaluationProgress>(progress => Report(entry, null, progress)),
            CancellationToken = _plan.CancellationToken,
        };
        SegmentationReport report = new Evaluator(_context, options).EvaluateSubsets(record.Transformer, _plan.HeldOut);
        StudyCost cost = _plan.MeasuresCost ? Measure(record.Transformer, record.Cost, heldOut) : record.Cost;
        folder?.SaveScores(entry, settings.Of(entry), record with { Report = report, Cost = cost });
        return new(entry, record.Model, report, cost, record.Refused, isKept);
    }

    // Each held-out case once with all its scans, from its files to its segmentation.
    private StudyCost Measure(ITransformer model, StudyCost cost, IReadOnlyList<BraTSCase> heldOut)
    {
        SegmentationEngine engine = ModelReader.Engine(model)!;
        CasePreparation preparation = new(_context, model, engine);
        using PeakMemory memory = new();
        List<double> seconds = [];
        foreach (BraTSCase one in heldOut)
        {
            long start = Stopwatch.GetTimestamp();
            try
            {
                engine.Segment(preparation.Scans(one, one.Modalities), [one.Modalities], _plan.Evaluation.Windows, _plan.CancellationToken);
            }
            catch (Exception exception) when (CaseFault.ConcernsScoring(exception))
            {
                continue; // the report names it
            }

            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return cost with { ScoringPeakBytes = memory.Read(), SecondsPerCase = seconds.Count == 0 ? null : seconds.Average() };
    }

    private SegmentationTrainerOptions Training(StudyEntry entry)
    {
        SegmentationTrainerOptions options = entry.Options;
        return options with
        {
            CancellationToken = _plan.CancellationToken,
            Checkpoints = options.Checkpoints?.Within(entry.Key),
            Output = options.Output with { LogFolder = options.Output.LogFolder is { } folder ? Path.Combine(folder, entry.Key) : null },
            Progress = new Relay<TrainingProgress>(progress =>
            {
                Report(entry, progress, null);
                options.Progress?.Report(progress);
            }),
        };
    }

    private void Report(StudyEntry entry, TrainingProgress? training, EvaluationProgress? evaluation) =>
        _plan.Progress?.Invoke(new(entry, _done.Count, _entries.Count, training, evaluation));

    private static BraTSCase[] Cases(IDataView view)
    {
        BraTSCase[] cases = CaseRows.Cases(view, "A study");
        return cases.Length > 0
            ? cases
            : throw new ArgumentException(
                "The training part or the held-out part has no case. Check the folder or the manifest that it was loaded from.");
    }
}
