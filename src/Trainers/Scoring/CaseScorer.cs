using Microsoft.ML;
using Smml.MLNet.Evaluation;
using Smml.MLNet.Inference;
using Smml.MLNet.Persistence;

namespace Smml.MLNet.Scoring;

/// <summary>Segments cases into a folder: the next case is read and the last one written while the current one is computed.</summary>
internal sealed class CaseScorer
{
    private readonly ScoringOptions _options;
    private readonly string _folder;
    private readonly SmmlEngine _engine;
    private readonly CasePreparation _preparation;
    private readonly CaseRecords _records;

    /// <summary>Finds the networks of a model and makes the folder.</summary>
    /// <exception cref="InvalidOperationException">The model has no SMML stage, or has one branch and uncertainty was asked for.</exception>
    public CaseScorer(MLContext context, ITransformer model, string folder, ScoringOptions options)
    {
        _options = options;
        _folder = folder;
        _engine = SmmlModelReader.Engine(model) ?? throw SmmlModelReader.NoStage();
        if (options.Uncertainty && _engine.Info.Architecture.BranchCount < 2)
            throw SmmlEngine.OneBranch();
        _preparation = new(context, model, _engine);
        Directory.CreateDirectory(folder);
        _records = new(Path.Combine(folder, "cases"), ResultSettings.Of(model, _engine, options.Windows, options.Uncertainty, options.ReviewBelow));
    }

    /// <summary>Segments the cases of the shard.</summary>
    public ScoringReport Run(IReadOnlyList<BraTSCase> all)
    {
        BraTSCase[] rows = [.. all.Where((_, position) => _options.Shard.Contains(position))];
        int done = 0, before = 0;
        ScoringReport.Row[] results = new ScoringReport.Row[rows.Length];
        Task writing = Task.CompletedTask;
        try
        {
            foreach (Step step in ReadAhead.Of(rows.Select(Prepare)))
            {
                _options.CancellationToken.ThrowIfCancellationRequested();
                int index = done++;
                if (step.Done is { } old)
                {
                    results[index] = new(old, null);
                    before++;
                }
                else if (Segment(step) is { Found: { } found } segmented)
                {
                    writing.GetAwaiter().GetResult(); // one case waits to be written, not all
                    writing = Task.Run(() => results[index] = Write(step, found, segmented.Present));
                }
                else
                {
                    results[index] = new(null, new(step.Row.CaseId, step.Row.Modalities, CaseFault.Cause(step.Failure!).Message));
                }

                _options.Progress?.Report(new(done, rows.Length, step.Row.CaseId, step.Done is not null));
            }
        }
        finally
        {
            writing.GetAwaiter().GetResult();
        }

        return new(results, before);
    }

    /// <summary>Whether a person should look at a case: two branches that find nothing agree on it, which proves little about a patient with a tumour.</summary>
    internal static bool NeedsReview(double agreement, double wholeTumorMillilitres, double threshold) => agreement < threshold || wholeTumorMillilitres == 0;

    // On the thread that reads ahead.
    private Step Prepare(BraTSCase row)
    {
        Step step = new(row);
        try
        {
            CaseRecords.FileName(row.CaseId);
            step.Inputs = CaseRecords.HashOf(ModalitySet.All.Select(modality => _preparation.Locate(row.PathOf(modality))));
            if (!_options.Again && step.Inputs is { } inputs && _records.Find<ScoredCase>(row.CaseId, inputs) is { } done && done.Files.All(file => CaseRecords.HashOf(Path.Combine(_folder, file.Name)) == file.Sha256))
                step.Done = done;
            else
                step.Scans = _preparation.Scans(row, row.Modalities);
        }
        catch (Exception exception) when (Evaluator.ConcernsCase(exception))
        {
            step.Failure = exception;
        }

        return step;
    }

    private (UncertainSegmentation? Found, ModalitySet Present) Segment(Step step)
    {
        if (step.Scans is not { } scans)
            return default;
        try
        {
            ModalitySet present = step.Row.Modalities;
            return (_options.Uncertainty ? _engine.SegmentWithUncertainty(scans, _options.Windows, _options.CancellationToken)
                : new(_engine.Segment(scans, [present], _options.Windows, _options.CancellationToken)[0], null, null), present);
        }
        catch (Exception exception) when (Evaluator.ConcernsCase(exception) && exception is not ObjectDisposedException)
        {
            step.Failure = exception;
            return default;
        }
        finally
        {
            step.Scans = null; // the memory is for the next case
        }
    }

    // While the next case is computed. What cannot be written ends the run: a full disk is no fault of a case.
    private ScoringReport.Row Write(Step step, UncertainSegmentation found, ModalitySet present)
    {
        string name = CaseRecords.FileName(step.Row.CaseId);
        List<ScoredFile> files = [File(name + "_seg.nii.gz", found.Segmentation, VoxelType.UInt8)];
        if (found.Disagreement is { } map)
            files.Add(File(name + "_disagreement.nii.gz", map, VoxelType.Float32));
        LabelConvention convention = found.Segmentation.LabelConvention!;
        byte[] classes = convention.ToClasses(found.Segmentation);
        Dictionary<ScoredRegion, double> millilitres = BranchAgreement.Regions.Where(region => convention.Has(region.Classes)).ToDictionary(region => region, region => SegmentationMetrics.Millilitres(classes, convention, region, found.Segmentation.Grid));
        ScoredCase result = new()
        {
            CaseId = step.Row.CaseId,
            Modalities = present,
            Millilitres = millilitres,
            Agreement = found.Agreement,
            NeedsReview = found.Agreement is { } agreement ? NeedsReview(agreement.Score, millilitres[ScoredRegion.WholeTumor], _options.ReviewBelow) : null,
            Files = files,
            Warnings = found.Segmentation.Warnings,
        };
        if (step.Inputs is { } inputs)
            _records.Save(step.Row.CaseId, inputs, result);
        return new(result, null);
    }

    private ScoredFile File(string name, Volume volume, VoxelType type)
    {
        string path = Path.Combine(_folder, name);
        VolumeFile.Write(path, volume, type);
        return new(name, CaseRecords.HashOf(path) ?? throw new IOException($"{path}: the file was written but cannot be read again. Check the disk."));
    }

    /// <summary>A case on its way.</summary>
    private sealed class Step(BraTSCase row)
    {
        public BraTSCase Row { get; } = row;

        public string? Inputs { get; set; }

        public ScoredCase? Done { get; set; }

        public Volume?[]? Scans { get; set; }

        public Exception? Failure { get; set; }
    }
}
