using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Smml.MLNet;

/// <summary>No input: the first mapping of a stage needs none.</summary>
internal sealed class StageSeedInput
{
}

/// <summary>The constants with which every stage begins.</summary>
internal sealed class StageSeed
{
    [ColumnName(StageColumns.One)]
    public uint One { get; set; }

    [ColumnName(StageColumns.NoVolume)]
    public Volume? NoVolume { get; set; }

    [ColumnName(StageColumns.NoText)]
    public string NoText { get; set; } = "";

    [ColumnName(StageColumns.NoBytes)]
    [VectorType]
    public VBuffer<byte> NoBytes { get; set; }
}

/// <summary>The mapping that makes a <see cref="StageSeed"/>; ML.NET finds it again by its contract and its assembly.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class StageSeedFactory : CustomMappingFactory<StageSeedInput, StageSeed>
{
    public const string Contract = "smml.seed/1";

    public override Action<StageSeedInput, StageSeed> GetMapping() => Map;

    private static void Map(StageSeedInput input, StageSeed output)
    {
        output.One = 1;
        output.NoVolume = null;
        output.NoText = "";
        output.NoBytes = default;
    }
}
