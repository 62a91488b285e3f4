using System.Globalization;
using Smml.MLNet.Networks;

namespace Smml.MLNet.Methods.UNetMfi;

/// <summary>U-Net-MFI in files of the released code: one dictionary, with three relations per exchange that nothing calls.</summary>
internal sealed class UNetMfiWeights : WeightLayout
{
    private const string Used = ".Relation1.";

    public override WeightSizes Sizes(IReadOnlyList<WeightShapes> parts, WeightChoices choices)
    {
        UNetMfiArchitecture architecture = new() { BaseChannels = parts[0].Size("init_conv_1.weight", 0) };
        return new(
            choices.Patch is { } patch ? architecture with { Patch = patch } : architecture,
            parts[0].Size("cat_out_conv.0.weight", 0) + 1,
            "The released code clips each scan to its percentiles 0.2 and 99.8 before the z-score (IntensityScaling.ClippedZScore), and "
            + "does not crop.");
    }

    public override bool IsUnused(string name) => name.StartsWith("diff", StringComparison.Ordinal)
        && name.Contains(".Relation", StringComparison.Ordinal)
        && !name.Contains(Used, StringComparison.Ordinal);

    public override bool IsEncoder(string name) => name.StartsWith("init_conv_", StringComparison.Ordinal)
        || name.StartsWith("en", StringComparison.Ordinal)
        || name.StartsWith("ed", StringComparison.Ordinal);

    public override IEnumerable<(string Name, long[] Shape)> Unused(
        NetworkArchitecture architecture, IReadOnlyDictionary<string, long[]> shapes) =>
        from pair in shapes
        where pair.Key.Contains(Used, StringComparison.Ordinal)
        from number in Enumerable.Range(2, ModalitySet.ModalityCount - 1)
        select (
            pair.Key.Replace(Used, string.Create(CultureInfo.InvariantCulture, $".Relation{number}."), StringComparison.Ordinal),
            pair.Value);
}
