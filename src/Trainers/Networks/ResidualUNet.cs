using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Smml.MLNet.Networks;

/// <summary>A U-Net of residual blocks with four levels, whose way up adds what it meets: the body of M3AE's network.</summary>
/// <remarks>State names are those of M3AE's released checkpoints below <c>unet</c>. Further layers that a method's checkpoints have there
/// are registered by the method (<see cref="ModulePaths.RegisterPath"/>). There is no activation at the end.</remarks>
internal sealed class ResidualUNet : NamedModule<Tensor, Tensor>
{
    /// <summary>Each side of the input is a multiple of this.</summary>
    public const int SideStep = 8;

    /// <summary>The groups of each norm; channels are a multiple of this.</summary>
    public const int Groups = 8;

    private readonly ResidualUNetEncoder _encoder;
    // Followed by the number of the level; behind these words there are other layers, too.
    private static readonly string[] s_encoder = ["unet.conv", "unet.ds"];

    private readonly (Conv3d Mix, ResidualBlock Block)[] _up; // coarsest first
    private readonly Conv3d _head;

    /// <summary>Makes a network with PyTorch's initialisation.</summary>
    /// <param name="inputs">Channels of the input.</param>
    /// <param name="outputs">Maps.</param>
    /// <param name="channels">C, the channels of the finest level, a multiple of 8.</param>
    public ResidualUNet(int inputs, int outputs, int channels)
        : base(nameof(ResidualUNet))
    {
        _encoder = new(this, inputs, channels);
        _up = [.. Enumerable.Range(0, 3).Select(step =>
        {
            int level = 4 - step, width = channels << (level - 2);
            Conv3d mix = nn.Conv3d(2 * width, width, 1);
            ResidualBlock block = Block(width);
            register_module($"up{level}conva", mix);
            register_module($"up{level}convb", block);
            return (mix, block);
        })];
        register_module("up1conv", _head = nn.Conv3d(channels, outputs, 1));
    }

    /// <summary>(B, inputs, X, Y, Z) to logits (B, outputs, X, Y, Z).</summary>
    public override Tensor forward(Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        Decoding decoded = Decode(Encode(input));
        return Predict(decoded.Fine).MoveToOuterDisposeScope();
    }

    /// <summary>Whether a tensor belongs to the way down, by its name in a network that has this one as <c>unet</c>.</summary>
    public static bool IsEncoder(string name) => s_encoder.Any(layer => name.Length > layer.Length
        && name.StartsWith(layer, StringComparison.Ordinal)
        && char.IsAsciiDigit(name[layer.Length]));

    /// <summary>The way down.</summary>
    /// <param name="input">(B, inputs, X, Y, Z).</param>
    /// <param name="run">Called with the encoder and the input instead of the encoder itself.</param>
    public Encoding Encode(Tensor input, Func<nn.Module<Tensor, Tensor[]>, Tensor, Tensor[]>? run = null)
    {
        Tensor[] levels = run is null ? _encoder.call(input) : run(_encoder, input);
        return new(levels[0], levels[1], levels[2], levels[3], levels[4], levels[5]);
    }

    /// <summary>The way up.</summary>
    /// <param name="encoding">What <see cref="Encode"/> gave; it stays the caller's.</param>
    /// <param name="bottleneck">(B, 8C, X / 8, Y / 8, Z / 8), where the way up begins; null for the coarsest level of the
    /// encoding.</param>
    public Decoding Decode(Encoding encoding, Tensor? bottleneck = null)
    {
        Tensor quarter = Ascend(0, bottleneck ?? encoding.Eighth, encoding.Quarter);
        Tensor half = Ascend(1, quarter, encoding.Half);
        return new(quarter, half, Ascend(2, half, encoding.Fine));
    }

    /// <summary>The last convolution: the finest level (B, C, X, Y, Z) of the way up to single-precision logits (B, outputs, X, Y,
    /// Z).</summary>
    public Tensor Predict(Tensor fine) => Logits(_head, fine);

    /// <summary>A 1x1x1 convolution to logits in single precision.</summary>
    public static Tensor Logits(Conv3d head, Tensor features)
    {
        using Tensor logits = head.Convolve(features);
        return logits.to(ScalarType.Float32);
    }

    /// <summary>A residual block as all of this network.</summary>
    internal static ResidualBlock Block(int channels) => new(channels, Groups, ("gn1", "conv1", "gn2", "conv2"));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _encoder.Dispose();
        base.Dispose(disposing);
    }

    // One level up: (B, 2W, X, Y, Z) and what was kept (B, W, 2X, 2Y, 2Z) to features of that shape.
    private Tensor Ascend(int step, Tensor features, Tensor skip)
    {
        using Tensor mixed = _up[step].Mix.Convolve(features);
        using Tensor enlarged = F.interpolate(mixed, scale_factor: [2, 2, 2], mode: InterpolationMode.Nearest);
        using Tensor sum = enlarged.Plus(skip);
        return _up[step].Block.call(sum);
    }

    /// <summary>What the way down gives; sides are those of the input over 1, 2, 4 and 8.</summary>
    /// <param name="Fine">(B, C, X, Y, Z).</param>
    /// <param name="Half">(B, 2C, X / 2, Y / 2, Z / 2).</param>
    /// <param name="Quarter">(B, 4C, X / 4, Y / 4, Z / 4).</param>
    /// <param name="Eighth">(B, 8C, X / 8, Y / 8, Z / 8): the bottleneck, "c4d" of the release.</param>
    /// <param name="QuarterEntry">As Quarter, before its blocks: "c2d".</param>
    /// <param name="EighthEntry">As Eighth, before its blocks: "c3d".</param>
    internal sealed record Encoding(Tensor Fine, Tensor Half, Tensor Quarter, Tensor Eighth, Tensor QuarterEntry, Tensor EighthEntry);

    /// <summary>What the way up gives.</summary>
    /// <param name="Quarter">(B, 4C, X / 4, Y / 4, Z / 4).</param>
    /// <param name="Half">(B, 2C, X / 2, Y / 2, Z / 2).</param>
    /// <param name="Fine">(B, C, X, Y, Z).</param>
    internal sealed record Decoding(Tensor Quarter, Tensor Half, Tensor Fine);
}
