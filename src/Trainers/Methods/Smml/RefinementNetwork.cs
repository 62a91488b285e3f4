using Smml.MLNet.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.Smml;

/// <summary>The semantic refinement network (SRN): weighted cues and the detached prediction through a small
/// UNet to refined logits. Training only.</summary>
internal sealed class RefinementNetwork : NamedModule<Tensor, RefinementNetwork.Input, Tensor>
{
    private readonly CueWeighting _weighting;
    private readonly Unet _unet;

    public RefinementNetwork(SmmlArchitecture architecture, int classes)
        : base(nameof(RefinementNetwork))
    {
        register_module("sam_weight_fuse", _weighting = new(classes));
        register_module("unet3d", _unet = new(5 * classes, classes, architecture.RefinementChannels));
    }

    /// <summary>Logits (B, K, X, Y, Z), which get no gradient from here, and the cues to refined logits (B, K, X, Y, Z).</summary>
    public override Tensor forward(Tensor logits, Input input)
    {
        Tensor weighted = _weighting.call(input.Cues, input.Mask, input.Labels);
        return _unet.call(cat([weighted, logits.detach()], 1)).to(ScalarType.Float32);
    }

    /// <summary>The weighted cues alone, (B, 4K, X, Y, Z).</summary>
    internal Tensor WeightCues(Input input) => _weighting.call(input.Cues, input.Mask, input.Labels);

    /// <summary>Cues (B, K, 4, X, Y, Z), mask (B, 4), one-hot labels (B, K, X, Y, Z).</summary>
    internal sealed record Input(Tensor Cues, Tensor Mask, Tensor Labels);

    /// <summary>Four levels, one convolution (no bias), batch norm and ReLU each; strided convolutions down, transposed ones up.</summary>
    private sealed class Unet : NamedModule<Tensor, Tensor>
    {
        private const int Levels = 4;
        private readonly Sequential[] _down = new Sequential[Levels];
        private readonly ConvTranspose3d[] _up = new ConvTranspose3d[Levels - 1];
        private readonly Sequential[] _merge = new Sequential[Levels - 1];
        private readonly Conv3d _head;

        public Unet(int inputs, int classes, int channels)
            : base("UNet3D")
        {
            for (int level = 0; level < Levels; level++)
                register_module(
                    $"encoder{level + 1}",
                    _down[level] = Block(level == 0 ? inputs : channels << (level - 1), channels << level, level == 0 ? 1 : 2));
            for (int level = Levels - 2; level >= 0; level--)
            {
                int width = channels << level;
                register_module($"upconv{level + 1}", _up[level] = nn.ConvTranspose3d(2 * width, width, 2, stride: 2));
                register_module($"decoder{level + 1}", _merge[level] = Block(2 * width, width, 1));
            }

            register_module("conv_final", _head = PreActivationConvolution.Create(channels, classes, 1));
        }

        public override Tensor forward(Tensor input)
        {
            Tensor[] levels = new Tensor[Levels];
            for (int level = 0; level < Levels; level++)
                levels[level] = _down[level].call(level == 0 ? input : levels[level - 1]);
            Tensor current = levels[^1];
            for (int level = Levels - 2; level >= 0; level--)
                current = _merge[level].call(cat([_up[level].call(current), levels[level]], 1));
            return _head.call(current);
        }

        private static Sequential Block(int inputs, int outputs, int stride)
        {
            Conv3d convolution = nn.Conv3d(inputs, outputs, 3, stride: stride, padding: 1, bias: false);
            nn.init.kaiming_normal_(convolution.weight!);
            return nn.Sequential(("0", convolution), ("1", nn.BatchNorm3d(outputs)), ("2", nn.ReLU()));
        }
    }
}
