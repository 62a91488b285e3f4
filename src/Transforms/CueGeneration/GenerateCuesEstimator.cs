using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>Adds semantic cues to training rows. Made by <c>mlContext.Transforms.GenerateCues</c>; append it with
/// <see cref="TransformerScope.TrainTest"/>.</summary>
/// <remarks>Cues are for training only: a saved model carries nothing of this stage, so that scoring needs neither the provider nor its
/// files.</remarks>
public sealed class GenerateCuesEstimator : IEstimator<CueTransformer>
{
    internal const string Stage = "generate-cues";
    internal const string OutputColumn = StageColumns.Out + "cues";

    private readonly TransformsCatalog _catalog;
    private readonly Func<ICueProvider> _open;
    private readonly bool _owns;
    private readonly GenerateCuesOptions _options;

    /// <summary>Makes the estimator.</summary>
    /// <param name="catalog">Makes the parts of the stage.</param>
    /// <param name="open">Gives the provider when the estimator is fitted.</param>
    /// <param name="owns">Whether the transformer disposes the provider.</param>
    /// <param name="options">Columns.</param>
    internal GenerateCuesEstimator(TransformsCatalog catalog, Func<ICueProvider> open, bool owns, GenerateCuesOptions options)
    {
        options.Validate();
        (_catalog, _open, _owns, _options) = (catalog, open, owns, options);
    }

    /// <summary>Opens the provider; no row is read.</summary>
    /// <exception cref="ArgumentException">A column is missing or has another type; the message names it.</exception>
    /// <exception cref="CheckpointFormatException">The provider's files cannot be used.</exception>
    public CueTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        StageInputs.Check(Describe(), input);
        ICueProvider provider = _open();
        try
        {
            return new(Chain(provider).Fit(input), _owns ? provider as IDisposable : null);
        }
        catch
        {
            if (_owns)
                (provider as IDisposable)?.Dispose();
            throw;
        }
    }

    /// <summary>The columns after this stage.</summary>
    /// <exception cref="ArgumentException">A column is missing or has another type; the message names it.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        StageInputs.Check(Describe(), inputSchema);
        return Chain(provider: null).GetOutputSchema(inputSchema);
    }

    private EstimatorChain<ITransformer> Chain(ICueProvider? provider) =>
        Describe().Build(_catalog, new GenerateCuesFactory(provider, _options.CancellationToken));

    private StageDescription Describe() => new()
    {
        Header = StageHeader.Create(Stage, _options.CueColumnName),
        Inputs =
        [
            .. _options.Columns.Named(StageColumns.In, withLabel: true),
            new(StageColumns.In + nameof(GenerateCuesInput.Prediction), _options.PredictionColumnName, VolumeDataViewType.Instance),
            new(StageColumns.In + nameof(GenerateCuesInput.CaseId), _options.CaseIdColumnName, TextDataViewType.Instance),
        ],
        Outputs = [new(OutputColumn, _options.CueColumnName, SemanticCuesDataViewType.Instance)],
    };
}

/// <summary>What the mapping reads.</summary>
internal sealed class GenerateCuesInput : VolumeStageInput
{
    [ColumnName(StageColumns.In + nameof(Prediction))]
    public Volume? Prediction { get; set; }

    [ColumnName(StageColumns.In + nameof(CaseId))]
    public string CaseId { get; set; } = "";
}

/// <summary>What the mapping writes.</summary>
internal sealed class GenerateCuesOutput
{
    [ColumnName(GenerateCuesEstimator.OutputColumn)]
    public SemanticCues? Cues { get; set; }
}

/// <summary>The mapping; it is never saved, so the contract is that of its name only.</summary>
[CustomMappingFactoryAttribute("smml." + GenerateCuesEstimator.Stage + "/1")]
internal sealed class GenerateCuesFactory(ICueProvider? provider, CancellationToken cancellation)
    : CustomMappingFactory<GenerateCuesInput, GenerateCuesOutput>
{
    /// <summary>For ML.NET, which looks for a constructor without parameters.</summary>
    public GenerateCuesFactory()
        : this(null, default)
    {
    }

    public override Action<GenerateCuesInput, GenerateCuesOutput> GetMapping() => Map;

    private void Map(GenerateCuesInput input, GenerateCuesOutput output)
    {
        cancellation.ThrowIfCancellationRequested();
        string file = Path.GetFileName(input.Label?.Source ?? "");
        string name = input.CaseId.Length > 0 ? input.CaseId : file.Length > 0 ? file : "a row";
        Volume label = input.Label ?? throw new InvalidDataException($"{name}: the row has no label, expected one: "
            + "cues are made for training. Leave the row out, or append GenerateCues with TransformerScope.TrainTest, so that scoring "
            + "skips it.");
        LabelConvention convention = label.LabelConvention
            ?? throw new InvalidDataException($"{name}: it is not known what the label values mean. Fill the column LabelConvention of the "
                + "data.");
        output.Cues = provider!.Generate(new(name, input.ToScans(), label, convention, input.Prediction), cancellation);
    }
}
