using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Smml.MLNet;

/// <summary>What the gate of a stage with weights reads.</summary>
internal sealed class StageGateInput
{
    [ColumnName(StageColumns.Header)]
    public ReadOnlyMemory<char> Header { get; set; }
}

/// <summary>What the gate of a stage with weights answers.</summary>
internal sealed class StageGap
{
    /// <summary>Missing numbers (NaN) when this row must carry the weights; zeros that are not stored when the process already holds
    /// them.</summary>
    [ColumnName(StageColumns.Gap)]
    [VectorType(StageWeights.Granule)]
    public VBuffer<float> Gap { get; set; } = new(StageWeights.Granule, 0, null, null);

    /// <summary>The answer for a row.</summary>
    public static VBuffer<float> Of(bool isNeeded)
    {
        if (!isNeeded)
            return new(StageWeights.Granule, 0, null, null);
        float[] missing = new float[StageWeights.Granule];
        missing.AsSpan().Fill(float.NaN);
        return new(missing.Length, missing);
    }
}

/// <summary>How a stage carries its weights: none, already resident in the process, or inside the model zip.</summary>
/// <remarks>ML.NET writes the replacement values of its missing-value stage as they are, a number for each slot of a vector, and the zip
/// compresses them once. A value mapping, which carries any table, compresses its table again on saving and on loading: eight times
/// slower.</remarks>
internal sealed class StageWeights
{
    /// <summary>Weights are carried in multiples of so many numbers; the last ones are zero.</summary>
    public const int Granule = 1 << 16;

    /// <summary>The size of one part in numbers, a multiple of <see cref="Granule"/>: 32 MB. It bounds the memory that saving needs beside
    /// the weights.</summary>
    public const int DefaultPartSize = 128 * Granule;

    private readonly Func<TransformsCatalog, string, IEstimator<ITransformer>>? _gate;
    private readonly IEnumerable<float[]> _parts = [];

    private StageWeights(Func<TransformsCatalog, string, IEstimator<ITransformer>>? gate, IEnumerable<float[]> parts) =>
        (_gate, _parts) = (gate, parts);

    /// <summary>The stage has no weights and no <see cref="StageColumns.Blob"/> column.</summary>
    public static StageWeights None { get; } = new(null, []);

    /// <summary>The process holds the weights: the column <see cref="StageColumns.Blob"/> is empty and costs nothing.</summary>
    public static StageWeights Resident { get; } = new(null, []);

    /// <summary>The weights travel in the model zip and reach a row only when the gate asks for them.</summary>
    /// <param name="parts">The weights in parts of a multiple of <see cref="Granule"/> numbers; they are asked for one by one.</param>
    /// <param name="gate">Says whether a row needs the weights; it carries the contract that <see cref="GateContract"/> names.</param>
    public static StageWeights Saved(IEnumerable<float[]> parts, CustomMappingFactory<StageGateInput, StageGap> gate) =>
        new((catalog, stage) => catalog.CustomMapping(gate.GetMapping(), GateContract(stage)), parts);

    /// <summary>The contract name of a stage's gate.</summary>
    public static string GateContract(string stage) => $"smml.{stage}.gate/2";

    /// <summary>Appends what brings the weights into the column <see cref="StageColumns.Blob"/>.</summary>
    /// <param name="chain">The stage as far as its header.</param>
    /// <param name="catalog">Makes the transformers.</param>
    /// <param name="stage">The stage's name.</param>
    /// <param name="temporaries">Takes the names of the columns that the stage must drop.</param>
    public EstimatorChain<ITransformer> AppendTo(
        EstimatorChain<ITransformer> chain, TransformsCatalog catalog, string stage, List<string> temporaries)
    {
        if (ReferenceEquals(this, None))
            return chain;
        temporaries.Add(StageColumns.Blob);
        if (_gate is null)
            return chain.Append<ITransformer>(catalog.Conversion.ConvertType(StageColumns.Blob, StageColumns.NoBytes, DataKind.Single));

        temporaries.Add(StageColumns.Gap);
        chain = chain.Append(_gate(catalog, stage));
        List<string> names = [];
        foreach (float[] part in _parts)
        {
            string name = StageColumns.Chunk + names.Count.ToString(CultureInfo.InvariantCulture);
            string gap = string.Create(CultureInfo.InvariantCulture, $"{StageColumns.Gap}_{part.Length}"); // parts of one size share it
            if (!temporaries.Contains(gap))
            {
                chain = chain.Append<ITransformer>(
                    catalog.Concatenate(gap, [.. Enumerable.Repeat(StageColumns.Gap, part.Length / Granule)]));
                temporaries.Add(gap);
            }

            chain = chain.Append(new Filled(catalog, name, gap, part));
            names.Add(name);
            temporaries.Add(name);
        }

        return names.Count > 0
            ? chain.Append<ITransformer>(catalog.Concatenate(StageColumns.Blob, [.. names]))
            : throw new InvalidOperationException("There are no weights to save.");
    }

    /// <summary>ML.NET's missing-value stage with the weights as its replacement values, the smallest value of each slot of a table of one
    /// row.</summary>
    private sealed class Filled : IEstimator<ITransformer>
    {
        private readonly MissingValueReplacingEstimator _estimator;
        private readonly MissingValueReplacingTransformer _fitted;

        public Filled(TransformsCatalog catalog, string name, string gap, float[] values)
        {
            if (values.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
                throw new InvalidOperationException("A weight is not a finite number: training diverged, and such a model is not saved. "
                    + "Lower the learning rate.");
            _estimator = catalog.ReplaceMissingValues(
                name, gap, MissingValueReplacingEstimator.ReplacementMode.Minimum, imputeBySlot: true);
            _fitted = _estimator.Fit(StageTable.OfVector(gap, values));
        }

        public ITransformer Fit(IDataView input) => _fitted;

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _estimator.GetOutputSchema(inputSchema);
    }
}
