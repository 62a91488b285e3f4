using System.Diagnostics.CodeAnalysis;

namespace Smml.MLNet.Html;

/// <summary>Tells .NET notebooks how to show a type. They find it by its name and members, so
/// that no package of theirs is needed.</summary>
/// <param name="formatterSourceType">A type with <c>CreateTypeFormatters</c>.</param>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class TypeFormatterSourceAttribute(Type formatterSourceType) : Attribute
{
    /// <summary>The type that makes the formatters.</summary>
    public Type FormatterSourceType { get; } = formatterSourceType;

    /// <summary>The formats, the preferred one first.</summary>
    public string[] PreferredMimeTypes { get; set; } = [];
}

/// <summary>Makes the formatters of a type: HTML, and text where a notebook shows none.</summary>
/// <param name="html">A fragment for a place in another page.</param>
/// <param name="text">The same as text.</param>
internal abstract class FormatterSource<T>(Func<T, string> html, Func<T, string> text)
{
    /// <summary>HTML first.</summary>
    [SuppressMessage("Performance", "CA1822:Mark members as static", Justification = "Notebooks call it on an instance.")]
    public IEnumerable<object> CreateTypeFormatters() => [new Formatter("text/html", html), new Formatter("text/plain", text)];

    private sealed class Formatter(string mimeType, Func<T, string> write)
    {
        public string MimeType { get; } = mimeType;

        public bool Format(object instance, TextWriter writer)
        {
            if (instance is not T shown)
                return false;
            writer.Write(write(shown));
            return true;
        }
    }
}
