using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Smml.MLNet.Inference;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet.Persistence;

/// <summary>What the scoring mapping of the first format reads.</summary>
internal sealed class LegacySegmentInput : ScanStageInput
{
    [ColumnName(StageColumns.Blob)]
    [VectorType]
    public VBuffer<byte> Weights { get; set; }
}

/// <summary>The scoring mapping of models that were saved in the first format, whose weights are bytes.</summary>
[CustomMappingFactoryAttribute("smml." + SegmentStage.Name + "/1")]
internal sealed class LegacySegmentFactory : CustomMappingFactory<LegacySegmentInput, SegmentOutput>
{
    public override Action<LegacySegmentInput, SegmentOutput> GetMapping() => Map;

    private static void Map(LegacySegmentInput input, SegmentOutput output) =>
        output.Segmentation = ModelReader
            .Resolve(input.Header, () => LegacyWeights.ToNumbers(input.Weights))
            .Segment(input.ToScanSet(SegmentStage.Name));
}

/// <summary>The gate of models that were saved in the first format.</summary>
[CustomMappingFactoryAttribute("smml." + SegmentStage.Name + ".gate/1")]
internal sealed class LegacyGateFactory : CustomMappingFactory<StageGateInput, LegacyGateOutput>
{
    public override Action<StageGateInput, LegacyGateOutput> GetMapping() => Map;

    private static void Map(StageGateInput input, LegacyGateOutput output) =>
        output.Need = EngineCache.Find(ModelReader.Key(input.Header.Span)) is null ? 1u : 0u;
}
