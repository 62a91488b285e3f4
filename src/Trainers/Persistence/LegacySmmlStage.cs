using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Smml.MLNet.Inference;

namespace Smml.MLNet.Persistence;

/// <summary>What the scoring mapping of the first format reads.</summary>
internal sealed class LegacySegmentInput
{
    [ColumnName(StageColumns.Header)]
    public ReadOnlyMemory<char> Header { get; set; }

    [ColumnName(StageColumns.Blob)]
    [VectorType]
    public VBuffer<byte> Weights { get; set; }

    [ColumnName(StageColumns.In + nameof(Flair))]
    public Volume? Flair { get; set; }

    [ColumnName(StageColumns.In + nameof(T1ce))]
    public Volume? T1ce { get; set; }

    [ColumnName(StageColumns.In + nameof(T1))]
    public Volume? T1 { get; set; }

    [ColumnName(StageColumns.In + nameof(T2))]
    public Volume? T2 { get; set; }
}

/// <summary>The scoring mapping of models that were saved in the first format, whose weights are bytes.</summary>
[CustomMappingFactoryAttribute("smml." + SmmlStage.Name + "/1")]
internal sealed class LegacySegmentFactory : CustomMappingFactory<LegacySegmentInput, SegmentOutput>
{
    public override Action<LegacySegmentInput, SegmentOutput> GetMapping() => Map;

    private static void Map(LegacySegmentInput input, SegmentOutput output) =>
        output.Segmentation = SmmlModelReader.Resolve(input.Header, () => LegacyWeights.ToNumbers(input.Weights)).Segment([input.Flair, input.T1ce, input.T1, input.T2]);
}

/// <summary>The gate of models that were saved in the first format.</summary>
[CustomMappingFactoryAttribute("smml." + SmmlStage.Name + ".gate/1")]
internal sealed class LegacyGateFactory : CustomMappingFactory<StageGateInput, LegacyGateOutput>
{
    public override Action<StageGateInput, LegacyGateOutput> GetMapping() => Map;

    private static void Map(StageGateInput input, LegacyGateOutput output) =>
        output.Need = EngineCache.Find(SmmlModelReader.Key(input.Header.Span)) is null ? 1u : 0u;
}
