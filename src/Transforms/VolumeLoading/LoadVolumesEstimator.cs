using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Smml.MLNet.Telemetry;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>Reads the files of a case into volume columns. Made by <c>mlContext.Transforms.LoadVolumes</c>.</summary>
/// <remarks>The text columns are those of <see cref="BraTSCase"/>; an empty path is a missing scan and becomes a null volume. A column that
/// the rows do not have counts as empty, but one with a scan must be there. A row is read when it is asked for, never ahead. A case that
/// cannot be used (docs/checks.md) fails with an <see cref="InvalidDataException"/>, a <see cref="VolumeFormatException"/> or a
/// <see cref="FileNotFoundException"/> that names the file; unusual properties of a readable one are in <see cref="Volume.Warnings"/>.
/// </remarks>
public sealed class LoadVolumesEstimator : StageEstimator
{
    internal const string Stage = "load-volumes";

    private readonly TransformsCatalog _catalog;
    private readonly LoadVolumesOptions _options;

    private LoadVolumesEstimator(TransformsCatalog catalog, LoadVolumesOptions options, StageDescription stage)
        : base(stage, stage.Build(catalog, new LoadCaseFactory())) => (_catalog, _options) = (catalog, options);

    internal static LoadVolumesEstimator Create(TransformsCatalog catalog, LoadVolumesOptions options)
    {
        options.Validate();
        return new(catalog, options, Live(options));
    }

    /// <summary>The stage as it is saved.</summary>
    /// <param name="options">Its options.</param>
    /// <param name="isPresent">Which of its columns the data have; null for all.</param>
    internal static StageDescription Describe(LoadVolumesOptions options, Func<string, bool>? isPresent = null)
    {
        StageColumn Text(string name, bool isRead, StageColumnPresence presence) =>
            new(StageColumns.In + name, isRead && isPresent?.Invoke(name) != false ? name : null, TextDataViewType.Instance)
            {
                Presence = presence,
            };
        bool label = options.Columns.Label is not null;
        return new()
        {
            Header = StageHeader.Create(Stage, options),
            Inputs =
            [
                Text(nameof(BraTSCase.FlairPath), true, StageColumnPresence.OneOfSeveral),
                Text(nameof(BraTSCase.T1cePath), true, StageColumnPresence.OneOfSeveral),
                Text(nameof(BraTSCase.T1Path), true, StageColumnPresence.OneOfSeveral),
                Text(nameof(BraTSCase.T2Path), true, StageColumnPresence.OneOfSeveral),
                Text(nameof(BraTSCase.LabelPath), label, StageColumnPresence.Optional),
                Text(nameof(BraTSCase.LabelConvention), label, StageColumnPresence.Optional),
            ],
            Outputs = options.Columns.Named(StageColumns.Out, withLabel: true),
        };
    }

    // The saved stage asks for the columns that the data had, so that it can be used on the same data again.
    private protected override ITransformer Fitted(EstimatorChain<ITransformer> chain, IDataView input)
    {
        StageDescription live = Live(_options),
            saved = Describe(_options, name => input.Schema.GetColumnOrNull(name) is not null);
        return new OptionalColumnsTransformer(
            live,
            chain.Fit(EmptyView.Of(live.Inputs)),
            saved.Build(_catalog, new LoadVolumesFactory()).Fit(EmptyView.Of(saved.Inputs)));
    }

    private protected override SchemaShape Promised(EstimatorChain<ITransformer> chain, SchemaShape input) =>
        OptionalColumnsTransformer.Promised(Live(_options), chain, input);

    // Also reads why a case cannot be used. A saved stage does not, because ML.NET would then refuse rows without that column.
    private static StageDescription Live(LoadVolumesOptions options)
    {
        StageDescription saved = Describe(options);
        return new()
        {
            Header = saved.Header,
            Inputs =
            [
                .. saved.Inputs,
                new(StageColumns.In + nameof(BraTSCase.Problem), nameof(BraTSCase.Problem), TextDataViewType.Instance)
                {
                    Presence = StageColumnPresence.Optional,
                },
            ],
            Outputs = saved.Outputs,
            Version = 2,
        };
    }
}

/// <summary>What the stage reads: the paths of a <see cref="BraTSCase"/>.</summary>
internal class LoadVolumesInput
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

/// <summary>What the fitted stage reads: also why a case cannot be used.</summary>
internal sealed class LoadCaseInput : LoadVolumesInput
{
    [ColumnName(StageColumns.In + nameof(Problem))]
    public string Problem { get; set; } = "";
}

[CustomMappingFactoryAttribute("smml." + LoadVolumesEstimator.Stage + "/1")]
internal sealed class LoadVolumesFactory : CustomMappingFactory<LoadVolumesInput, VolumeStageOutput>
{
    public override Action<LoadVolumesInput, VolumeStageOutput> GetMapping() => static (input, output) => Load(input, "", output);

    /// <summary>Reads a case.</summary>
    /// <param name="input">Its files.</param>
    /// <param name="problem">Why it cannot be used; empty if it can.</param>
    /// <param name="output">Receives the volumes.</param>
    public static void Load(LoadVolumesInput input, string problem, VolumeStageOutput output)
    {
        using Instruments.StageWatch watch = Instruments.Stage(CaseStage.Read);
        LoadVolumesOptions options = StageHeader.Parse(input.Header).Read<LoadVolumesOptions>(LoadVolumesEstimator.Stage);
        BraTSCase files = new()
        {
            FlairPath = input.FlairPath,
            T1cePath = input.T1cePath,
            T1Path = input.T1Path,
            T2Path = input.T2Path,
            LabelPath = input.LabelPath,
            LabelConvention = input.LabelConvention,
            Problem = problem,
        };
        output.Set(CaseReader.Read(
            files, options.RootDirectory, options.Orientation, options.LabelConvention, options.OrientationSource));
    }
}

/// <summary>The mapping of the fitted stage, which is not saved; see <see cref="LoadVolumesEstimator"/>.</summary>
internal sealed class LoadCaseFactory : CustomMappingFactory<LoadCaseInput, VolumeStageOutput>
{
    public override Action<LoadCaseInput, VolumeStageOutput> GetMapping() =>
        static (input, output) => LoadVolumesFactory.Load(input, input.Problem, output);
}
