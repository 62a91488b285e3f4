using Smml.MLNet.Inference;
using Smml.MLNet.VolumeStages;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests;

/// <summary>An engine that is given its four scans one by one; null where missing.</summary>
internal static class EngineScans
{
    public static VolumeSet Set(params Volume?[] scans) => new(scans, null, "The test");

    public static Volume Segment(this SegmentationEngine engine, Volume?[] scans) => engine.Segment(Set(scans));

    public static Volume[] Segment(
        this SegmentationEngine engine,
        Volume?[] scans,
        IReadOnlyList<ModalitySet> subsets,
        SlidingWindowOptions? windows = null,
        CancellationToken cancellation = default) => engine.Segment(Set(scans), subsets, windows, cancellation);

    public static UncertainSegmentation SegmentWithUncertainty(this SegmentationEngine engine, Volume?[] scans) =>
        engine.SegmentWithUncertainty(Set(scans));

    public static Tensor[] Logits(
        this TorchEngine engine, Volume?[] scans, IReadOnlyList<ModalitySet> subsets, SlidingWindowOptions? windows = null) =>
        engine.Logits(Set(scans), subsets, windows);
}
