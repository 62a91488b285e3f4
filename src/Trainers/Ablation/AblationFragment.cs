using static Smml.MLNet.Html.Markup;

namespace Smml.MLNet.Html;

/// <summary>Shows an <see cref="AblationReport"/> in a notebook as its table.</summary>
internal sealed class AblationFormatterSource()
    : FormatterSource<AblationReport>(report => NotebookStyle.Fragment(Tag("pre", null, report.ToTable())), report => report.ToTable());
