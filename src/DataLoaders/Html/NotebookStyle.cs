using System.Xml.Linq;
using static Smml.MLNet.Html.Markup;

namespace Smml.MLNet.Html;

/// <summary>A fragment in the colours of the notebook around it, dark or light: ink and background are
/// inherited, everything else is translucent.</summary>
internal static class NotebookStyle
{
    public const string Notice = "Research use only, never a diagnosis.";

    // No character here needs to be escaped in XML, which a browser would not undo inside a style element.
    private const string Rules = """

        .smml-view { font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
          font-variant-numeric: tabular-nums; color: inherit; max-width: 900px; }
        .smml-view p { margin: 0 0 8px; }
        .smml-view b { font-weight: 600; }
        .smml-view .soft { opacity: 0.7; }
        .smml-view .tiles { display: flex; flex-wrap: wrap; gap: 8px; margin: 0 0 8px; }
        .smml-view .tile { width: 200px; font-size: 12px; }
        .smml-view .tile svg { display: block; width: 200px; height: 200px; background: #000; }
        .smml-view .tile text { fill: #fff; font-size: 12px; }
        .smml-view .sharp image { image-rendering: pixelated; }
        .smml-view table { border-collapse: collapse; margin: 0 0 8px; font-size: 13px; background: none; color: inherit; }
        .smml-view th, .smml-view td { padding: 2px 10px; border: 0; border-bottom: 1px solid rgba(128, 128, 128, 0.35); font-weight: 400;
          text-align: center; background: none; color: inherit; }
        .smml-view tr { background: none; }
        .smml-view .l { text-align: left; overflow-wrap: anywhere; }
        .smml-view td.l { vertical-align: top; }
        .smml-view thead th { font-weight: 600; }
        .smml-view .key { display: inline-block; width: 11px; height: 11px; margin: 0 6px 0 0; border: 1px solid rgba(128, 128, 128, 0.6);
          vertical-align: -1px; }
        .smml-view .legend span { margin-right: 16px; white-space: nowrap; }
        .smml-view img { max-width: 100%; height: auto; }
        .smml-view pre { font: 12.5px/1.5 ui-monospace, Consolas, Menlo, monospace; white-space: pre-wrap; overflow-wrap: anywhere;
          background: none; color: inherit; margin: 0 0 8px; }
        .smml-view summary { cursor: pointer; }

        """;

    /// <summary>The fragment, with the notice below.</summary>
    public static string Fragment(params object?[] content) =>
        Markup.Write(Tag("div", "smml-view", Tag("style", null, Rules), content, Tag("p", "soft", Notice)));

    /// <summary>A table row.</summary>
    public static XElement HeadRow(params object?[] cells) => Tag("thead", null, Tag("tr", null, cells));

    /// <summary>The head of a column.</summary>
    public static XElement Head(string text, string? style = null) => Tag("th", style, Has("scope", "col"), text);
}
