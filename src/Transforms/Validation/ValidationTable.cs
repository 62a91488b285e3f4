using System.Globalization;
using System.Text;
using Smml.MLNet.Cases;

namespace Smml.MLNet;

/// <summary>Writes a report as plain text.</summary>
internal static class ValidationTable
{
    private const int LeastNameWidth = 8;
    private const int Indent = 2;

    private static readonly string[] s_head = ["case", "scans", "shape", "mm", "axes", "verdict"];

    public static string Write(ValidationReport report, int width)
    {
        string[][] rows = [s_head, .. report.Cases.Select(Row)];
        int[] widths = [.. s_head.Select((_, column) => rows.Max(row => row[column].Length))];
        widths[0] = Math.Min(widths[0], Math.Max(LeastNameWidth, width - widths.Skip(1).Sum(other => other + 1)));
        StringBuilder text = new();
        foreach (string[] row in rows)
            text.AppendLine(string.Join(' ', row.Select((cell, column) => Fit(cell, widths[column]))).TrimEnd());

        // One reason often holds for many cases: it is told once, with their names.
        foreach (var finding in report.Findings
            .GroupBy(finding => (finding.Severity, finding.Check, finding.Message))
            .OrderByDescending(group => group.Key.Severity))
        {
            string[] cases = [.. finding.Select(one => one.CaseId).Distinct(StringComparer.Ordinal)];
            text.AppendLine()
                .AppendLine(
                    CultureInfo.InvariantCulture,
                    $"{(finding.Key.Severity == FindingSeverity.Error ? "refused" : "warning")} [{finding.Key.Check}] "
                    + $"{(cases.Length == 1 ? cases[0] : $"{cases.Length} cases")}");
            Wrap(text, finding.Key.Message, width);
        }

        BraTSCase[] sources = [.. report.Cases.Select(one => one.Source)];
        Section(text, "files", CaseFileText.Used(sources).Select(line => $"{line.Cases}: {line.Files}"), width);
        Section(text, "not used", CaseFileText.Unused(sources).Select(line => $"{line.Cases}: {line.Files}"), width);
        Section(text, "also found", report.Notes, width);
        return text.AppendLine().Append(report).ToString();
    }

    private static void Section(StringBuilder text, string head, IEnumerable<string> lines, int width)
    {
        string[] all = [.. lines];
        if (all.Length > 0)
            text.AppendLine().AppendLine(head);
        foreach (string line in all)
            Wrap(text, line, width);
    }

    /// <summary>Case, scans, shape, millimetres, axes and verdict.</summary>
    internal static string[] Row(ValidatedCase one)
    {
        string scans = new([.. ModalitySet.All.Select(modality => one.Modalities.Contains(modality) ? '\u25CF' : '\u25CB')]);
        if (one.Grid is not { } grid)
            return [Printable(one.CaseId), scans, "-", "-", "-", Verdict(one)];
        (double x, double y, double z) = grid.Affine.Spacing;
        string[] sides = [.. new[] { x, y, z }.Select(side => side.ToString("0.##", CultureInfo.InvariantCulture))];
        return
        [
            Printable(one.CaseId),
            scans,
            grid.Shape.ToString(),
            sides.Distinct().Count() == 1 ? sides[0] : string.Join('x', sides),
            grid.Affine.AxisCodes,
            Verdict(one),
        ];
    }

    private static string Verdict(ValidatedCase one) => one.Verdict.ToString().ToLowerInvariant();

    // A folder's name may hold a line break.
    private static string Printable(string name) => string.Concat(name.Select(letter => char.IsControl(letter) ? '?' : letter));

    // The end of a name tells more than its beginning. A letter of two units is not cut in half.
    private static string Fit(string cell, int width)
    {
        if (cell.Length <= width)
            return cell.PadRight(width);
        int start = cell.Length - width + 2;
        return ".." + cell[(char.IsLowSurrogate(cell[start]) ? start + 1 : start)..];
    }

    // At spaces; a path that is longer than a line stays whole, so that it can be copied.
    private static void Wrap(StringBuilder text, string message, int width)
    {
        int column = 0;
        foreach (string word in message.Split(' '))
        {
            bool starts = column == 0 || column + 1 + word.Length > width;
            if (starts && column > 0)
                text.AppendLine();
            text.Append(' ', starts ? Indent : 1).Append(word);
            column = starts ? Indent + word.Length : column + 1 + word.Length;
        }

        text.AppendLine();
    }
}
