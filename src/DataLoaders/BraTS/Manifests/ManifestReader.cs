using System.Text;
using Microsoft.ML.Data;
using Smml.MLNet.Cases;
using Smml.MLNet.Tables;

namespace Smml.MLNet.Manifests;

/// <summary>Reads lists of cases: text in UTF-8, a header, a line per case.</summary>
internal static class ManifestReader
{
    /// <summary>The cases of every file.</summary>
    /// <exception cref="InvalidDataException">A header or a line cannot be read; the message names the file.</exception>
    public static IReadOnlyList<BraTSCase> Read(IMultiStreamSource source)
    {
        List<BraTSCase> cases = [];
        for (int i = 0; i < source.Count; i++)
        {
            using StreamReader reader = new(source.Open(i), Encoding.UTF8);
            Read(reader, source.GetPathOrNull(i) ?? "The manifest", cases);
        }

        return cases;
    }

    /// <summary>The header of a file.</summary>
    /// <exception cref="InvalidDataException">It cannot be read; the message names the file.</exception>
    public static ManifestHeader ReadHeader(string path)
    {
        using StreamReader reader = new(path, Encoding.UTF8);
        return ReadHeader(reader, path);
    }

    private static ManifestHeader ReadHeader(StreamReader reader, string file) => ManifestHeader.Parse(
        reader.ReadLine() ?? throw new InvalidDataException(
            $"{file}: found an empty file, expected a header and a line per case. Write it with BraTSDataset.WriteManifest."),
        file);

    private static void Read(StreamReader reader, string file, List<BraTSCase> cases)
    {
        ManifestHeader header = ReadHeader(reader, file);
        (string Name, Action<BraTSCase, string> Set)[] columns =
        [
            .. header.Names.Select(name => BraTSCaseDataView.Columns.Single(column => column.Name == name))
                .Select(column => (column.Name, column.Set)),
        ];
        for (int line = 2; reader.ReadLine() is { } text; line++)
        {
            if (string.IsNullOrWhiteSpace(text))
                continue;
            if (text.Count(character => character == '"') % 2 != 0)
                throw new InvalidDataException(
                    $"{file}, line {line}: found a quote that is not closed, expected every cell to end in its line. Correct the line.");
            IReadOnlyList<string> cells = TableText.Cells(text, header.Separator);
            if (cells.Count != columns.Length)
                throw new InvalidDataException(
                    $"{file}, line {line}: found {cells.Count} cells, expected {columns.Length} as in the header "
                    + $"({string.Join(", ", header.Names)}). Leave the cell of a missing file empty, and quote a cell with a separator in "
                    + "it.");
            BraTSCase one = new();
            foreach (((_, Action<BraTSCase, string> set), string cell) in columns.Zip(cells))
                set(one, cell);
            cases.Add(one);
        }
    }
}
