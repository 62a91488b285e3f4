using Smml.MLNet.Pictures;
using static Smml.MLNet.Html.Markup;
using static Smml.MLNet.Html.NotebookStyle;

namespace Smml.MLNet.Html;

/// <summary>Shows a <see cref="SegmentationTransformer"/> in a notebook: how it was trained, else a line of text.</summary>
internal sealed class ModelFormatterSource() : FormatterSource<SegmentationTransformer>(ModelFragment.Write, model => model.ToString());

/// <summary>A trained model: what it is, the course of its training, and its card to be opened.</summary>
internal static class ModelFragment
{
    public static string Write(SegmentationTransformer model) => Fragment(
        Tag("p", null, Tag("b", null, model.ToString())),
        model.History.Count == 0
            ? null
            : Tag(
                "p",
                null,
                Tag(
                    "img",
                    null,
                    Has("alt", "the course of the training"),
                    Has("src", "data:image/png;base64," + Convert.ToBase64String(Curve(model.History))))),
        Tag("details", null, Tag("summary", null, "Model card"), Tag("pre", null, model.Info.ToModelCard())));

    private static byte[] Curve(IReadOnlyList<TrainingEpoch> history)
    {
        Canvas canvas = TrainingCurve.Draw(history);
        using MemoryStream png = new();
        PngWriter.Write(png, canvas.Width, canvas.Height, canvas.Pixels);
        return png.ToArray();
    }
}
