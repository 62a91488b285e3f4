using Smml.MLNet.Networks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Smml.MLNet.Methods.SmuNet;

/// <summary>One U-Net of SMU-Net, teacher or student: before the way up the coarsest features (content) are mixed with what the style
/// layer makes of the two coarsest levels.</summary>
/// <remarks>State names are those of the released code.</remarks>
internal sealed class SmuNetModule : NamedModule<Tensor, SmuNetModule.Output>
{
    private readonly ResidualUNet _unet;
    private readonly Conv3d _style, _mix;
    private readonly double _dropout;

    /// <summary>Makes a network with PyTorch's initialisation.</summary>
    /// <param name="scans">How many scans it sees.</param>
    /// <param name="classes">K.</param>
    /// <param name="architecture">Sizes.</param>
    public SmuNetModule(int scans, int classes, SmuNetArchitecture architecture)
        : base(nameof(SmuNetModule))
    {
        int coarse = 8 * architecture.BaseChannels;
        _dropout = architecture.Dropout;
        register_module("unet", _unet = new(scans, classes, architecture.BaseChannels));
        _unet.register_module("convc", _style = nn.Conv3d(coarse / 2 * 5, coarse, 1));
        _unet.register_module("convco", _mix = nn.Conv3d(2 * coarse, coarse, 1));
    }

    /// <summary>(B, scans, X, Y, Z) to what is predicted.</summary>
    public override Output forward(Tensor scans) => Run(scans);

    /// <summary>As <see cref="forward"/>, with the way down run by another.</summary>
    /// <param name="scans">(B, scans, X, Y, Z).</param>
    /// <param name="run">Called with the encoder and the scans instead of the encoder itself.</param>
    public Output Run(Tensor scans, Func<nn.Module<Tensor, Tensor[]>, Tensor, Tensor[]>? run = null)
    {
        using DisposeScope scope = NewDisposeScope();
        ResidualUNet.Encoding encoding = _unet.Encode(scans, run);
        Tensor pooled = F.max_pool3d(encoding.QuarterEntry, [2, 2, 2]);
        Tensor style = _style.Convolve(cat([pooled, encoding.EighthEntry, encoding.Eighth], 1));
        Tensor mixed = _mix.Convolve(cat([style, encoding.Eighth], 1));
        Tensor kept = training && _dropout > 0 ? F.dropout(mixed, _dropout, training: true) : mixed;
        Tensor logits = _unet.Predict(_unet.Decode(encoding, kept).Fine);
        return new(
            logits.MoveToOuterDisposeScope(),
            style.to(ScalarType.Float32).MoveToOuterDisposeScope(),
            encoding.Eighth.to(ScalarType.Float32).MoveToOuterDisposeScope());
    }

    /// <summary>What a U-Net gives.</summary>
    /// <param name="Logits">(B, K, X, Y, Z): the classes of the tumour from the outermost to the innermost, then the background, which
    /// nothing trains.</param>
    /// <param name="Style">(B, 8C, X / 8, Y / 8, Z / 8).</param>
    /// <param name="Content">(B, 8C, X / 8, Y / 8, Z / 8).</param>
    internal sealed record Output(Tensor Logits, Tensor Style, Tensor Content);
}
