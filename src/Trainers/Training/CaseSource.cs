using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Smml.MLNet.Training;

/// <summary>The training cases of a data view: kept in memory while they fit, read again each epoch otherwise.</summary>
/// <remarks>A case that cannot be used is left out and told as an error in the log; the others are trained on.</remarks>
internal sealed class CaseSource
{
    private const int Named = 5;

    private readonly IDataView _data;
    private readonly SmmlTrainerOptions _options;
    private readonly IChannel _log;
    private readonly Dictionary<string, string> _refused = new(StringComparer.Ordinal);
    private readonly List<TrainingCase>? _cached;
    private readonly List<CaseFingerprint> _fingerprints = [];
    private readonly int[] _scans = new int[ModalitySet.ModalityCount];

    public CaseSource(IDataView data, SmmlTrainerOptions options, IChannel log)
    {
        _data = data;
        _options = options;
        _log = log;
        HasCues = options.Losses.UsesRefinement && Column(options.CueColumnName)?.Type is SemanticCuesDataViewType;
        List<TrainingCase> cases = [];
        long bytes = 0;
        foreach (TrainingCase one in Read(null))
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            Convention ??= one.Convention;
            if (one.Convention != Convention)
                throw new InvalidOperationException($"{one.Name}: its labels follow {one.Convention}, those of the cases before follow {Convention}. Train on one convention, or set SmmlTrainerOptions.LabelConvention.");
            foreach (string warning in one.Scans.SelectMany(scan => scan?.Warnings ?? []).Distinct(StringComparer.Ordinal))
                log.Warning(MessageSensitivity.UserData, "{0}: {1}", one.Name, warning);
            Count++;
            foreach (Modality modality in one.Available)
                _scans[(int)modality]++;
            if (options.Checkpoints is not null)
                _fingerprints.Add(one.Fingerprint());
            bytes += one.Bytes;
            if (bytes <= options.CaseMemory)
                cases.Add(one);
        }

        if (Count == 0 && _refused.Count == 0)
            throw new InvalidOperationException("There are no training cases: the data view has no row. Check the folder or the manifest that it was loaded from.");
        _cached = bytes <= options.CaseMemory ? cases : null;
        if (_cached is null)
            cases.Clear();
    }

    /// <summary>How many cases there are.</summary>
    public int Count { get; }

    /// <summary>How many cases have a scan.</summary>
    public int ScansOf(Modality modality) => _scans[(int)modality];

    /// <summary>How all cases write their labels.</summary>
    public LabelConvention Convention { get; } = null!;

    /// <summary>Whether the cases carry cues: the data has a column of them and the objective a term for them.</summary>
    public bool HasCues { get; }

    /// <summary>What identifies the cases, in the order of the data; empty where no checkpoint is kept.</summary>
    public IReadOnlyList<CaseFingerprint> Fingerprints => _fingerprints;

    /// <summary>Whether the cases are in memory.</summary>
    public bool InMemory => _cached is not null;

    /// <summary>All cases in the order of the data.</summary>
    public IEnumerable<TrainingCase> InOrder() => _cached ?? Read(null);

    /// <summary>All cases in a random order. A data view that cannot shuffle is read in its own order.</summary>
    public IEnumerable<TrainingCase> Epoch(SplitMix64 order)
    {
        if (_cached is null)
            return Read(order);
        TrainingCase[] shuffled = [.. _cached];
        order.Shuffle(shuffled.AsSpan());
        return shuffled;
    }

    private DataViewSchema.Column? Column(string name) => string.IsNullOrEmpty(name) ? null : _data.Schema.GetColumnOrNull(name);

    private IEnumerable<TrainingCase> Read(SplitMix64? order)
    {
        List<DataViewSchema.Column> columns = [.. _options.Columns.Named(StageColumns.In, withLabel: true).Select(column => _data.Schema[column.Name!])];
        DataViewSchema.Column? cueColumn = HasCues ? Column(_options.CueColumnName) : null, nameColumn = Column("CaseId");
        if (nameColumn is { } found && found.Type is not TextDataViewType)
            nameColumn = null;
        foreach (DataViewSchema.Column? column in new[] { cueColumn, nameColumn })
        {
            if (column is { } present)
                columns.Add(present);
        }

#pragma warning disable RS0030 // ML.NET's signature; the seed comes from our own stream
        Random? random = order is null || !_data.CanShuffle ? null : new Random((int)(order.NextUInt64() & int.MaxValue));
#pragma warning restore RS0030
        using DataViewRowCursor cursor = _data.GetRowCursor(columns, random);
        ValueGetter<Volume>[] volumes = [.. columns.Take(ModalitySet.ModalityCount + 1).Select(column => cursor.GetGetter<Volume>(column))];
        ValueGetter<SemanticCues>? cueGetter = cueColumn is { } cue ? cursor.GetGetter<SemanticCues>(cue) : null;
        ValueGetter<ReadOnlyMemory<char>>? nameGetter = nameColumn is { } name ? cursor.GetGetter<ReadOnlyMemory<char>>(name) : null;
        bool any = false;
        while (cursor.MoveNext())
        {
            ReadOnlyMemory<char> text = default;
            nameGetter?.Invoke(ref text);
            string title = text.IsEmpty ? $"Row {cursor.Position}" : text.ToString();
            if (Attempt(title, ReadCase) is not { } one)
                continue;
            any = true;
            yield return one;

            TrainingCase ReadCase()
            {
                Volume?[] values = new Volume?[volumes.Length];
                for (int i = 0; i < values.Length; i++)
                    volumes[i](ref values[i]!);
                SemanticCues? cues = null;
                cueGetter?.Invoke(ref cues!);
                return Case(title, values, cues);
            }
        }

        if (!any && _refused.Count > 0)
            throw new InvalidDataException($"No training case is left, {_refused.Count} were refused. {string.Join(" ", _refused.Take(Named).Select(one => $"{one.Key}: {one.Value}"))}{(_refused.Count > Named ? " ..." : "")}");
    }

    // One bad case must not cost the others, nor be told again each epoch.
    private TrainingCase? Attempt(string name, Func<TrainingCase> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (CaseFault.ConcernsCase(exception))
        {
            string reason = CaseFault.Cause(exception).Message;
            if (_refused.TryAdd(name, reason))
                _log.Error(MessageSensitivity.UserData, "{0} is left out: {1}", name, reason);
            return null;
        }
    }

    private TrainingCase Case(string name, Volume?[] values, SemanticCues? cues)
    {
        Volume?[] scans = values[..ModalitySet.ModalityCount];
        Volume? first = scans.FirstOrDefault(scan => scan is not null)
            ?? throw new InvalidDataException($"{name}: all four modalities are missing. Remove the case from the training data.");
        Volume label = values[^1] ?? throw new InvalidDataException($"{name}: the case has no label; training needs one. Remove the case or give its label file.");
        foreach (Volume? scan in scans.Append(label))
        {
            if (scan is not null && scan.Shape != first.Shape)
                throw new InvalidDataException($"{name}: {scan.Source ?? "a scan"} has the shape {scan.Shape}, {first.Source ?? "another"} has {first.Shape}. All scans of a case must be on one grid.");
        }

        if (cues is not null && cues.Shape != first.Shape)
            throw new InvalidDataException($"{name}: the cues have the shape {cues.Shape}, the scans {first.Shape}. Make the cues from the preprocessed volumes.");
        LabelConvention convention = _options.LabelConvention ?? label.LabelConvention
            ?? throw new InvalidDataException($"{name}: it is not known what the label values mean. Fill the column LabelConvention of the data, or set SmmlTrainerOptions.LabelConvention.");
        if (cues is not null && cues.ClassCount != convention.ClassCount)
            throw new InvalidDataException($"{name}: the cues have {cues.ClassCount} classes, the labels ({convention}) {convention.ClassCount}.");
        return new(name, scans, convention.ToClasses(label), convention, cues);
    }
}
