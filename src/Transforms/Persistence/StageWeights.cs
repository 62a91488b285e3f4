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
internal sealed class StageGateOutput
{
    /// <summary>1 when this row must carry the weights, 0 when the process already holds them.</summary>
    [ColumnName(StageColumns.Need)]
    public uint Need { get; set; }
}

/// <summary>How a stage carries its weights: none, already resident in the process, or as tables inside the model zip.</summary>
internal sealed class StageWeights
{
    /// <summary>The size of one table. ML.NET compresses each table in one piece, so that its size bounds the memory that saving and loading need.</summary>
    public const int DefaultChunkBytes = 32 << 20;

    private readonly Func<TransformsCatalog, string, IEstimator<ITransformer>>? _gate;
    private readonly List<byte[]> _chunks = [];

    private StageWeights(Func<TransformsCatalog, string, IEstimator<ITransformer>>? gate) => _gate = gate;

    /// <summary>The stage has no weights and no <see cref="StageColumns.Blob"/> column.</summary>
    public static StageWeights None { get; } = new(null);

    /// <summary>The process holds the weights: the column <see cref="StageColumns.Blob"/> is empty and costs nothing.</summary>
    public static StageWeights Resident { get; } = new(null);

    /// <summary>The weights travel in the model zip and reach a row only when the gate asks for them.</summary>
    /// <param name="blob">The weights.</param>
    /// <param name="gate">Says whether a row needs the weights; it carries the contract that <see cref="GateContract"/> names.</param>
    /// <param name="chunkBytes">The size of one table.</param>
    public static StageWeights Saved(ReadOnlyMemory<byte> blob, CustomMappingFactory<StageGateInput, StageGateOutput> gate, int chunkBytes = DefaultChunkBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(chunkBytes);
        StageWeights weights = new((catalog, stage) => catalog.CustomMapping(gate.GetMapping(), GateContract(stage)));
        for (int start = 0; start < blob.Length; start += chunkBytes)
            weights._chunks.Add(blob.Slice(start, Math.Min(chunkBytes, blob.Length - start)).ToArray());
        if (weights._chunks.Count == 0)
            throw new ArgumentException("There are no weights to save.", nameof(blob));
        return weights;
    }

    /// <summary>The contract name of a stage's gate.</summary>
    public static string GateContract(string stage) => $"smml.{stage}.gate/1";

    /// <summary>Appends what brings the weights into the column <see cref="StageColumns.Blob"/>.</summary>
    /// <param name="chain">The stage as far as its header.</param>
    /// <param name="catalog">Makes the transformers.</param>
    /// <param name="stage">The stage's name.</param>
    /// <param name="temporaries">Takes the names of the columns that the stage must drop.</param>
    public EstimatorChain<ITransformer> AppendTo(EstimatorChain<ITransformer> chain, TransformsCatalog catalog, string stage, List<string> temporaries)
    {
        if (ReferenceEquals(this, None))
            return chain;
        temporaries.Add(StageColumns.Blob);
        if (_gate is null)
            return chain.Append<ITransformer>(catalog.CopyColumns(StageColumns.Blob, StageColumns.NoBytes));

        temporaries.Add(StageColumns.Need);
        chain = chain.Append(_gate(catalog, stage));
        string[] names = [.. _chunks.Select((_, index) => StageColumns.Chunk + index.ToString(CultureInfo.InvariantCulture))];
        for (int i = 0; i < names.Length; i++)
        {
            IDataView table = StageTable.Of(new ChunkRow { Key = 1, Bytes = new(_chunks[i].Length, _chunks[i]) });
            chain = chain.Append<ITransformer>(catalog.Conversion.MapValue(
                names[i], table, table.Schema[nameof(ChunkRow.Key)], table.Schema[nameof(ChunkRow.Bytes)], StageColumns.Need));
        }

        temporaries.AddRange(names);
        return chain.Append<ITransformer>(catalog.Concatenate(StageColumns.Blob, names));
    }

    private sealed class ChunkRow
    {
        public uint Key { get; set; }

        [VectorType]
        public VBuffer<byte> Bytes { get; set; }
    }
}
