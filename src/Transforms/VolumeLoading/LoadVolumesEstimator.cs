using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>Reads the files of a case into volume columns. Made by <c>mlContext.Transforms.LoadVolumes</c>.</summary>
/// <remarks>The text columns are those of <see cref="BraTSCase"/>; an empty path is a missing scan and becomes a null volume. A row is read
/// when it is asked for, never ahead. A case that cannot be used (docs/checks.md) fails with an <see cref="InvalidDataException"/>, a
/// <see cref="VolumeFormatException"/> or a <see cref="FileNotFoundException"/> that names the file; unusual properties of a readable one
/// are in <see cref="Volume.Warnings"/>.</remarks>
public sealed class LoadVolumesEstimator : StageEstimator
{
    internal const string Stage = "load-volumes";

    private LoadVolumesEstimator(TransformsCatalog catalog, StageDescription stage)
        : base(stage, stage.Build(catalog, new LoadVolumesFactory()))
    {
    }

    internal static LoadVolumesEstimator Create(TransformsCatalog catalog, LoadVolumesOptions options)
    {
        options.Validate();
        static StageColumn Text(string name, bool present = true) =>
            new(StageColumns.In + name, present ? name : null, TextDataViewType.Instance);
        bool label = options.Columns.Label is not null;
        return new(catalog, new()
        {
            Header = StageHeader.Create(Stage, options),
            Inputs =
            [
                Text(nameof(BraTSCase.FlairPath)),
                Text(nameof(BraTSCase.T1cePath)),
                Text(nameof(BraTSCase.T1Path)),
                Text(nameof(BraTSCase.T2Path)),
                Text(nameof(BraTSCase.LabelPath), label),
                Text(nameof(BraTSCase.LabelConvention), label),
            ],
            Outputs = options.Columns.Named(StageColumns.Out, withLabel: true),
        });
    }
}

/// <summary>What the stage reads: the paths of a <see cref="BraTSCase"/>.</summary>
internal sealed class LoadVolumesInput
{
    [ColumnName(StageColumns.Header)]
    public ReadOnlyMemory<char> Header { get; set; }

    /// <summary>Always null; a stage must read a volume column, see <see cref="StageDescription"/>.</summary>
    [ColumnName(StageColumns.NoVolume)]
    public Volume? NoVolume { get; set; }

    [ColumnName(StageColumns.In + nameof(FlairPath))]
    public string FlairPath { get; set; } = "";

    [ColumnName(StageColumns.In + nameof(T1cePath))]
    public string T1cePath { get; set; } = "";

    [ColumnName(StageColumns.In + nameof(T1Path))]
    public string T1Path { get; set; } = "";

    [ColumnName(StageColumns.In + nameof(T2Path))]
    public string T2Path { get; set; } = "";

    [ColumnName(StageColumns.In + nameof(LabelPath))]
    public string LabelPath { get; set; } = "";

    [ColumnName(StageColumns.In + nameof(LabelConvention))]
    public string LabelConvention { get; set; } = "";
}

[CustomMappingFactoryAttribute("smml." + LoadVolumesEstimator.Stage + "/1")]
internal sealed class LoadVolumesFactory : CustomMappingFactory<LoadVolumesInput, VolumeStageOutput>
{
    public override Action<LoadVolumesInput, VolumeStageOutput> GetMapping() => Map;

    private static void Map(LoadVolumesInput input, VolumeStageOutput output)
    {
        LoadVolumesOptions options = StageHeader.Parse(input.Header).Read<LoadVolumesOptions>(LoadVolumesEstimator.Stage);
        BraTSCase files = new()
        {
            FlairPath = input.FlairPath,
            T1cePath = input.T1cePath,
            T1Path = input.T1Path,
            T2Path = input.T2Path,
            LabelPath = input.LabelPath,
            LabelConvention = input.LabelConvention,
        };
        output.Set(CaseReader.Read(
            files, options.RootDirectory, options.Orientation, options.LabelConvention, options.OrientationSource));
    }
}
