using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Smml.MLNet.Telemetry;

namespace Smml.MLNet.VolumeStages;

/// <summary>What a stage over scans reads; a mapping's columns may be inherited.</summary>
internal abstract class ScanStageInput
{
    [ColumnName(StageColumns.Header)]
    public ReadOnlyMemory<char> Header { get; set; }

    [ColumnName(StageColumns.In + nameof(Flair))]
    public Volume? Flair { get; set; }

    [ColumnName(StageColumns.In + nameof(T1ce))]
    public Volume? T1ce { get; set; }

    [ColumnName(StageColumns.In + nameof(T1))]
    public Volume? T1 { get; set; }

    [ColumnName(StageColumns.In + nameof(T2))]
    public Volume? T2 { get; set; }

    /// <summary>The scans in the order of <see cref="Modality"/>; null where missing.</summary>
    public Volume?[] ToScans() => [Flair, T1ce, T1, T2];

    /// <summary>The scans without a label, checked.</summary>
    /// <exception cref="InvalidDataException">There is no scan, or they are not on one grid.</exception>
    public VolumeSet ToScanSet(string stage) => new(ToScans(), null, $"The stage '{stage}'");
}

/// <summary>What a stage over scans and label reads.</summary>
internal class VolumeStageInput : ScanStageInput
{
    [ColumnName(StageColumns.In + nameof(Label))]
    public Volume? Label { get; set; }

    /// <summary>The volumes on one grid.</summary>
    /// <param name="stage">The stage that asks, for messages.</param>
    /// <exception cref="InvalidDataException">There is no scan, or two volumes differ in shape or offset.</exception>
    public VolumeSet ToSet(string stage) => new(ToScans(), Label, $"The stage '{stage}'");
}

/// <summary>What a stage over volumes writes.</summary>
internal sealed class VolumeStageOutput
{
    [ColumnName(StageColumns.Out + nameof(Flair))]
    public Volume? Flair { get; set; }

    [ColumnName(StageColumns.Out + nameof(T1ce))]
    public Volume? T1ce { get; set; }

    [ColumnName(StageColumns.Out + nameof(T1))]
    public Volume? T1 { get; set; }

    [ColumnName(StageColumns.Out + nameof(T2))]
    public Volume? T2 { get; set; }

    [ColumnName(StageColumns.Out + nameof(Label))]
    public Volume? Label { get; set; }

    /// <summary>Writes the volumes of a row.</summary>
    /// <param name="scans">The four scans in the order of <see cref="Modality"/>; null where missing.</param>
    /// <param name="label">The label; null where there is none.</param>
    public void Set(IReadOnlyList<Volume?> scans, Volume? label)
    {
        Flair = scans[(int)Modality.Flair];
        T1ce = scans[(int)Modality.T1ce];
        T1 = scans[(int)Modality.T1];
        T2 = scans[(int)Modality.T2];
        Label = label;
    }

    /// <summary>Writes the volumes of a row.</summary>
    public void Set(VolumeSet volumes) => Set([.. ModalitySet.All.Select(modality => volumes[modality])], volumes.Label);
}

/// <summary>The mapping of a stage that turns the volumes of a row into other volumes.</summary>
/// <param name="stage">The stage's name.</param>
/// <param name="apply">The stage itself, free of ML.NET.</param>
internal abstract class VolumeStageFactory<TOptions>(string stage, Func<VolumeSet, TOptions, VolumeSet> apply)
    : CustomMappingFactory<VolumeStageInput, VolumeStageOutput>
{
    public override Action<VolumeStageInput, VolumeStageOutput> GetMapping() => Map;

    private void Map(VolumeStageInput input, VolumeStageOutput output)
    {
        using Instruments.StageWatch watch = Instruments.Stage(CaseStage.Prepare);
        TOptions options = StageHeader.Parse(input.Header).Read<TOptions>(stage);
        output.Set(apply(input.ToSet(stage), options));
    }
}
