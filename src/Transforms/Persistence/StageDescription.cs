using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Smml.MLNet;

/// <summary>A pipeline stage made of ML.NET's own transformers, so that <c>Model.Save</c> and
/// <c>Model.Load</c> work on it without registration.</summary>
/// <remarks>
/// <para>ML.NET's loader is closed to other assemblies, but a custom mapping is found again by its contract name and its assembly, and a
/// value mapping stores any table. A stage is therefore: seed (the number 1) -> value mapping (the header) -> [gate -> missing values
/// replaced (weights) -> concatenate]
/// -> copy the user's columns to fixed names -> the stage's own mapping -> copy to the user's names -> drop everything temporary.</para>
/// <para>Rows run one by one as they are asked for, never ahead and never concurrently: the seed is a stateful mapping, below which ML.NET
/// opens one cursor, and it does not split a cursor with an active volume column, because volumes cannot be copied into its buffers. The
/// stage's own mapping must therefore read at least one volume column; where it has none of its own it reads
/// <see cref="StageColumns.NoVolume"/>.</para>
/// </remarks>
internal sealed class StageDescription
{
    /// <summary>The stage's name and options.</summary>
    public required StageHeader Header { get; init; }

    /// <summary>The columns that the stage reads.</summary>
    public required IReadOnlyList<StageColumn> Inputs { get; init; }

    /// <summary>The columns that the stage writes.</summary>
    public required IReadOnlyList<StageColumn> Outputs { get; init; }

    /// <summary>How the stage carries weights.</summary>
    public StageWeights Weights { get; init; } = StageWeights.None;

    /// <summary>The version of the mapping's contract; it grows when the columns that the mapping reads change.</summary>
    public int Version { get; init; } = 1;

    /// <summary>The contract name of a stage's mapping.</summary>
    public static string Contract(string stage, int version = 1) => FormattableString.Invariant($"smml.{stage}/{version}");

    /// <summary>The stage as a chain of ML.NET's estimators; they learn nothing, so that fitting passes over no data.</summary>
    /// <param name="catalog">Makes the transformers.</param>
    /// <param name="factory">Makes the mapping; it carries the contract that <see cref="Contract"/> names and lives in the assembly that
    /// the loading process will look for.</param>
    public EstimatorChain<ITransformer> Build<TSrc, TDst>(TransformsCatalog catalog, CustomMappingFactory<TSrc, TDst> factory)
        where TSrc : class, new()
        where TDst : class, new()
    {
        List<string> temporaries =
        [
            StageColumns.One, StageColumns.NoVolume, StageColumns.NoText, StageColumns.NoBytes, StageColumns.Header,
        ];
        StageSeedFactory seed = new();
        KeyValuePair<uint, string>[] header = [new(1, Header.Json)];
        EstimatorChain<ITransformer> chain = new EstimatorChain<ITransformer>()
            .Append<ITransformer>(catalog.StatefulCustomMapping(seed.GetMapping(), seed.GetStateInitAction(), StageSeedFactory.Contract))
            .Append<ITransformer>(catalog.Conversion.MapValue(StageColumns.Header, header, StageColumns.One));
        chain = Weights.AppendTo(chain, catalog, Header.Stage, temporaries);
        foreach (StageColumn input in Inputs)
            chain = chain.Append<ITransformer>(catalog.CopyColumns(input.Fixed, input.NameOrConstant));
        chain = chain.Append<ITransformer>(catalog.CustomMapping(factory.GetMapping(), Contract(Header.Stage, Version)));
        foreach (StageColumn output in Outputs.Where(column => column.Name is not null))
            chain = chain.Append<ITransformer>(catalog.CopyColumns(output.Name!, output.Fixed));
        temporaries.AddRange(Inputs.Select(column => column.Fixed));
        temporaries.AddRange(Outputs.Select(column => column.Fixed));
        return chain.Append<ITransformer>(catalog.DropColumns([.. temporaries]));
    }
}
