using System.Diagnostics.CodeAnalysis;

namespace Smml.MLNet.Html;

/// <summary>Tells .NET notebooks how to show a type. They find it by its name and members, so that no package of theirs is needed.</summary>
/// <param name="formatterSourceType">A type with <c>CreateTypeFormatters</c>.</param>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class TypeFormatterSourceAttribute(Type formatterSourceType) : Attribute
{
    /// <summary>The type that makes the formatters.</summary>
    public Type FormatterSourceType { get; } = formatterSourceType;

    /// <summary>The formats, the preferred one first.</summary>
    public string[] PreferredMimeTypes { get; set; } = [];
}

/// <summary>Makes the formatters of <see cref="SegmentationReport"/>.</summary>
internal sealed class ReportFormatterSource
{
    /// <summary>HTML first, else the table.</summary>
    [SuppressMessage("Performance", "CA1822:Mark members as static", Justification = "Notebooks call it on an instance.")]
    public IEnumerable<object> CreateTypeFormatters() => [new Formatter("text/html", ReportPage.WriteFragment), new Formatter("text/plain", report => report.ToTable())];

    private sealed class Formatter(string mimeType, Func<SegmentationReport, string> write)
    {
        public string MimeType { get; } = mimeType;

        public bool Format(object instance, TextWriter writer)
        {
            if (instance is not SegmentationReport report)
                return false;
            writer.Write(write(report));
            return true;
        }
    }
}
