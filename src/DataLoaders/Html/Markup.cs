using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Smml.MLNet.Html;

/// <summary>Makes HTML of elements, so that every text and attribute is escaped and every tag is closed.</summary>
internal static class Markup
{
    public const char Seen = '\u25CF';
    public const char Missing = '\u25CB';

    private static readonly HashSet<string> s_void = ["meta", "br", "hr", "img"];

    /// <summary>An element; content as <see cref="XElement"/> takes it, strings escaped. A class of null is none.</summary>
    public static XElement Tag(string name, string? style, params object?[] content) =>
        new(name, style is null ? null : new XAttribute("class", style), content.Select(Cleaned));

    public static XAttribute Has(string name, string value) => new(name, Clean(value));

    public static XAttribute Has(string name, double value) => new(name, Number(value));

    /// <summary>At most two decimals, which is a hundredth of a pixel.</summary>
    public static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>A share as percent with one decimal; a dash where there is none.</summary>
    public static string Percent(double share) =>
        double.IsFinite(share) ? (100 * share).ToString("0.0", CultureInfo.InvariantCulture) : "\u2013";

    /// <summary>A difference of shares in percentage points, with its sign.</summary>
    public static string Points(double difference) =>
        !double.IsFinite(difference) ? "\u2013" : (100 * difference).ToString("+0.0;\u22120.0;0.0", CultureInfo.InvariantCulture);

    /// <summary>Text without the characters that no page can hold; names of cases come from files.</summary>
    public static string Clean(string text)
    {
        StringBuilder clean = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && XmlConvert.IsXmlSurrogatePair(text[i + 1], text[i]))
                clean.Append(text[i]).Append(text[++i]);
            else
                clean.Append(XmlConvert.IsXmlChar(text[i]) ? text[i] : '\uFFFD');
        }

        return clean.ToString();
    }

    /// <summary>The elements as text that both browsers and XML readers understand.</summary>
    public static string Write(XElement root)
    {
        // A browser takes <td /> for an opening tag.
        foreach (XElement element in root.DescendantsAndSelf()
            .Where(element => element.IsEmpty && !s_void.Contains(element.Name.LocalName)))
            element.Value = "";
        return root.ToString(SaveOptions.DisableFormatting);
    }

    private static object? Cleaned(object? content) => content switch
    {
        string text => Clean(text),
        null or XObject => content,
        IEnumerable<object?> many => many.Select(Cleaned),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => content,
    };
}
