using System.Diagnostics;
using Microsoft.ML;
using Smml.MLNet.Cases;
using Smml.MLNet.Evaluation;
using Smml.MLNet.Files;
using Smml.MLNet.Inference;
using Smml.MLNet.Persistence;
using Smml.MLNet.Telemetry;
using Smml.MLNet.VolumeFiles;
using Smml.MLNet.Volumes;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet.Scoring;

/// <summary>Segments cases into a folder: the next case is read and the last one written while the current one is computed.</summary>
internal sealed class CaseScorer
{
    private readonly ScoringOptions _options;
    private readonly string _folder;
    private readonly SegmentationEngine _engine;
    private readonly CasePreparation _preparation;
    private readonly CaseRecords _records;
    private readonly CaseRun<PreparedScans, ScoredCase> _run;
    private DataSetFiles _sources = new([]);

    /// <summary>Finds the networks of a model and makes the folder.</summary>
    /// <exception cref="InvalidOperationException">The model has no segmentation stage, or has one
    /// network and uncertainty was asked for.</exception>
    public CaseScorer(MLContext context, ITransformer model, string folder, ScoringOptions options)
    {
        _options = options;
        _folder = folder;
        _engine = ModelReader.Engine(model) ?? throw ModelReader.NoStage();
        if (options.Uncertainty && _engine.Info.Architecture.NetworkCount < 2)
            throw SegmentationEngine.OneNetwork(_engine.Info);
        _engine.Announce(context);
        _preparation = new(context, model, _engine);
        Directory.CreateDirectory(folder);
        // the model's own, named or not, is one setting
        SlidingWindowOptions windows = options.Windows.For(_engine.Info.Architecture, _engine.Info.Overlap);
        _records = new(Path.Combine(folder, "cases"), ResultSettings.Of(model, _engine, windows, options.Uncertainty));
        _run = new()
        {
            Shard = options.Shard,
            Records = _records,
            Again = options.Again,
            NeedsFileNames = true,
            Files = row => ModalitySet.All.Select(modality => _preparation.Locate(row.PathOf(modality))),
            Prepare = row =>
            {
                CheckTargets(row);
                using StageSeconds seconds = new();
                return new(_preparation.Scans(row, row.Modalities), seconds);
            },
            Check = CheckSources,
            IsIntact = done => done.Files.All(file => CaseRecords.HashOf(Path.Combine(_folder, file.Name)) == file.Sha256),
            CancellationToken = options.CancellationToken,
        };
    }

    /// <summary>Segments the cases of the shard.</summary>
    public ScoringReport Run(IReadOnlyList<BraTSCase> all)
    {
        using Activity? activity = Instruments.Activity("smml.score");
        int total = all.Where((_, position) => _options.Shard.Contains(position)).Count(), done = 0, before = 0;
        ScoringReport.Row[] results = new ScoringReport.Row[total];
        _sources = new(all.SelectMany(Sources));
        Task writing = Task.CompletedTask;
        try
        {
            foreach (CaseStep<PreparedScans, ScoredCase> step in _run.Steps(all))
            {
                if (writing.IsFaulted)
                    break; // a full disk: what comes next could not be written either
                int index = done++;
                if (step.Done is { } old)
                {
                    results[index] = new(step.Row, old.WithReview(_options.ReviewBelow), null);
                    before++;
                    Instruments.Case(Instruments.Score, failed: false, kept: true);
                }
                else if (Segment(step) is { } found)
                {
                    writing.GetAwaiter().GetResult(); // one case waits to be written, not all
                    writing = Task.Run(() => results[index] = Write(step, found.Segmentation, found.Seconds));
                }
                else
                {
                    results[index] = Failed(step, step.Failure!);
                }

                _options.Progress?.Report(new(done, total, step.Row.CaseId, step.Done is not null));
            }
        }
        catch
        {
            // What went wrong first is told; a fault of the last file is its consequence or a second one.
            writing
                .ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default)
                .Wait();
            throw;
        }

        writing.GetAwaiter().GetResult();
        return new(results, before, _engine.Description);
    }

    private static ScoringReport.Row Failed(CaseStep<PreparedScans, ScoredCase> step, Exception failure)
    {
        Instruments.Case(Instruments.Score, failed: true);
        return new(step.Row, null, new(step.Row.CaseId, step.Row.Modalities, CaseFault.Cause(failure).Message));
    }

    private void CheckSources(BraTSCase row) => _sources.Protect(row.CaseId, Names(row.CaseId).Select(name => Path.Combine(_folder, name)));

    // An expert may have corrected a segmentation of an earlier run, or keep other files in the folder.
    private void CheckTargets(BraTSCase row)
    {
        string[] names = Names(row.CaseId);
        string what = $"the segmentation of '{row.CaseId}'";
        OwnFiles.RefuseToReplace(Path.Combine(_folder, names[0]), VolumeOrigin.Segmentation, what);
        OwnFiles.RefuseToReplace(Path.Combine(_folder, names[1]), VolumeOrigin.Disagreement, what);
    }

    // Scans and labels of the data set, none of which a segmentation may replace.
    private IEnumerable<string> Sources(BraTSCase row) =>
        ModalitySet.All.Select(row.PathOf).Append(row.LabelPath).Select(_preparation.Locate);

    private static string[] Names(
        string caseId) => [CaseRecords.FileName(caseId) + "_seg.nii.gz", CaseRecords.FileName(caseId) + "_disagreement.nii.gz"];

    private Found? Segment(CaseStep<PreparedScans, ScoredCase> step)
    {
        if (step.Prepared is not { } prepared)
            return null;
        VolumeSet scans = prepared.Scans;
        using StageSeconds network = new();
        try
        {
            UncertainSegmentation found = _options.Uncertainty
                ? _engine.SegmentWithUncertainty(scans, _options.Windows, _options.CancellationToken)
                : new(_engine.Segment(scans, [step.Row.Modalities], _options.Windows, _options.CancellationToken)[0], null, null);
            return new(
                found,
                new(prepared.Seconds[CaseStage.Read], prepared.Seconds[CaseStage.Prepare], network[CaseStage.Network], Writing: 0));
        }
        catch (Exception exception) when (CaseFault.ConcernsScoring(exception))
        {
            step.Failure = exception;
            return null;
        }
        finally
        {
            step.Prepared = null; // the memory is for the next case
        }
    }

    // While the next case is computed. What cannot be written ends the run: a full disk is no fault of
    // a case. What cannot be said in a file is one.
    private ScoringReport.Row Write(CaseStep<PreparedScans, ScoredCase> step, UncertainSegmentation found, CaseSeconds seconds)
    {
        long start = Stopwatch.GetTimestamp();
        using Instruments.StageWatch watch = Instruments.Stage(CaseStage.Write);
        try
        {
            string[] names = Names(step.Row.CaseId);
            _records.Remove(step.Row.CaseId); // before a file changes: a record must never stand beside files of another run
            foreach (string name in names)
                SafeFile.RemoveAbandoned(Path.Combine(_folder, name));
            List<ScoredFile> files = [File(names[0], found.Segmentation, VoxelType.UInt8)];
            if (found.Disagreement is { } map)
                files.Add(File(names[1], map, VoxelType.Float32));
            else
                // it would belong to another run; the segmentation was replaced, never taken away before there was a new one
                System.IO.File.Delete(Path.Combine(_folder, names[1]));
            ScoredCase result = new()
            {
                CaseId = step.Row.CaseId,
                Modalities = step.Row.Modalities,
                Millilitres = BranchAgreement.Millilitres(found.Segmentation),
                Agreement = found.Agreement,
                Files = files,
                Warnings = found.Segmentation.Warnings,
            };
            _run.Keep(step, result);
            Instruments.Case(Instruments.Score, failed: false);
            seconds = seconds with { Writing = Stopwatch.GetElapsedTime(start).TotalSeconds };
            return new(step.Row, result.WithReview(_options.ReviewBelow) with { Seconds = seconds }, null);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidDataException)
        {
            return Failed(step, exception);
        }
    }

    // The hash is of the bytes that this process wrote: another process may replace the file at any time.
    private ScoredFile File(string name, Volume volume, VoxelType type) =>
        new(name, VolumeFile.WriteHashed(Path.Combine(_folder, name), volume, type));

    /// <summary>The scans as they come to the networks, and what they took to get there.</summary>
    private sealed record PreparedScans(VolumeSet Scans, StageSeconds Seconds);

    /// <summary>What was found, and what it has taken so far.</summary>
    private sealed record Found(UncertainSegmentation Segmentation, CaseSeconds Seconds);
}
