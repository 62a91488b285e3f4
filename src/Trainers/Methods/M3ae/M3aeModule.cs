using Smml.MLNet.Networks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.M3ae;

/// <summary>M3AE: a residual U-Net of all four scans, and the image that stands for missing ones.</summary>
/// <remarks>Source: Liu et al., AAAI 2023. State names are those of the released checkpoints, in which the head that reconstructs,
/// <c>reconstruction</c> here, has the name <c>unet.up1conv</c> as long as there is no other. Order of scans and axes:
/// <see cref="ReleasedOrder"/>.</remarks>
internal sealed class M3aeModule : NamedModule<Tensor, Tensor>
{
    private const string Reconstruction = "reconstruction", Deep = "unet.ds_out";

    private readonly Parameter _image;
    private readonly ResidualUNet _body;
    private readonly Conv3d[] _deep = [];
    private readonly Conv3d? _reconstruction;

    /// <summary>Makes a network with fresh weights and an image of zeros.</summary>
    /// <param name="architecture">Sizes.</param>
    /// <param name="maps">R, the number of regions.</param>
    /// <param name="training">Whether the heads that only training needs exist.</param>
    public M3aeModule(M3aeArchitecture architecture, int maps, bool training)
        : base(nameof(M3aeModule))
    {
        int channels = architecture.BaseChannels;
        VolumeShape image = architecture.SubstituteShape;
        register_parameter("limage", _image = new(zeros([1, ModalitySet.ModalityCount, image.Z, image.Y, image.X])));
        register_module("unet", _body = new(ModalitySet.ModalityCount, maps, channels));
        if (!training)
            return;
        _deep = [nn.Conv3d(4 * channels, maps, 1), nn.Conv3d(2 * channels, maps, 1)];
        for (int i = 0; i < _deep.Length; i++)
            _body.RegisterPath($"ds_out.{i}", _deep[i]);
        register_module(Reconstruction, _reconstruction = nn.Conv3d(channels, ModalitySet.ModalityCount, 1));
    }

    /// <summary>The substitute image, (1, 4, Z, Y, X).</summary>
    public Parameter Image => _image;

    /// <summary>Draws a new substitute image, a standard normal number per voxel, as pre-training begins with.</summary>
    public void DrawImage() => nn.init.normal_(_image);

    /// <summary>Whether pre-training moves a parameter of the network: all but the image and the heads that segment.</summary>
    public static bool IsPretrained(string name) => name != "limage"
        && !name.StartsWith("unet.up1conv.", StringComparison.Ordinal)
        && !name.StartsWith($"{Deep}.", StringComparison.Ordinal);

    /// <summary>Whether training moves a parameter of the network: all but the image and the head that reconstructs.</summary>
    public static bool IsTrained(string name) => name != "limage" && !name.StartsWith($"{Reconstruction}.", StringComparison.Ordinal);

    /// <summary>Scans of which missing ones were replaced, (B, 4, Z, Y, X), to logits (B, R, Z, Y, X).</summary>
    public override Tensor forward(Tensor seen) => _body.call(seen);

    /// <summary>Scans of which hidden parts were replaced, (B, 4, Z, Y, X), to all of the scans.</summary>
    /// <param name="seen">The scans.</param>
    /// <param name="run">Called with the encoder and the scans instead of the encoder itself.</param>
    /// <exception cref="InvalidOperationException">The network was made for scoring.</exception>
    public Tensor Reconstruct(Tensor seen, Func<nn.Module<Tensor, Tensor[]>, Tensor, Tensor[]>? run = null)
    {
        Conv3d head = _reconstruction ?? throw new InvalidOperationException("A network for scoring has no head that reconstructs.");
        return ResidualUNet.Logits(head, _body.Decode(_body.Encode(seen, run)).Fine);
    }

    /// <summary>Scans of which missing ones were replaced, (B, 4, Z, Y, X), to every prediction of a training pass.</summary>
    /// <param name="seen">The scans.</param>
    /// <param name="run">Called with the encoder and the scans instead of the encoder itself.</param>
    public Output Segment(Tensor seen, Func<nn.Module<Tensor, Tensor[]>, Tensor, Tensor[]>? run = null)
    {
        ResidualUNet.Encoding encoding = _body.Encode(seen, run);
        ResidualUNet.Decoding decoding = _body.Decode(encoding);
        return new(
            _body.Predict(decoding.Fine),
            Convolutions.Enlarge(ResidualUNet.Logits(_deep[0], decoding.Quarter), 4),
            Convolutions.Enlarge(ResidualUNet.Logits(_deep[1], decoding.Half), 2),
            encoding.Eighth.to(ScalarType.Float32));
    }

    /// <summary>The tensors that scoring needs under their checkpoint names, in ordinal order of the names.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> ScoringState() => state_dict()
        .Where(pair => !pair.Key.StartsWith($"{Deep}.", StringComparison.Ordinal)
            && !pair.Key.StartsWith($"{Reconstruction}.", StringComparison.Ordinal))
        .OrderBy(pair => pair.Key, StringComparer.Ordinal);

    /// <summary>The predictions of a training pass.</summary>
    /// <param name="Logits">The final one, (B, R, Z, Y, X).</param>
    /// <param name="Quarter">That at a quarter of the resolution, enlarged, of the same shape.</param>
    /// <param name="Half">That at half of the resolution, enlarged, of the same shape.</param>
    /// <param name="Bottleneck">The features of the coarsest level, (B, 8C, Z / 8, Y / 8, X / 8).</param>
    internal sealed record Output(Tensor Logits, Tensor Quarter, Tensor Half, Tensor Bottleneck);
}
