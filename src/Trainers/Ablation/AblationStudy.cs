using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Smml.MLNet.Ablation;

/// <summary>Trains and scores the rows of an ablation one after another.</summary>
internal sealed class AblationStudy
{
    private readonly MLContext _context;
    private readonly AblationOptions _options;
    private readonly SmmlTrainerOptions _training;
    private readonly IDataView _trainingCases;
    private readonly IDataView _heldOutCases;
    private readonly List<AblationResult> _done = [];

    public AblationStudy(MLContext context, AblationOptions options, IDataView trainingCases, IDataView heldOutCases)
    {
        _context = context;
        _options = options;
        _trainingCases = trainingCases;
        _heldOutCases = heldOutCases;
        int seed = options.Training.Seed ?? ((IHostEnvironment)context).Register(nameof(AblationStudy)).Rand.Next(); // one for all rows
        _training = options.Training with { Seed = seed };
    }

    /// <summary>Does every row that is not done yet. What cannot work is noticed before anything is trained.</summary>
    public AblationReport Run(IEstimator<ITransformer> preparation)
    {
        BraTSCase[] training = Cases(_trainingCases), heldOut = Cases(_heldOutCases);
        string[] both = [.. training.Select(one => one.CaseId).Intersect(heldOut.Select(one => one.CaseId), StringComparer.Ordinal)];
        if (both.Length > 0)
            throw new ArgumentException($"{both.Length} case{(both.Length == 1 ? " is" : "s are")} in the training part and in the held-out part ({string.Join(", ", both.Take(3))}): the scores would say nothing. Hold cases out that are not trained on.");

        ITransformer prepared = preparation.Fit(_trainingCases);
        try
        {
            IDataView plain = prepared.Transform(_trainingCases), withCues = WithCues(plain);
            IDataView Data(SmmlAblation row) => row.Refinement ? withCues : plain;
            foreach (SmmlAblation row in _options.Rows)
                new SmmlTrainer(_context, row.Apply(_training)).Check(Data(row).Schema);
            AblationFolder? folder = _options.Folder is null ? null : new(_context, _options.Folder);
            AblationSettings settings = new(_training, _options, TorchRuntime.ResolveDevice(_context.GpuDeviceId, _context.FallbackToCpu).type.ToString(), StageReader.Read(prepared), training, heldOut);
            AblationRecord?[] kept = [.. _options.Rows.Select(row => folder?.Find(row, settings.Of(row)))];
            for (int i = 0; i < kept.Length; i++)
            {
                _done.Add(Do(_options.Rows[i], kept[i], settings, folder, prepared, Data(_options.Rows[i])));
                folder?.SaveTable(new(_done));
            }

            return new(_done);
        }
        finally
        {
            (prepared as IDisposable)?.Dispose();
        }
    }

    // Not a stage of the models: scoring needs no cue.
    private IDataView WithCues(IDataView data) => _options.CueProvider is null ? data : _context.Transforms.GenerateCues(_options.CueProvider, new()
    {
        Columns = _training.Cases.Columns,
        CueColumnName = _training.CueColumnName,
        CancellationToken = _options.CancellationToken,
    }).Fit(data).Transform(data);

    private AblationResult Do(SmmlAblation row, AblationRecord? kept, AblationSettings settings, AblationFolder? folder, ITransformer prepared, IDataView data)
    {
        _options.CancellationToken.ThrowIfCancellationRequested();
        if (kept?.Report is { } report)
            return new() { Row = row, Model = kept.Model, Report = report, IsKept = true };
        if (kept is not null)
            return Score(row, kept.Transformer, kept.Model, isKept: true, settings, folder); // trained, but ended before it was scored

        using SegmentationTransformer trained = new SmmlTrainer(_context, Training(row)).Fit(data);
        if (trained.Training.StopReason != StopReason.Completed)
            throw new OperationCanceledException(_options.CancellationToken); // a row that was cut short compares with none
        if (_done.Count > 0 && _done[0].Model.TrainingCases != trained.Info.TrainingCases)
        {
            throw new InvalidOperationException(
                $"'{row}' was trained on {trained.Info.TrainingCases} cases, '{_done[0].Row}' on {_done[0].Model.TrainingCases}, so that they cannot be compared: a case was refused, perhaps because its cues cannot be made; the log names it with the reason. Repair it, or leave it out of the training part.");
        }

        ITransformer model = new TransformerChain<ITransformer>(prepared, trained);
        folder?.SaveModel(row, settings.Of(row), model, trained.Info, _trainingCases.Schema);
        return Score(row, model, trained.Info, isKept: false, settings, folder);
    }

    private AblationResult Score(SmmlAblation row, ITransformer model, SegmentationModelInfo info, bool isKept, AblationSettings settings, AblationFolder? folder)
    {
        SegmentationReport report = _context.Segmentation.Evaluate(model, _heldOutCases, _options.Evaluation with
        {
            OutputColumnName = _training.Output.ColumnName,
            RecordFolder = _options.Evaluation.RecordFolder is { } records ? Path.Combine(records, row.Key) : null,
            Progress = new Relay<EvaluationProgress>(progress => Tell(row, null, progress)),
            CancellationToken = _options.CancellationToken,
        });
        folder?.SaveScores(row, settings.Of(row), info, report);
        return new() { Row = row, Model = info, Report = report, IsKept = isKept };
    }

    private SmmlTrainerOptions Training(SmmlAblation row) => row.Apply(_training) with
    {
        CancellationToken = _options.CancellationToken,
        Checkpoints = _training.Checkpoints?.Within(row.Key),
        Output = _training.Output with { LogFolder = _training.Output.LogFolder is { } folder ? Path.Combine(folder, row.Key) : null },
        Progress = new Relay<TrainingProgress>(progress =>
        {
            Tell(row, progress, null);
            _training.Progress?.Report(progress);
        }),
    };

    private void Tell(SmmlAblation row, TrainingProgress? training, EvaluationProgress? evaluation) =>
        _options.Progress?.Report(new() { Row = row, RowsDone = _done.Count, Rows = _options.Rows.Count, Training = training, Evaluation = evaluation });

    private BraTSCase[] Cases(IDataView view)
    {
        BraTSCase[] cases = [.. _context.Data.CreateEnumerable<BraTSCase>(view, reuseRowObject: false, ignoreMissingColumns: true)];
        return cases.Length > 0 ? cases : throw new ArgumentException("The training part or the held-out part has no case. Check the folder or the manifest that it was loaded from.");
    }

    private sealed class Relay<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
