using System.Globalization;
using System.Text;

namespace Smml.MLNet.Tables;

/// <summary>Values as cells of a table of comma-separated values (RFC 4180), and lines as cells.</summary>
internal static class TableText
{
    /// <summary>A value as text in the invariant culture; null is an empty cell.</summary>
    /// <remarks>Numbers have the fewest digits that give the same number again. A double that is exactly a number of single precision was
    /// one, as a rule, and is written with the digits of that: 0.86, not 0.8600000143051147.</remarks>
    public static string Of(object? value) => value switch
    {
        null => "",
        string text => text,
        double number => Of(number),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>A line of cells, quoted where they hold a comma, a quote or a line break, or begin or end with white space.</summary>
    public static StringBuilder AppendLine(StringBuilder text, IEnumerable<string> cells) =>
        text.AppendJoin(',', cells.Select(Quote)).Append('\n');

    /// <summary>The cells of a line. Quotes that are not closed end with the line.</summary>
    /// <param name="line">The line, without its end.</param>
    /// <param name="separator">What stands between cells.</param>
    public static IReadOnlyList<string> Cells(string line, char separator = ',')
    {
        List<string> cells = [];
        StringBuilder cell = new();
        bool isQuoted = false, wasQuoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            if (isQuoted)
            {
                if (line[i] != '"')
                    cell.Append(line[i]);
                else if (i + 1 < line.Length && line[i + 1] == '"')
                    cell.Append(line[++i]);
                else
                    isQuoted = false;
            }
            else if (line[i] == separator)
            {
                End();
            }
            else if (line[i] == '"' && !wasQuoted && string.IsNullOrWhiteSpace(cell.ToString()))
            {
                cell.Clear();
                isQuoted = wasQuoted = true;
            }
            else if (!wasQuoted || !char.IsWhiteSpace(line[i]))
            {
                cell.Append(line[i]);
            }
        }

        End();
        return cells;

        void End()
        {
            cells.Add(wasQuoted ? cell.ToString() : cell.ToString().Trim());
            cell.Clear();
            wasQuoted = false;
        }
    }

    private static string Of(double number)
    {
        string text = number.ToString("R", CultureInfo.InvariantCulture);
        return number.Equals((double)(float)number) && text.Contains('.', StringComparison.Ordinal)
            ? ((float)number).ToString("R", CultureInfo.InvariantCulture)
            : text;
    }

    private static string Quote(string cell) =>
        cell.AsSpan().ContainsAny(",\"\r\n") || cell.Length != cell.AsSpan().Trim().Length
            ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : cell;
}
