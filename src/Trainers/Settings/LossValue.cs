using System.Globalization;

namespace Smml.MLNet;

/// <summary>What a loss term is for.</summary>
public enum LossRole
{
    /// <summary>A part of the objective.</summary>
    Part,

    /// <summary>The segmentation loss of the fused prediction, which means the same in every epoch: without validation cases it decides
    /// which epoch is the best.</summary>
    Segmentation,

    /// <summary>What a network minimises: the weighted sum of its parts.</summary>
    Total,
}

/// <summary>The mean of a loss term over an epoch, unweighted.</summary>
/// <param name="Name">The term, for example <c>segmentation</c>; the same for all networks.</param>
/// <param name="Network">The network, counted from 1; null where the method has one.</param>
/// <param name="Role">What the term is for.</param>
/// <param name="Value">The mean.</param>
public sealed record LossValue(string Name, int? Network, LossRole Role, double Value)
{
    /// <summary>Name and network, for example <c>segmentation 1</c>: unique in an epoch.</summary>
    public string Label => LabelOf(Name, Network);

    internal static string LabelOf(string name, int? network) =>
        network is { } number ? string.Create(CultureInfo.InvariantCulture, $"{name} {number}") : name;
}
