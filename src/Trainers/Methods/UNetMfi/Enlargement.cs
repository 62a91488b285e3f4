using Smml.MLNet.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.UNetMfi;

/// <summary>A learned step to twice the size and half the channels.</summary>
internal sealed class Enlargement : NamedModule<Tensor, Tensor>
{
    private readonly Conv3d _mix;
    private readonly ConvTranspose3d _enlarge;

    public Enlargement(int channels)
        : base(nameof(Enlargement))
    {
        this.RegisterPath("conv.0", _mix = nn.Conv3d(channels, channels, 1));
        this.RegisterPath("conv.1", _enlarge = nn.ConvTranspose3d(channels, channels / 2, 2, stride: 2));
    }

    /// <summary>(B, C, X, Y, Z) to (B, C / 2, 2X, 2Y, 2Z).</summary>
    public override Tensor forward(Tensor input)
    {
        using Tensor mixed = _mix.Convolve(input);
        return _enlarge.call(mixed);
    }
}
