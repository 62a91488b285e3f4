namespace Smml.MLNet.Tests;

/// <summary>Loss values by their labels.</summary>
internal static class LossValues
{
    public static double Of(this IEnumerable<LossValue> losses, string label) => losses.Single(loss => loss.Label == label).Value;

    public static IReadOnlyDictionary<string, double> ByLabel(this IEnumerable<LossValue> losses) =>
        losses.ToDictionary(loss => loss.Label, loss => loss.Value);
}
