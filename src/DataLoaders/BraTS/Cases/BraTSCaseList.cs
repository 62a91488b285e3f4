using System.Collections;
using System.Globalization;
using System.Text;
using Smml.MLNet.Cases;
using Smml.MLNet.Html;

namespace Smml.MLNet;

/// <summary>The cases of a data set, in their order. A notebook shows them as a table.</summary>
[TypeFormatterSource(typeof(CaseListFormatterSource), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed class BraTSCaseList : IReadOnlyList<BraTSCase>
{
    private readonly BraTSCase[] _cases;

    /// <summary>Makes a list, for example of some cases of another one.</summary>
    /// <param name="cases">The cases; the list is copied, the cases are not.</param>
    /// <param name="notes">What <see cref="Notes"/> says; null for nothing.</param>
    public BraTSCaseList(IEnumerable<BraTSCase> cases, IReadOnlyList<string>? notes = null)
    {
        ArgumentNullException.ThrowIfNull(cases);
        _cases = [.. cases];
        Notes = notes ?? [];
    }

    /// <summary>What <see cref="BraTSDataset.Find"/> did not read besides the files of the cases, one sentence each: links that are not
    /// followed, volume files that belong to no case, phantoms beside real cases.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <inheritdoc/>
    public int Count => _cases.Length;

    /// <inheritdoc/>
    public BraTSCase this[int index] => _cases[index];

    /// <inheritdoc/>
    public IEnumerator<BraTSCase> GetEnumerator() => _cases.AsEnumerable().GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>One line per case: filled circles for the scans that are there, hollow ones for those that are missing.</summary>
    public string ToTable()
    {
        int width = _cases.Select(item => item.CaseId.Length).Append(4).Max();
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"{"case".PadRight(width)}  F T1c T1 T2  label");
        foreach (BraTSCase item in _cases)
        {
            char[] circles = [.. ModalitySet.All.Select(modality => Circle(item.PathOf(modality)))];
            text.AppendLine(CultureInfo.InvariantCulture, $"{item.CaseId.PadRight(width)}  {circles[0]}  {circles[1]}  {circles[2]}  "
                + $"{circles[3]}    {Circle(item.LabelPath)}");
        }

        return text.Append(this).ToString();
    }

    /// <summary>How many cases there are, how many have every scan and a label, what the label values mean, and how the files are
    /// named.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{_cases.Length} case{(_cases.Length == 1 ? "" : "s")}: {_cases.Count(item => item.Modalities == ModalitySet.All)} with all four "
            + $"scans, {_cases.Count(item => !string.IsNullOrEmpty(item.LabelPath))} with "
            + $"labels{Names(", ", item => item.LabelConvention)}{Names("; layout: ", item => item.Layout)}");

    private static char Circle(string? path) => string.IsNullOrEmpty(path) ? Markup.Missing : Markup.Seen;

    private string Names(string before, Func<BraTSCase, string?> name)
    {
        string[] names = [.. _cases.Select(name).OfType<string>().Where(text => text.Length > 0).Distinct(StringComparer.Ordinal)];
        return names.Length == 0 ? "" : before + string.Join(", ", names);
    }
}
