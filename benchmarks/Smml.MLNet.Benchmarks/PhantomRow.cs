using Smml.MLNet.Phantom;

namespace Smml.MLNet.Benchmarks;

/// <summary>A phantom as a row of a data view.</summary>
/// <param name="phantom">Four modalities and a label.</param>
internal sealed class PhantomRow(PhantomCase phantom)
{
    public Volume? Flair { get; set; } = phantom[Modality.Flair];

    public Volume? T1ce { get; set; } = phantom[Modality.T1ce];

    public Volume? T1 { get; set; } = phantom[Modality.T1];

    public Volume? T2 { get; set; } = phantom[Modality.T2];

    public Volume? Label { get; set; } = phantom.Label;
}

/// <summary>A scored row.</summary>
internal sealed class ScoredRow
{
    public Volume? Segmentation { get; set; }
}
