using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Smml.MLNet;

/// <summary>What the gate of the first format answered.</summary>
internal sealed class LegacyGateOutput
{
    /// <summary>1 when this row must carry the weights, 0 when the process already holds them.</summary>
    [ColumnName(StageColumns.Need)]
    public uint Need { get; set; }
}

/// <summary>Reads the weights of models that were saved in the first format: byte vectors in value mappings.</summary>
internal static class LegacyWeights
{
    /// <summary>The weights; null when the model has no gate of the first format.</summary>
    public static float[]? Read(IReadOnlyList<ITransformer> steps)
    {
        IDataView row = StageTable.Of(new LegacyGateOutput { Need = 1 });
        bool gated = false;
        foreach (ITransformer step in steps)
        {
            if (step is CustomMappingTransformer<StageGateInput, LegacyGateOutput>)
                gated = true; // skipped: it would answer "not needed" in a process that already holds the weights
            else if (gated && step is ValueMappingTransformer)
                row = step.Transform(row);
            else if (gated && step is ColumnConcatenatingTransformer)
                return ToNumbers(StageTable.First<BlobRow>(step.Transform(row)).Blob);
            else
                break;
        }

        return null;
    }

    /// <summary>The numbers that the bytes stand for.</summary>
    public static float[] ToNumbers(VBuffer<byte> blob)
    {
        byte[] bytes = new byte[blob.Length];
        blob.CopyTo(bytes);
        return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
    }

    private sealed class BlobRow
    {
        [ColumnName(StageColumns.Blob)]
        [VectorType]
        public VBuffer<byte> Blob { get; set; }
    }
}
