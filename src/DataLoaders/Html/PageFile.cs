using System.Reflection;
using System.Text;
using System.Xml.Linq;
using Smml.MLNet.Files;

namespace Smml.MLNet.Html;

/// <summary>Writes pages as UTF-8, and never over a file that is no page of this library.</summary>
internal static class PageFile
{
    private const string Maker = "Smml.MLNet";

    /// <summary>The element of a page's head by which the page is known again.</summary>
    public static XElement Generator() => Markup.Tag(
        "meta",
        null,
        Markup.Has("name", "generator"),
        Markup.Has(
            "content",
            $"{Maker} {typeof(PageFile).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion}"));

    /// <summary>Writes a page.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="title">The title of the page, by which one of a version without <see cref="Generator"/> is known.</param>
    /// <param name="html">The page.</param>
    /// <exception cref="IOException">The file is there and is no page of this library, its name is that of a volume, or it cannot be
    /// written.</exception>
    public static void Write(string path, string title, string html) => OutputFile.Replace(
        path,
        "a page that Smml.MLNet wrote",
        start => Refusal(Encoding.UTF8.GetString(start), title),
        file => file.Write(Encoding.UTF8.GetBytes(html)));

    private static string? Refusal(string start, string title) =>
        !start.StartsWith("<!DOCTYPE html>", StringComparison.OrdinalIgnoreCase) ? "a file that is no page"
        : start.Contains($"name=\"generator\" content=\"{Maker} ", StringComparison.Ordinal)
            || start.Contains($"<title>{title}</title><style>", StringComparison.Ordinal)
            ? null
            : "a page of another program";
}
