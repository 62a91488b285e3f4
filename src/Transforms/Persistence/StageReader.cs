using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Smml.MLNet;

/// <summary>A stage of this library found inside a fitted or loaded model.</summary>
/// <param name="Header">Its name and options.</param>
/// <param name="Steps">Its transformers after the header, as far as the model goes.</param>
internal sealed record StageInfo(StageHeader Header, IReadOnlyList<ITransformer> Steps)
{
    /// <summary>The weights that the stage carries, with the zeros that fill their last part; empty when it has none.</summary>
    public float[] ReadWeights() => LegacyWeights.Read(Steps) ?? Read(Steps);

    private static float[] Read(IReadOnlyList<ITransformer> steps)
    {
        IDataView? row = null;
        foreach (ITransformer step in steps)
        {
            if (step is CustomMappingTransformer<StageGateInput, StageGap>)
                // in place of the gate, which would answer "not needed" in a process that already holds the weights
                row = StageTable.Of(new StageGap { Gap = StageGap.Of(isNeeded: true) });
            else if (row is null)
                return [];
            else
                row = step.Transform(row);
            if (row.Schema.GetColumnOrNull(StageColumns.Blob) is not null)
                return StageTable.First<BlobRow>(row).ToArray();
        }

        return [];
    }

    private sealed class BlobRow
    {
        [ColumnName(StageColumns.Blob)]
        [VectorType]
        public VBuffer<float> Blob { get; set; }

        public float[] ToArray()
        {
            float[] values = new float[Blob.Length];
            Blob.CopyTo(values); // not GetValues: ML.NET may hold numbers that are mostly 0 as a sparse vector
            return values;
        }
    }
}

/// <summary>Finds this library's stages inside any model, without running them on data.</summary>
internal static class StageReader
{
    /// <summary>The stages in the order in which they run.</summary>
    /// <exception cref="InvalidDataException">A header is damaged or was written by a newer version.</exception>
    public static IReadOnlyList<StageInfo> Read(ITransformer model)
    {
        ArgumentNullException.ThrowIfNull(model);
        List<ITransformer> steps = [];
        Flatten(model, steps);
        List<StageInfo> stages = [];
        for (int i = 0; i + 1 < steps.Count; i++)
        {
            if (steps[i] is not StatefulCustomMappingTransformer<StageSeedInput, StageSeed, StageSeedState>)
                continue;
            IDataView seeded = steps[i].Transform(StageTable.Of(new LegacyGateOutput()));
            HeaderRow row = StageTable.First<HeaderRow>(steps[i + 1].Transform(seeded));
            stages.Add(new(StageHeader.Parse(row.Header), steps[(i + 2)..]));
        }

        return stages;
    }

    private static void Flatten(ITransformer model, List<ITransformer> steps)
    {
        switch (model)
        {
            case IStageTransformer stage:
                Flatten(stage.SavedChain, steps);
                break;
            case IEnumerable<ITransformer> chain:
                foreach (ITransformer step in chain)
                    Flatten(step, steps);
                break;
            default:
                steps.Add(model);
                break;
        }
    }

    private sealed class HeaderRow
    {
        [ColumnName(StageColumns.Header)]
        public ReadOnlyMemory<char> Header { get; set; }
    }
}
