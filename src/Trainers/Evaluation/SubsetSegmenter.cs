using Microsoft.ML;
using Microsoft.ML.Data;
using Smml.MLNet.Inference;
using Smml.MLNet.Persistence;

namespace Smml.MLNet.Evaluation;

/// <summary>Segments a case with several subsets of its scans. Subsets whose preprocessed scans are the same share the encoders.</summary>
internal sealed class SubsetSegmenter
{
    private readonly MLContext _context;
    private readonly ITransformer _model;
    private readonly EvaluationOptions _options;
    private readonly SmmlEngine? _engine;

    /// <summary>Finds the networks of a model; one without them is asked for its output subset by subset.</summary>
    /// <exception cref="InvalidOperationException">The protocol needs the networks, and the model has none.</exception>
    public SubsetSegmenter(MLContext context, ITransformer model, EvaluationOptions options)
    {
        _context = context;
        _model = model;
        _options = options;
        _engine = SmmlModelReader.Engine(model);
        if (_engine is null && options.Protocol == EvaluationProtocol.Paper)
            throw new InvalidOperationException("The protocol 'Paper' preprocesses all scans and then hides some from the networks, and this model has no SMML stage. Use EvaluationProtocol.Deployed.");
    }

    /// <summary>What the model is; null for one without networks.</summary>
    public SmmlModelInfo? Model => _engine?.Info;

    /// <summary>Segments a case, group by group of subsets that share the encoders.</summary>
    /// <param name="row">The case.</param>
    /// <param name="subsets">Subsets of its scans.</param>
    /// <returns>A result a subset, in any order.</returns>
    public IEnumerable<Result> Segment(BraTSCase row, IReadOnlyList<ModalitySet> subsets)
    {
        if (_engine is null)
            return subsets.SelectMany(subset => Attempt([subset], () => [Volumes(row, subset, _options.OutputColumnName)[0]!]));
        if (_options.Protocol == EvaluationProtocol.Paper)
            return subsets.Count == 0 ? [] : Attempt(subsets, () => _engine.Segment(Scans(row, row.Modalities), subsets));
        return Deployed(row, subsets);
    }

    private IEnumerable<Result> Deployed(BraTSCase row, IReadOnlyList<ModalitySet> subsets)
    {
        List<Group> groups = [];
        foreach (ModalitySet subset in subsets)
        {
            Volume?[]? scans = null;
            foreach (Result failure in Attempt([subset], () =>
            {
                scans = Scans(row, subset);
                return [];
            }))
                yield return failure;
            if (scans is not null && !groups.Any(group => group.Takes(subset, scans)))
                groups.Add(new(subset, scans));
        }

        foreach (Group group in groups)
        {
            foreach (Result result in Attempt(group.Subsets, () => _engine!.Segment(group.Scans, group.Subsets)))
                yield return result;
        }
    }

    // The scans as they come to the networks, when only some are there.
    private Volume?[] Scans(BraTSCase row, ModalitySet subset) => Volumes(row, subset, [.. _engine!.Info.Columns.Named("", withLabel: false).Take(ModalitySet.ModalityCount).Select(column => column.Name!)]);

    private Volume?[] Volumes(BraTSCase row, ModalitySet subset, params string[] names)
    {
        BraTSCase partial = new() { CaseId = row.CaseId, LabelConvention = row.LabelConvention };
        foreach (Modality modality in subset)
            partial.SetPath(modality, row.PathOf(modality));
        IDataView scored = _model.Transform(_context.Data.LoadBraTS([partial]));
        DataViewSchema.Column[] columns = [.. names.Select(name => scored.Schema[name])];
        using DataViewRowCursor cursor = scored.GetRowCursor(columns);
        ValueGetter<Volume>[] getters = [.. columns.Select(column => cursor.GetGetter<Volume>(column))];
        cursor.MoveNext();
        return [.. getters.Select(getter =>
        {
            Volume volume = null!;
            getter(ref volume);
            return volume;
        })];
    }

    // A failure belongs to every subset of the group.
    private static List<Result> Attempt(IReadOnlyList<ModalitySet> subsets, Func<IReadOnlyList<Volume>> segment)
    {
        try
        {
            return [.. segment().Zip(subsets, (volume, subset) => new Result(subset, volume, null))];
        }
        catch (Exception exception) when (Evaluator.ConcernsCase(exception))
        {
            return [.. subsets.Select(subset => new Result(subset, null, exception))];
        }
    }

    /// <summary>What was found with a subset, or why nothing was.</summary>
    internal sealed record Result(ModalitySet Subset, Volume? Segmentation, Exception? Failure);

    /// <summary>Subsets that see the same preprocessed voxels of every scan that they share.</summary>
    private sealed class Group(ModalitySet subset, Volume?[] scans)
    {
        private readonly List<ModalitySet> _subsets = [subset];

        public IReadOnlyList<ModalitySet> Subsets => _subsets;

        /// <summary>The scans of all subsets together.</summary>
        public Volume?[] Scans { get; } = scans;

        /// <summary>Takes a subset in, where its scans are on the same box and have the same voxels.</summary>
        public bool Takes(ModalitySet other, Volume?[] others)
        {
            Volume own = Scans.First(scan => scan is not null)!, first = others.First(scan => scan is not null)!;
            if (own.Shape != first.Shape || own.Offset != first.Offset || other.Any(modality => Scans[(int)modality] is { } scan && !AreSame(scan, others[(int)modality]!)))
                return false;
            foreach (Modality modality in other)
                Scans[(int)modality] ??= others[(int)modality];
            _subsets.Add(other);
            return true;
        }

        private static bool AreSame(Volume one, Volume two) => one.Background.Equals(two.Background) && one.Voxels.SequenceEqual(two.Voxels);
    }
}
