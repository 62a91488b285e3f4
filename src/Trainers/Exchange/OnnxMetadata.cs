using System.Globalization;
using Smml.MLNet.Onnx;

namespace Smml.MLNet.Exchange;

/// <summary>What a graph says of itself: enough to prepare scans for it and to read its logits without this library.</summary>
internal static class OnnxMetadata
{
    private const string Preparation =
        "As the stages of the model do, which preprocessing_stages lists in their order with every option of theirs. "
        + "LoadVolumes, CropForeground and NormalizeIntensity with default options mean: "
        + "co-registered, skull-stripped scans of one case; axes: x to the left, y to the back, z to the head (LPS). "
        + "Crop all scans to the bounding box of the tissue, which is what is not 0 in any scan that is seen. "
        + "Z-score each scan by mean and standard deviation of its own tissue. "
        + "A case that is smaller than the window is padded evenly on both sides with the value that the background then has.";

    /// <summary>The entries of every graph of a model.</summary>
    /// <param name="info">What the model is.</param>
    /// <param name="stages">What comes before its networks: the headers of the stages, each a JSON object.</param>
    public static IEnumerable<(string Name, string Value)> Of(SegmentationModelInfo info, IReadOnlyList<string> stages)
    {
        LabelConvention labels = info.Convention;
        yield return ("producer", $"Smml.MLNet {ModelEnvironment.LibraryVersion}");
        yield return ("method", info.Method.Key);
        yield return ("notice", info.Notice);
        yield return ("window", info.Architecture.Patch.ToString());
        yield return ("axes", "samples, channels, x, y, z; z fastest");
        yield return ("modalities", string.Join(',', NetworkGraph.Modalities));
        yield return ("label_convention", labels.Name);
        yield return ("class_names", string.Join(',', labels.ClassNames));
        yield return ("label_values", string.Join(',', labels.Values.Select(value => value.ToString(CultureInfo.InvariantCulture))));
        yield return ("preprocessing", Preparation);
        yield return ("preprocessing_stages", $"[{string.Join(", ", stages)}]");
        yield return ("overlap", info.Overlap.ToString("0.######", CultureInfo.InvariantCulture));
        bool averagesLogits = info.Architecture.Average == WindowAverage.Logits;
        yield return ("window_average", averagesLogits ? "logits" : "probabilities (softmax of the logits)");
        yield return ("weights_sha256", info.WeightsSha256);
    }
}
