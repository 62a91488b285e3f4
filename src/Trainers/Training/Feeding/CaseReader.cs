using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Smml.MLNet.Cases;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet.Training;

/// <summary>Reads the training cases of a data view, once, in the order of its rows.</summary>
/// <remarks>A case that cannot be used is left out and told as an error in the log, what is odd about one as a
/// warning; the others are trained on.</remarks>
internal sealed class CaseReader
{
    private const int Named = 5;

    private readonly IDataView _data;
    private readonly CaseOptions _options;
    private readonly IChannel _log;
    private readonly string _purpose;
    private readonly DataViewSchema.Column? _cues;
    private readonly List<CaseWarning> _refused = [];

    /// <summary>Prepares to read.</summary>
    /// <param name="data">The rows.</param>
    /// <param name="options">Columns, split, label convention.</param>
    /// <param name="cueColumn">The column with semantic cues; null to read none. The data need not have it.</param>
    /// <param name="log">Receives what is left out and why.</param>
    /// <param name="purpose">What the cases are for, in messages.</param>
    public CaseReader(IDataView data, CaseOptions options, string? cueColumn, IChannel log, string purpose)
    {
        _data = data;
        _options = options;
        _log = log;
        _purpose = purpose;
        if (cueColumn is not null && Column(cueColumn) is { Type: SemanticCuesDataViewType } cues)
            _cues = cues;
    }

    /// <summary>Whether the cases carry semantic cues.</summary>
    public bool HasCues => _cues is not null;

    /// <summary>The cases that could not be used, so far.</summary>
    public IReadOnlyList<CaseWarning> Refused => _refused;

    /// <summary>The cases that can be used, one at a time.</summary>
    /// <exception cref="InvalidOperationException">There is no row.</exception>
    /// <exception cref="InvalidDataException">There are rows, and none can be used.</exception>
    public IEnumerable<TrainingCase> Read()
    {
        List<DataViewSchema.Column> columns =
        [
            .. _options.Columns.Named(StageColumns.In, withLabel: true).Select(column => _data.Schema[column.Name!]),
        ];
        DataViewSchema.Column? cueColumn = _cues, nameColumn = Column("CaseId");
        if (nameColumn is { } found && found.Type is not TextDataViewType)
            nameColumn = null;
        foreach (DataViewSchema.Column? column in new[] { cueColumn, nameColumn })
        {
            if (column is { } present)
                columns.Add(present);
        }

        using DataViewRowCursor cursor = _data.GetRowCursor(columns);
        ValueGetter<Volume>[] volumes = [.. columns.Take(ModalitySet.ModalityCount + 1).Select(column => cursor.GetGetter<Volume>(column))];
        ValueGetter<SemanticCues>? cueGetter = cueColumn is { } cue ? cursor.GetGetter<SemanticCues>(cue) : null;
        ValueGetter<ReadOnlyMemory<char>>? nameGetter = nameColumn is { } name ? cursor.GetGetter<ReadOnlyMemory<char>>(name) : null;
        bool any = false;
        long rows = 0, taken = 0;
        HashSet<string>? wanted = _options.Split is { } split ? [.. split.Train] : null;
        while (cursor.MoveNext())
        {
            ReadOnlyMemory<char> text = default;
            nameGetter?.Invoke(ref text);
            string title = text.IsEmpty ? $"Row {cursor.Position}" : text.ToString();
            rows++;
            if (wanted?.Contains(title) == false)
                continue;
            taken++;
            TrainingCase one;
            try
            {
                one = ReadCase(title);
            }
            catch (Exception exception) when (CaseFault.ConcernsTraining(exception)) // one bad case must not cost the others
            {
                string reason = CaseFault.Cause(exception).Message;
                _refused.Add(new(title, reason));
                _log.Error(MessageSensitivity.UserData, "{0} is left out: {1}", title, reason);
                continue;
            }

            any = true;
            yield return one;
        }

        if (!any && _refused.Count == 0 && rows > 0)
            throw new InvalidOperationException(
                $"None of the {rows} rows is a training case of the split {_options.Split!.Name}. The split goes by the column CaseId; "
                + "leave CaseOptions.Split out for another data set.");
        if (!any && _refused.Count == 0)
            throw new InvalidOperationException(
                $"There are no {_purpose} cases: the data view has no row. Check the folder or the manifest that it was loaded from.");
        if (!any)
            throw new InvalidDataException(
                $"No {_purpose} case is left, {_refused.Count} were refused. "
                + $"{string.Join(" ", _refused.Take(Named).Select(one => $"{one.CaseId}: {one.Message}"))}"
                + $"{(_refused.Count > Named ? " ..." : "")}");
        if (wanted?.Count > taken)
            _log.Warning(
                MessageSensitivity.None,
                "The split {0} names {1} training cases, {2} of them are among the {3} rows.",
                _options.Split!.Name,
                wanted.Count,
                taken,
                rows);

        TrainingCase ReadCase(string title)
        {
            Volume?[] values = new Volume?[volumes.Length];
            for (int i = 0; i < values.Length; i++)
                volumes[i](ref values[i]!);
            SemanticCues? cues = null;
            cueGetter?.Invoke(ref cues!);
            return Case(title, values, cues);
        }
    }

    private DataViewSchema.Column? Column(string name) => string.IsNullOrEmpty(name) ? null : _data.Schema.GetColumnOrNull(name);

    private TrainingCase Case(string name, Volume?[] values, SemanticCues? cues)
    {
        Volume label = values[^1] ?? throw new InvalidDataException(
            $"{name}: the case has no label; training needs one. Remove the case or give its label file.");
        VolumeSet scans = new(values[..ModalitySet.ModalityCount], label, name);
        if (cues is not null && cues.Shape != scans.Shape)
            throw new InvalidDataException(
                $"{name}: the cues have the shape {cues.Shape}, the scans {scans.Shape}. Make the cues from the preprocessed volumes.");
        LabelConvention convention = _options.LabelConvention ?? label.LabelConvention
            ?? throw new InvalidDataException(
                $"{name}: it is not known what the label values mean. Fill the column LabelConvention of the data, "
                + "or set CaseOptions.LabelConvention.");
        if (cues is not null && cues.ClassCount != convention.ClassCount)
            throw new InvalidDataException(
                $"{name}: the cues have {cues.ClassCount} classes, the labels ({convention}) {convention.ClassCount}.");
        byte[] classes = convention.ToClasses(label);
        foreach (string warning in scans.Scans.SelectMany(scan => scan.Warnings).Distinct(StringComparer.Ordinal))
            _log.Warning(MessageSensitivity.UserData, "{0}: {1}", name, warning);
        return TrainingCase.Of(name, scans, classes, convention, cues);
    }
}
