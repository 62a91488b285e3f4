using Smml.MLNet.Onnx;

namespace Smml.MLNet.Methods.RFNet;

/// <summary>The tensors that a zip keeps of an <see cref="RFNetModule"/>.</summary>
internal static class RFNetTable
{
    private const string Decoder = "decoder_fuse.";

    /// <summary>Names and shapes.</summary>
    /// <param name="architecture">Sizes.</param>
    /// <param name="classes">K.</param>
    public static WeightTable Of(RFNetArchitecture architecture, int classes)
    {
        WeightTable table = new();
        for (int level = 0; level < RFNetEncoder.Levels; level++)
        {
            long channels = (long)architecture.BaseChannels << level;
            foreach (string modality in NetworkGraph.Modalities)
            {
                string name = $"{modality}_encoder.e{level + 1}";
                table.Convolution($"{name}_c1.conv", level == 0 ? 1 : channels / 2, channels, 3);
                table.Convolution($"{name}_c2.conv", channels, channels, 3);
                table.Convolution($"{name}_c3.conv", channels, channels, 3);
            }

            Level(table, level + 1, channels, classes, isCoarsest: level == RFNetEncoder.Levels - 1);
        }

        table.Convolution($"{Decoder}seg_layer", architecture.BaseChannels, classes, 1);
        return table;
    }

    private static void Level(WeightTable table, int number, long channels, int classes, bool isCoarsest)
    {
        const long Count = ModalitySet.ModalityCount;
        string locate = $"{Decoder}prm_generator{number}", fuse = $"{Decoder}RFM{number}";
        Chain(table, $"{locate}.embedding_layer", Count * channels, channels / 4, channels);
        table.Convolution($"{locate}.prm_layer.0.conv", isCoarsest ? channels : 2 * channels, RegionMapGenerator.HeadWidth, 1);
        table.Convolution($"{locate}.prm_layer.1", RegionMapGenerator.HeadWidth, classes, 1);
        for (int k = 0; k < classes; k++)
        {
            string weigh = FormattableString.Invariant($"{fuse}.modal_fusion.{k}.weight_layer");
            table.Convolution($"{weigh}.0", (Count * channels) + 1, RegionFusion.HiddenWidth, 1);
            table.Convolution($"{weigh}.2", RegionFusion.HiddenWidth, Count, 1);
        }

        Chain(table, $"{fuse}.region_fusion.fusion_layer", classes * channels, channels, channels / 2);
        Chain(table, $"{fuse}.short_cut", Count * channels, channels, channels / 2);
        if (isCoarsest)
            return;
        string name = $"{Decoder}d{number}";
        table.Convolution($"{name}_c1.conv", 2 * channels, channels, 3);
        table.Convolution($"{name}_c2.conv", 2 * channels, channels, 3);
        table.Convolution($"{name}_out.conv", channels, channels, 1);
    }

    // A ConvolutionChain.
    private static void Chain(WeightTable table, string name, long inputs, long inner, long outputs)
    {
        table.Convolution($"{name}.0.conv", inputs, inner, 1);
        table.Convolution($"{name}.1.conv", inner, inner, 3);
        table.Convolution($"{name}.2.conv", inner, outputs, 1);
    }
}
