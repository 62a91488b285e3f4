using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Smml.MLNet.Inference;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet.Persistence;

/// <summary>The scoring stage: four volume columns in, one segmentation column out, weights inside the zip.</summary>
internal static class SegmentStage
{
    public const string Name = "segment";

    /// <summary>The version that models name as their maker.</summary>
    public static string LibraryVersion { get; } =
        typeof(SegmentStage).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? "unknown";

    /// <summary>Describes the stage to the persistence layer.</summary>
    public static StageDescription Describe(StageHeader header, StageWeights weights, VolumeColumns columns, string outputColumn) => new()
    {
        Header = header,
        Version = 2,
        Weights = weights,
        Inputs = [.. columns.Named(StageColumns.In, withLabel: false).Take(ModalitySet.ModalityCount)],
        Outputs = [new(SegmentOutput.Column, outputColumn, VolumeDataViewType.Instance)],
    };

    /// <summary>The chain that transforms rows in the process that trained: the engine is at hand, nothing is copied.</summary>
    public static EstimatorChain<ITransformer> Live(TransformsCatalog catalog, SegmentationEngine engine, StageHeader header) =>
        Describe(header, StageWeights.Resident, engine.Info.Columns, engine.Info.OutputColumnName)
            .Build(catalog, new SegmentFactory(engine));

    /// <summary>The chain that is saved.</summary>
    public static EstimatorChain<ITransformer> Saved(
        TransformsCatalog catalog, SegmentationModelInfo info, StageHeader header, IEnumerable<float[]> weights) =>
        Describe(header, StageWeights.Saved(weights, new GateFactory()), info.Columns, info.OutputColumnName)
            .Build(catalog, new SegmentFactory());
}

/// <summary>What the scoring mapping reads.</summary>
internal sealed class SegmentInput : ScanStageInput
{
    [ColumnName(StageColumns.Blob)]
    [VectorType]
    public VBuffer<float> Weights { get; set; }
}

/// <summary>What the scoring mapping writes.</summary>
internal sealed class SegmentOutput
{
    public const string Column = StageColumns.Out + "segmentation";

    [ColumnName(Column)]
    public Volume? Segmentation { get; set; }
}

/// <summary>The scoring mapping; ML.NET finds it again by its contract and its assembly.</summary>
/// <param name="engine">The engine of the process that trained; null where ML.NET loads a model, whose
/// engine is then made of the zip's weights.</param>
[CustomMappingFactoryAttribute("smml." + SegmentStage.Name + "/2")]
internal sealed class SegmentFactory(SegmentationEngine? engine) : CustomMappingFactory<SegmentInput, SegmentOutput>
{
    /// <summary>Used by ML.NET when a model is loaded.</summary>
    public SegmentFactory()
        : this(null)
    {
    }

    public override Action<SegmentInput, SegmentOutput> GetMapping() => Map;

    private void Map(SegmentInput input, SegmentOutput output)
    {
        SegmentationEngine used = engine ?? ModelReader.Resolve(input.Header, () => Numbers(input.Weights));
        output.Segmentation = used.Segment(input.ToScanSet(SegmentStage.Name));
    }

    // ML.NET may hold numbers that are mostly 0 as a sparse vector.
    private static ReadOnlySpan<float> Numbers(VBuffer<float> weights) =>
        weights.IsDense ? weights.GetValues() : weights.DenseValues().ToArray();
}

/// <summary>Says whether a row must carry the weights: only until this process has built the model's engine.</summary>
[CustomMappingFactoryAttribute("smml." + SegmentStage.Name + ".gate/2")]
internal sealed class GateFactory : CustomMappingFactory<StageGateInput, StageGap>
{
    public override Action<StageGateInput, StageGap> GetMapping() => Map;

    private static void Map(StageGateInput input, StageGap output) =>
        output.Gap = StageGap.Of(isNeeded: EngineCache.Find(ModelReader.Key(input.Header.Span)) is null);
}
