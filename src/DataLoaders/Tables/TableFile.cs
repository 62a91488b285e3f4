using System.Text;
using Microsoft.Data.Analysis;
using Smml.MLNet.Files;

namespace Smml.MLNet.Tables;

/// <summary>Writes tables as comma-separated values: UTF-8 without a byte order mark, lines that end with a line feed, and never over a
/// file that is not the same table.</summary>
/// <remarks>R (<c>read.csv</c> since 4.2 and readr), pandas, polars and DuckDB take UTF-8 without a mark, and some of them would take a
/// mark for a part of the first column's name. Excel needs Data, From Text/CSV, 65001: UTF-8.</remarks>
internal static class TableFile
{
    private const int LongestHeader = 120;

    /// <summary>Writes a data frame: a line with the names of its columns, a line per row; null is an empty cell.</summary>
    /// <exception cref="IOException">The file may not be replaced (see <see cref="Check"/>) or cannot be written.</exception>
    public static void Write(string path, DataFrame table)
    {
        DataFrameColumn[] columns = [.. table.Columns];
        Write(
            path,
            [.. columns.Select(column => column.Name)],
            Enumerable.Range(0, (int)table.Rows.Count).Select(row => columns.Select(column => TableText.Of(column[row]))));
    }

    /// <summary>Writes a table.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="header">The names of the columns.</param>
    /// <param name="rows">The cells of each row as text.</param>
    /// <param name="fixedColumns">How many of the first columns are the same in every table of the kind; 0 for all.</param>
    /// <exception cref="IOException">The file may not be replaced (see <see cref="Check"/>) or cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<string> header, IEnumerable<IEnumerable<string>> rows, int fixedColumns = 0)
    {
        StringBuilder text = TableText.AppendLine(new(), header);
        foreach (IEnumerable<string> row in rows)
            TableText.AppendLine(text, row);
        OutputFile.Replace(
            path,
            Expected(header),
            start => Refusal(start, header, fixedColumns),
            file => file.Write(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>Checks whether a table may be written, before the work is done that it shall tell of.</summary>
    /// <remarks>A file that is there must be a table with the same header. So that tables of other versions are replaced too, one of the
    /// headers may lack columns that the other has, as long as the first column is the same.</remarks>
    /// <inheritdoc cref="Write(string, IReadOnlyList{string}, IEnumerable{IEnumerable{string}}, int)"/>
    /// <exception cref="IOException">The file is there and is no such table, or its name is that of a volume.</exception>
    public static void Check(string path, IReadOnlyList<string> header, int fixedColumns = 0) =>
        OutputFile.Check(path, Expected(header), start => Refusal(start, header, fixedColumns));

    private static string Expected(IReadOnlyList<string> header) => $"a table with the header '{Short(string.Join(',', header))}'";

    private static string? Refusal(byte[] start, IReadOnlyList<string> header, int fixedColumns)
    {
        if (start.Contains((byte)0))
            return "a file that is no text";
        string line = Encoding.UTF8.GetString(start).TrimStart('\uFEFF').Split('\n')[0].TrimEnd('\r');
        IReadOnlyList<string> found = TableText.Cells(line);
        bool isOurs = fixedColumns > 0
            ? found.Take(fixedColumns).SequenceEqual(header.Take(fixedColumns))
            : found[0] == header[0] && (!found.Except(header).Any() || (found.Count > 1 && !header.Except(found).Any()));
        return isOurs && (found.Count > 1 || header.Count == 1) ? null : $"the first line '{Short(line)}'";
    }

    private static string Short(string text) => text.Length <= LongestHeader ? text : text[..LongestHeader] + "...";
}
