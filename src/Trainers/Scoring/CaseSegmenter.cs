using System.Diagnostics;
using Microsoft.ML;
using Smml.MLNet.Cases;
using Smml.MLNet.Inference;
using Smml.MLNet.Persistence;
using Smml.MLNet.Telemetry;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>Segments one case at a time in memory, for services and viewers; see <see cref="SegmentationCatalog.CreateSegmenter"/>.
/// Research use only, never a diagnosis.</summary>
/// <remarks>Any number of threads may share one segmenter: the weights are in memory once and never change. A
/// <c>PredictionEngine</c> of the same model gives the same voxels; it has neither cancellation nor uncertainty.</remarks>
public sealed class CaseSegmenter
{
    private readonly SegmentationEngine _engine;
    private readonly CasePreparation _preparation;

    internal CaseSegmenter(MLContext context, ITransformer model)
    {
        _engine = ModelReader.Engine(model) ?? throw ModelReader.NoStage();
        _preparation = new(context, model, _engine);
    }

    /// <summary>What the model is.</summary>
    public SegmentationModelInfo Model => _engine.Info;

    /// <summary>The sets of scans from which the model can segment; for most methods all 15.</summary>
    public IReadOnlyList<ModalitySet> Subsets => _engine.Subsets;

    /// <summary>Whether the model has the two networks that uncertainty needs.</summary>
    public bool HasUncertainty => Model.Architecture.NetworkCount > 1;

    /// <summary>Segments a case with the scans that it has. Nothing is written.</summary>
    /// <param name="row">The case; an empty path is a missing scan. A label is not read.</param>
    /// <param name="uncertainty">Whether to measure how far the two networks disagree; the segmentation is the same.</param>
    /// <param name="windows">How the volume is scored window by window; null for what the method was released with.</param>
    /// <param name="cancellation">Ends the work between two windows.</param>
    /// <returns>The labels on the grid of the files, and what was found.</returns>
    /// <exception cref="ArgumentException">A setting of the windows is out of range.</exception>
    /// <exception cref="InvalidDataException">The case cannot be used: a file is missing or damaged, the scans do not belong together, or
    /// there is none. The message names file, finding and remedy.</exception>
    /// <exception cref="InvalidOperationException">The model cannot segment from these scans, or uncertainty was asked of a model with one
    /// network.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public SegmentedCase Segment(
        BraTSCase row, bool uncertainty = false, SlidingWindowOptions? windows = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(row);
        if (windows?.Errors().ToArray() is { Length: > 0 } errors)
            throw new ArgumentException("SlidingWindowOptions: " + string.Join(' ', errors), nameof(windows));
        if (uncertainty && !HasUncertainty)
            throw SegmentationEngine.OneNetwork(Model);
        cancellation.ThrowIfCancellationRequested();
        using Activity? activity = Instruments.Activity("smml.segment");
        bool isDone = false;
        try
        {
            SegmentedCase found = Find(row, uncertainty, windows, cancellation);
            isDone = true;
            return found;
        }
        finally
        {
            Instruments.Case(Instruments.Segment, failed: !isDone);
        }
    }

    private SegmentedCase Find(BraTSCase row, bool uncertainty, SlidingWindowOptions? windows, CancellationToken cancellation)
    {
        VolumeSet scans = Prepare(row);
        UncertainSegmentation found = uncertainty
            ? _engine.SegmentWithUncertainty(scans, windows, cancellation)
            : new(_engine.Segment(scans, [row.Modalities], windows, cancellation)[0], null, null);
        return new()
        {
            CaseId = row.CaseId,
            Modalities = row.Modalities,
            Segmentation = found.Segmentation,
            Disagreement = found.Disagreement,
            Agreement = found.Agreement,
            Millilitres = BranchAgreement.Millilitres(found.Segmentation),
            Warnings = found.Segmentation.Warnings,
        };
    }

    private VolumeSet Prepare(BraTSCase row)
    {
        try
        {
            return _preparation.Scans(row, row.Modalities);
        }
        catch (Exception exception) when (CaseFault.ConcernsScoring(exception))
        {
            throw new InvalidDataException(CaseFault.Cause(exception).Message, exception);
        }
    }
}
