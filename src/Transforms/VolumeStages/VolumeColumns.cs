using Microsoft.ML;

namespace Smml.MLNet;

/// <summary>The names of the volume columns of a row. Every stage reads them and writes its result under the same names.</summary>
public sealed class VolumeColumns
{
    /// <summary>The column of the FLAIR scan.</summary>
    /// <value>Default: <c>Flair</c>.</value>
    public string Flair { get; init; } = nameof(Modality.Flair);

    /// <summary>The column of the contrast-enhanced T1 scan.</summary>
    /// <value>Default: <c>T1ce</c>.</value>
    public string T1ce { get; init; } = nameof(Modality.T1ce);

    /// <summary>The column of the T1 scan.</summary>
    /// <value>Default: <c>T1</c>.</value>
    public string T1 { get; init; } = nameof(Modality.T1);

    /// <summary>The column of the T2 scan.</summary>
    /// <value>Default: <c>T2</c>.</value>
    public string T2 { get; init; } = nameof(Modality.T2);

    /// <summary>The column of the expert segmentation.</summary>
    /// <value>Default: <c>Label</c>. Null if the rows have no such column.</value>
    public string? Label { get; init; } = nameof(Label);

    /// <summary>The columns under the names by which a mapping knows them.</summary>
    /// <param name="prefix"><see cref="StageColumns.In"/> or <see cref="StageColumns.Out"/>.</param>
    /// <param name="withLabel">Whether the stage touches the label.</param>
    internal StageColumn[] Named(string prefix, bool withLabel) =>
    [
        new(prefix + nameof(Flair), Flair, VolumeDataViewType.Instance),
        new(prefix + nameof(T1ce), T1ce, VolumeDataViewType.Instance),
        new(prefix + nameof(T1), T1, VolumeDataViewType.Instance),
        new(prefix + nameof(T2), T2, VolumeDataViewType.Instance),
        new(prefix + nameof(Label), withLabel ? Label : null, VolumeDataViewType.Instance),
    ];

    /// <summary>Adds what is wrong with the names to a list of errors.</summary>
    internal void Validate(ICollection<string> errors)
    {
        string?[] names = [Flair, T1ce, T1, T2, Label];
        if (names.Take(ModalitySet.ModalityCount).Any(string.IsNullOrWhiteSpace) || Label?.Trim().Length == 0)
            errors.Add("a column name in Columns is empty");
        IEnumerable<IGrouping<string?, string?>> repeated = names
            .Where(name => name is not null)
            .GroupBy(name => name, StringComparer.Ordinal)
            .Where(group => group.Count() > 1);
        foreach (IGrouping<string?, string?> twice in repeated)
            errors.Add($"the column '{twice.Key}' is named {twice.Count()} times in Columns");
    }
}
