using Smml.MLNet.Methods.M3ae;
using Smml.MLNet.Methods.MctSeg;
using Smml.MLNet.Methods.MmFormer;
using Smml.MLNet.Methods.RFNet;
using Smml.MLNet.Methods.Smml;
using Smml.MLNet.Methods.SmuNet;
using Smml.MLNet.Methods.UNetMfi;

namespace Smml.MLNet;

/// <summary>The list of methods. The trainers, zips, the comparison and the command line know no other.</summary>
public static class SegmentationMethods
{
    /// <summary>Every method, SMML first.</summary>
    public static IReadOnlyList<SegmentationMethod> All { get; } =
    [
        new SmmlMethod(),
        new MmFormerMethod(),
        new RFNetMethod(),
        new M3aeMethod(),
        new UNetMfiMethod(),
        new MctSegMethod(),
        new SmuNetMethod(),
    ];

    /// <summary>The method with a key such as <c>rfnet</c>; capitals do not count.</summary>
    /// <exception cref="FormatException">There is no such method; the message lists them.</exception>
    public static SegmentationMethod Parse(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Find(key.Trim())
            ?? throw new FormatException(
                $"'{key}' is no method. Expected one of {string.Join(", ", All.Select(method => method.Name.Key))}.");
    }

    /// <summary>The methods whose networks are also graphs of ONNX, in words.</summary>
    internal static string WithGraphs
    {
        get
        {
            string[] titles = [.. All.Where(method => method.HasGraphs).Select(method => method.Name.Title)];
            return $"{string.Join(", ", titles[..^1])} or {titles[^1]}";
        }
    }

    /// <summary>The method that trains with options of this type.</summary>
    internal static SegmentationMethod Of(SegmentationTrainerOptions options) =>
        All.First(method => method.OptionsType == options.GetType());

    /// <summary>The method whose network this is.</summary>
    internal static SegmentationMethod Of(NetworkArchitecture architecture) =>
        All.First(method => method.ArchitectureType == architecture.GetType());

    /// <summary>The method with a key; null where there is none.</summary>
    internal static SegmentationMethod? Find(string key) =>
        All.FirstOrDefault(method => method.Name.Key.Equals(key, StringComparison.OrdinalIgnoreCase));
}
