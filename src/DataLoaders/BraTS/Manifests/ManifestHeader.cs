using Smml.MLNet.Cases;
using Smml.MLNet.Tables;

namespace Smml.MLNet.Manifests;

/// <summary>The first line of a manifest: which column of <see cref="BraTSCase"/> stands where.</summary>
internal sealed class ManifestHeader
{
    private static readonly char[] s_separators = [',', ';', '\t'];
    private static readonly string[] s_known = [.. BraTSCaseDataView.Columns.Select(column => column.Name)];
    private static readonly string[] s_scans = [.. ModalitySet.All.Select(modality => $"{modality}Path")];

    private ManifestHeader(IReadOnlyList<string> names, char separator) => (Names, Separator) = (names, separator);

    /// <summary>The header that <see cref="BraTSDataset.WriteManifest"/> writes.</summary>
    public static ManifestHeader Default { get; } = new(s_known, ',');

    /// <summary>The names of the columns, as in <see cref="BraTSCase"/>.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>What stands between cells: a comma, a semicolon or a tab.</summary>
    public char Separator { get; }

    /// <summary>Reads a header. The separator is the one that makes the most columns.</summary>
    /// <param name="line">The first line.</param>
    /// <param name="file">The manifest, for messages.</param>
    /// <exception cref="InvalidDataException">A column is unknown or named twice, or a needed one is missing.</exception>
    public static ManifestHeader Parse(string line, string file)
    {
        (IReadOnlyList<string> cells, char separator) = s_separators
            .Select(separator => (Cells: TableText.Cells(line, separator), separator))
            .MaxBy(choice => choice.Cells.Count);
        List<string> names = [];
        foreach (string cell in cells)
        {
            string name = s_known.FirstOrDefault(known => known.Equals(cell, StringComparison.OrdinalIgnoreCase))
                ?? throw Wrong($"found the column '{cell}', which is not known");
            if (names.Contains(name))
                throw Wrong($"found the column '{name}' twice, expected it once");
            names.Add(name);
        }

        if (!names.Contains(nameof(BraTSCase.CaseId)))
            throw Wrong($"found no column '{nameof(BraTSCase.CaseId)}'");
        if (!s_scans.Any(names.Contains))
            throw Wrong($"found none of the columns {string.Join(", ", s_scans)}");
        return new(names, separator);

        InvalidDataException Wrong(string what) => new(
            $"{file}: {what}. The header of a manifest names these columns, in any order: {string.Join(", ", s_known)}; "
            + "CaseId and one scan are needed. Correct the first line, or remove the column.");
    }
}
