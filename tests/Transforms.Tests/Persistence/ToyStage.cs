using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Smml.MLNet.Tests;

internal sealed class ToyOptions
{
    public float Scale { get; init; }

    public required string WeightsSha256 { get; init; }
}

internal sealed class ToyInput
{
    [ColumnName(StageColumns.Header)]
    public ReadOnlyMemory<char> Header { get; set; }

    [ColumnName(StageColumns.Blob)]
    [VectorType]
    public VBuffer<float> Blob { get; set; }

    [ColumnName(StageColumns.In + "volume")]
    public Volume? Volume { get; set; }
}

internal sealed class ToyOutput
{
    [ColumnName(StageColumns.Out + "volume")]
    public Volume? Volume { get; set; }
}

/// <summary>A stage with weights: each voxel times the scale plus the sum of the weights. The process keeps the
/// sum, as a real one keeps its networks.</summary>
[CustomMappingFactoryAttribute("smml.toy/1")]
internal sealed class ToyFactory : CustomMappingFactory<ToyInput, ToyOutput>
{
    public const string Stage = "toy";

    public static Dictionary<string, int> Resident { get; } = [];

    public static List<int> BlobLengths { get; } = [];

    public override Action<ToyInput, ToyOutput> GetMapping() => Map;

    private static void Map(ToyInput input, ToyOutput output)
    {
        ToyOptions options = StageHeader.Parse(input.Header).Read<ToyOptions>(Stage);
        BlobLengths.Add(input.Blob.GetValues().Length);
        if (!Resident.TryGetValue(options.WeightsSha256, out int sum))
            Resident[options.WeightsSha256] = sum = (int)input.Blob.DenseValues().Sum();
        output.Volume = input.Volume is null
            ? null
            : new(input.Volume.Grid, [.. input.Volume.Voxels.ToArray().Select(voxel => (voxel * options.Scale) + sum)]);
    }
}

[CustomMappingFactoryAttribute("smml.toy.gate/2")]
internal sealed class ToyGate : CustomMappingFactory<StageGateInput, StageGap>
{
    public override Action<StageGateInput, StageGap> GetMapping() => Map;

    private static void Map(StageGateInput input, StageGap output) =>
        output.Gap = StageGap.Of(
            !ToyFactory.Resident.ContainsKey(StageHeader.Parse(input.Header).Read<ToyOptions>(ToyFactory.Stage).WeightsSha256));
}

/// <summary>How an estimator with weights is put together; the trainer does the same.</summary>
internal static class Toy
{
    public static ToyTransformer Fit(MLContext ml, IDataView input, float[] weights, float scale, int partSize)
    {
        StageHeader header = StageHeader.Create(ToyFactory.Stage, new ToyOptions
        {
            Scale = scale,
            WeightsSha256 = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(weights.AsSpan()))),
        });
        StageDescription Describe(StageWeights carried) => new()
        {
            Header = header,
            Inputs = [new(StageColumns.In + "volume", "Flair", VolumeDataViewType.Instance)],
            Outputs = [new(StageColumns.Out + "volume", "Scaled", VolumeDataViewType.Instance)],
            Weights = carried,
        };

        ToyFactory.Resident[header.Read<ToyOptions>(ToyFactory.Stage).WeightsSha256] = (int)weights.Sum();
        ITransformer live = Describe(StageWeights.Resident).Build(ml.Transforms, new ToyFactory()).Fit(input);
        return new(
            live,
            () => Describe(StageWeights.Saved(Split(weights, partSize), new ToyGate())).Build(ml.Transforms, new ToyFactory()).Fit(input));
    }
    // In parts of a multiple of the granule, the last one filled up with zeros.
    private static IEnumerable<float[]> Split(float[] weights, int partSize)
    {
        foreach (float[] part in weights.Chunk(partSize))
        {
            float[] padded = new float[(part.Length + StageWeights.Granule - 1) / StageWeights.Granule * StageWeights.Granule];
            part.CopyTo(padded, 0);
            yield return padded;
        }
    }
}

/// <summary>The fitted stage: alive, its weights are resident; saved, they travel in the zip.</summary>
internal sealed class ToyTransformer(ITransformer live, Func<ITransformer> makeSaved) : IStageTransformer
{
    public ITransformer SavedChain => makeSaved();

    public bool IsRowToRowMapper => live.IsRowToRowMapper;

    public IDataView Transform(IDataView input) => live.Transform(input);

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => live.GetOutputSchema(inputSchema);

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => live.GetRowToRowMapper(inputSchema);

    void ICanSaveModel.Save(ModelSaveContext ctx) => SavedChain.Save(ctx);
}
