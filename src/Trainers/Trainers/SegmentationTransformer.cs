using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Smml.MLNet.Html;
using Smml.MLNet.Inference;
using Smml.MLNet.Persistence;

namespace Smml.MLNet;

/// <summary>A trained model: adds a column with the segmentation of each row.</summary>
/// <remarks>
/// <para>Rows are scored one at a time as they are asked for. A null volume is a missing scan; its encoders do not run.</para>
/// <para>Save it with <c>mlContext.Model.Save</c>; <c>mlContext.Model.Load</c> reads it in any process that references this package.</para>
/// </remarks>
[TypeFormatterSource(typeof(ModelFormatterSource), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed class SegmentationTransformer : IStageTransformer, IFittedModel, IDisposable
{
    private readonly MLContext _context;
    private readonly TorchEngine _engine;
    private readonly StageHeader _header;
    private readonly ITransformer _live;

    internal SegmentationTransformer(MLContext context, IDataView input, TorchEngine engine, TrainingResult training)
    {
        _context = context;
        _engine = engine;
        Training = training;
        _header = StageHeader.Create(SegmentStage.Name, engine.Info);
        _live = SegmentStage.Live(context.Transforms, engine, _header).Fit(input);
    }

    /// <summary>What the model is.</summary>
    public SegmentationModelInfo Info => _engine.Info;

    /// <summary>How training ended: whether all epochs were done, and which weights these are.</summary>
    public TrainingResult Training { get; }

    /// <summary>The epochs of the training, for example for
    /// <see cref="Pictures.TrainingCurve"/>. They are not saved with the model.</summary>
    public IReadOnlyList<TrainingEpoch> History { get; internal init; } = [];

    /// <summary>The networks.</summary>
    internal TorchEngine Engine => _engine;

    /// <inheritdoc/>
    TorchEngine IFittedModel.Engine => _engine;

    /// <inheritdoc/>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    ITransformer IStageTransformer.SavedChain => Saved();

    /// <inheritdoc/>
    public IDataView Transform(IDataView input) => _live.Transform(input);

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _live.GetOutputSchema(inputSchema);

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => _live.GetRowToRowMapper(inputSchema);

    /// <inheritdoc/>
    void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)Saved()).Save(ctx);

    /// <summary>What it is and how its training ended.</summary>
    public override string ToString()
    {
        string dice = Info.Validation is { } validation
            ? FormattableString.Invariant($", mean Dice of the validation cases {validation.MeanDice:0.000}")
            : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Info.Method.Title} model, {Info.Architecture.Name} architecture, {Info.WeightCount:#,0} weights, "
            + $"{Info.TrainingCases} training cases, {Training.EpochsDone} of {Info.Epochs} epochs{dice}");
    }

    /// <summary>Gives the networks' memory back; scoring afterwards throws <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose() => _engine.Dispose();

    // The weights go through ML.NET's compression here, so this happens only when a model is saved. Fitting needs the columns, not a row.
    private TransformerChain<ITransformer> Saved() => SegmentStage.Saved(_context.Transforms, Info, _header, _engine.WeightParts())
        .Fit(EmptyView.Of(Info.Columns.Named(StageColumns.In, withLabel: false)));
}
