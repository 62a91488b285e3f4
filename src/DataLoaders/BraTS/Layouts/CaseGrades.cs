using System.Globalization;
using System.Text.RegularExpressions;

namespace Smml.MLNet.Layouts;

/// <summary>High or low grade of a case: from <c>name_mapping.csv</c>, else from a folder
/// (<c>HGG</c>, <c>LG</c>) or the case's name.</summary>
internal sealed partial class CaseGrades
{
    public const string High = "HGG";
    public const string Low = "LGG";

    // HGG / patient / one folder a file (VSD).
    private const int FoldersToLook = 3;

    private readonly Dictionary<string, string> _byName = new(StringComparer.Ordinal);

    /// <summary>Reads every <c>name_mapping.csv</c> among some files: a column <c>Grade</c>, and one column of case names for each
    /// year.</summary>
    public CaseGrades(IEnumerable<string> files)
    {
        foreach (string path in files)
        {
            if (Path.GetFileName(path).Equals("name_mapping.csv", StringComparison.OrdinalIgnoreCase))
                Read(File.ReadLines(path));
        }
    }

    /// <summary><see cref="High"/>, <see cref="Low"/>, or empty where nothing tells.</summary>
    public string Of(string caseId, LayoutPath path)
    {
        if (_byName.TryGetValue(caseId, out string? grade))
            return grade;
        if (Name2012().Match(caseId) is { Success: true } match)
            return Normalize(match.Groups["grade"].Value);
        foreach (string folder in path.Folders.Take(FoldersToLook))
        {
            if (Normalize(folder) is { Length: > 0 } found)
                return found;
        }

        // BraTS 2020 came without grade folders; its first 259 and last 34 cases are the high grades (RFNet, preprocess.py).
        return _byName.Count == 0 && Name2020().Match(caseId) is { Success: true } training
            ? int.Parse(training.Groups["number"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) is <= 259 or >= 336
                ? High
                : Low
            : "";
    }

    private void Read(IEnumerable<string> lines)
    {
        int column = -1;
        foreach (string[] cells in lines.Select(line => line.Split(',', StringSplitOptions.TrimEntries)))
        {
            if (column < 0)
            {
                column = Array.FindIndex(cells, cell => cell.Equals("Grade", StringComparison.OrdinalIgnoreCase));
                if (column < 0)
                    return;
            }
            else if (column < cells.Length && Normalize(cells[column]) is { Length: > 0 } grade)
            {
                foreach (string name in cells.Where(cell => cell.Length > 0))
                    _byName[name] = grade;
            }
        }
    }

    private static string Normalize(string name) => name.ToUpperInvariant() switch
    {
        "HGG" or "HG" => High,
        "LGG" or "LG" => Low,
        _ => "",
    };

    [GeneratedRegex(
        "^BRATS_(?<grade>[HL]G)[0-9]{4}$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Name2012();

    [GeneratedRegex(
        "^BraTS20_Training_(?<number>[0-9]{3})$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Name2020();
}
