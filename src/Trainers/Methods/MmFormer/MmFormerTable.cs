using Smml.MLNet.Networks;
using Smml.MLNet.Onnx;

namespace Smml.MLNet.Methods.MmFormer;

/// <summary>The tensors that a zip keeps of a <see cref="MmFormerModule"/>, also of one that is a student of SMML.</summary>
internal static class MmFormerTable
{
    /// <summary>Names and shapes.</summary>
    /// <param name="architecture">Sizes.</param>
    /// <param name="classes">K.</param>
    public static WeightTable Of(MmFormerArchitecture architecture, int classes)
    {
        const int Levels = ModalityEncoder.Levels;
        WeightTable table = new();
        long channels = architecture.BaseChannels, deepest = channels << (Levels - 1);
        long width = architecture.TransformerWidth, feedForward = architecture.FeedForwardWidth;
        foreach (string modality in NetworkGraph.Modalities)
        {
            for (int level = 0; level < Levels; level++)
            {
                string name = $"{modality}_encoder.e{level + 1}";
                long own = channels << level;
                if (level == 0)
                    table.Convolution($"{name}_c1", 1, own, 3);
                else
                    table.Convolution($"{name}_c1.conv", own / 2, own, 3);
                table.Convolution($"{name}_c2.conv", own, own, 3);
                table.Convolution($"{name}_c3.conv", own, own, 3);
            }

            table.Convolution($"{modality}_encode_conv", deepest, width, 1);
            table.Transformer($"{modality}_transformer", width, feedForward);
            table.Add($"{modality}_pos", 1, architecture.TokenGrid.Count, width);
        }

        table.Transformer("multimodal_transformer", width, feedForward);
        table.Convolution("multimodal_decode_conv", ModalitySet.ModalityCount * width, ModalitySet.ModalityCount * deepest, 1);
        Decoder(table, channels, classes);
        return table;
    }

    // With the heads of coarser levels, which only training reads and a zip keeps.
    private static void Decoder(WeightTable table, long channels, int classes)
    {
        for (int level = 0; level < ModalityEncoder.Levels; level++)
        {
            string fuse = $"decoder_fuse.RFM{level + 1}.fusion_layer", name = $"decoder_fuse.d{level + 1}";
            long own = channels << level;
            table.Convolution($"{fuse}.0.conv", ModalitySet.ModalityCount * own, own, 1);
            table.Convolution($"{fuse}.1.conv", own, own, 3);
            table.Convolution($"{fuse}.2.conv", own, own, 1);
            if (level == ModalityEncoder.Levels - 1)
                break;
            table.Convolution($"{name}_c1.conv", 2 * own, own, 3);
            table.Convolution($"{name}_c2.conv", 2 * own, own, 3);
            table.Convolution($"{name}_out.conv", own, own, 1);
            table.Convolution($"decoder_fuse.seg_d{level + 1}", 2 * own, classes, 1);
        }

        table.Convolution("decoder_fuse.seg_layer", channels, classes, 1);
    }
}
