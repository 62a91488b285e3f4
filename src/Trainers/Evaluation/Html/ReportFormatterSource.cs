namespace Smml.MLNet.Html;

/// <summary>Shows a <see cref="SegmentationReport"/> in a notebook: the page, else the table.</summary>
internal sealed class ReportFormatterSource() : FormatterSource<SegmentationReport>(ReportPage.WriteFragment, report => report.ToTable());
