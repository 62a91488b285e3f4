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

/// <summary>Nothing is kept between rows.</summary>
internal sealed class StageSeedState
{
}

/// <summary>The mapping that makes a <see cref="StageSeed"/>; ML.NET finds it again by its contract and its assembly.</summary>
/// <remarks>It is a stateful mapping because ML.NET opens one cursor below those, where it would else open several and run rows ahead of
/// the ones that are asked for. It must not read a column: a stateful mapping fails when a column that it reads is not asked for.</remarks>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class StageSeedFactory : StatefulCustomMappingFactory<StageSeedInput, StageSeed, StageSeedState>
{
    public const string Contract = "smml.seed/1";

    public override Action<StageSeedInput, StageSeed, StageSeedState> GetMapping() => Map;

    public override Action<StageSeedState> GetStateInitAction() => Start;

    private static void Start(StageSeedState state)
    {
    }

    private static void Map(StageSeedInput input, StageSeed output, StageSeedState state)
    {
        output.One = 1;
        output.NoVolume = null;
        output.NoText = "";
        output.NoBytes = default;
    }
}
