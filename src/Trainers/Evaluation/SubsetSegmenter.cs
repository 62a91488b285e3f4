using Microsoft.ML;
using Smml.MLNet.Cases;
using Smml.MLNet.Inference;
using Smml.MLNet.Persistence;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet.Evaluation;

/// <summary>Segments a case with several subsets of its scans. Subsets whose preprocessed scans are the same share the encoders.</summary>
internal sealed class SubsetSegmenter
{
    private readonly EvaluationOptions _options;
    private readonly CasePreparation _preparation;

    /// <summary>Finds the networks of a model; one without them is asked for its output subset by subset.</summary>
    /// <exception cref="InvalidOperationException">The options need the networks, and the model has none.</exception>
    public SubsetSegmenter(MLContext context, ITransformer model, EvaluationOptions options)
    {
        _options = options;
        Engine = ModelReader.Engine(model);
        Engine?.Announce(context);
        _preparation = new(context, model, Engine);
        if (Engine is null && options.Protocol == EvaluationProtocol.Paper)
            throw new InvalidOperationException(
                "The protocol 'Paper' preprocesses all scans and then hides some from the networks, and this model has no segmentation "
                + "stage. Use EvaluationProtocol.Deployed.");
    }

    /// <summary>The networks; null for a model without them.</summary>
    public SegmentationEngine? Engine { get; }

    /// <inheritdoc cref="CasePreparation.OrientationSource"/>
    public OrientationSource? OrientationSource => _preparation.OrientationSource;

    /// <summary>Where the model looks for a file.</summary>
    public string Locate(string path) => _preparation.Locate(path);

    /// <summary>Reads and preprocesses the scans that the subsets need; no network runs.</summary>
    /// <param name="row">The case.</param>
    /// <param name="subsets">Subsets of its scans.</param>
    public Prepared Prepare(BraTSCase row, IReadOnlyList<ModalitySet> subsets)
    {
        Prepared prepared = new(row, subsets);
        if (Engine is null)
            return prepared;
        foreach (ModalitySet[] alike in _options.Protocol == EvaluationProtocol.Paper
            ? [[.. subsets]]
            : subsets.Select(subset => new[] { subset }))
        {
            if (alike.Length == 0)
                continue;
            try
            {
                VolumeSet scans = _preparation.Scans(row, _options.Protocol == EvaluationProtocol.Paper ? row.Modalities : alike[0]);
                if (!prepared.Groups.Any(group => group.Takes(alike[0], scans)))
                    prepared.Groups.Add(new(alike, scans));
            }
            catch (Exception exception) when (CaseFault.ConcernsScoring(exception))
            {
                prepared.Failures.AddRange(alike.Select(subset => new Result(subset, null, exception)));
            }
        }

        return prepared;
    }

    /// <summary>Segments a case, group by group of subsets that share the encoders.</summary>
    /// <returns>A result a subset, in any order.</returns>
    public IEnumerable<Result> Segment(Prepared prepared)
    {
        if (Engine is null)
            return prepared.Subsets.SelectMany(
                subset => Attempt([subset], () => [_preparation.Columns(prepared.Row, subset, _options.OutputColumnName)[0]!]));
        return prepared.Failures.Concat(Groups(prepared, Engine));
    }

    // The scans of a group go as soon as it is segmented.
    private IEnumerable<Result> Groups(Prepared prepared, SegmentationEngine engine)
    {
        while (prepared.Groups.Count > 0)
        {
            Group group = prepared.Groups[0];
            prepared.Groups.RemoveAt(0);
            foreach (Result result in Attempt(
                group.Subsets, () => engine.Segment(group.Scans, group.Subsets, _options.Windows, _options.CancellationToken)))
                yield return result;
        }
    }

    // A failure belongs to every subset of the group.
    private static List<Result> Attempt(IReadOnlyList<ModalitySet> subsets, Func<IReadOnlyList<Volume>> segment)
    {
        try
        {
            return [.. segment().Zip(subsets, (volume, subset) => new Result(subset, volume, null))];
        }
        catch (Exception exception) when (CaseFault.ConcernsScoring(exception))
        {
            return [.. subsets.Select(subset => new Result(subset, null, exception))];
        }
    }

    /// <summary>What was found with a subset, or why nothing was.</summary>
    internal sealed record Result(ModalitySet Subset, Volume? Segmentation, Exception? Failure);

    /// <summary>A case that was read.</summary>
    internal sealed record Prepared(BraTSCase Row, IReadOnlyList<ModalitySet> Subsets)
    {
        public List<Group> Groups { get; } = [];

        public List<Result> Failures { get; } = [];
    }

    /// <summary>Subsets that see the same preprocessed voxels of every scan that they share.</summary>
    internal sealed class Group(IEnumerable<ModalitySet> subsets, VolumeSet scans)
    {
        private readonly List<ModalitySet> _subsets = [.. subsets];

        public IReadOnlyList<ModalitySet> Subsets => _subsets;

        /// <summary>The scans of all subsets together.</summary>
        public VolumeSet Scans { get; private set; } = scans;

        /// <summary>Takes a subset in, if its scans are on the same box and have the same voxels.</summary>
        public bool Takes(ModalitySet other, VolumeSet others)
        {
            if (Scans.Shape != others.Shape || Scans.Reference.Offset != others.Reference.Offset)
                return false;
            if (other.Any(modality => Scans[modality] is { } scan && !AreSame(scan, others[modality]!)))
                return false;
            Scans = new([.. ModalitySet.All.Select(modality => Scans[modality] ?? others[modality])], null, "A group of subsets");
            _subsets.Add(other);
            return true;
        }

        private static bool AreSame(Volume one, Volume two) =>
            one.Background.Equals(two.Background) && one.Voxels.SequenceEqual(two.Voxels);
    }
}
