using Smml.MLNet.Networks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.MmFormer;

/// <summary>The mmFormer backbone: an encoder and an intra-modal transformer a modality, an inter-modal
/// transformer, a masked fusion decoder.</summary>
/// <remarks>Source: Zhang et al., MICCAI 2022. State names are those of the released checkpoints.</remarks>
internal sealed class MmFormerModule : NamedModule<Tensor, Tensor, MmFormerModule.Output>
{
    private const string SeparateName = "decoder_sep";

    private static readonly string[] s_names = ["flair", "t1ce", "t1", "t2"];

    private readonly MmFormerArchitecture _architecture;
    private readonly ModalityEncoder[] _encoders = new ModalityEncoder[ModalitySet.ModalityCount];
    private readonly Conv3d[] _tokenize = new Conv3d[ModalitySet.ModalityCount];
    private readonly TransformerBlock[] _intra = new TransformerBlock[ModalitySet.ModalityCount];
    private readonly TransformerBlock _inter;
    private readonly Conv3d _untokenize;
    private readonly FusionDecoder _fusion;
    private readonly SeparateDecoder? _separate;

    /// <summary>Makes a network with fresh weights.</summary>
    /// <param name="architecture">Sizes.</param>
    /// <param name="classes">K.</param>
    /// <param name="training">Whether the separate decoder exists; scoring does not need it.</param>
    public MmFormerModule(MmFormerArchitecture architecture, int classes, bool training)
        : base(nameof(MmFormerModule))
    {
        _architecture = architecture;
        int channels = architecture.BaseChannels, deepest = channels << 4, width = architecture.TransformerWidth;
        for (int m = 0; m < s_names.Length; m++)
        {
            register_module($"{s_names[m]}_encoder", _encoders[m] = new(channels, architecture.Padding));
            register_module($"{s_names[m]}_encode_conv", _tokenize[m] = PreActivationConvolution.Create(deepest, width, 1));
            register_module($"{s_names[m]}_transformer", _intra[m] = Transformer());
            register_parameter(PositionName(m), nn.Parameter(zeros([1, architecture.TokenGrid.Count, width])));
        }

        register_module("multimodal_transformer", _inter = Transformer());
        register_module("multimodal_decode_conv", _untokenize = PreActivationConvolution.Create(4 * width, 4 * deepest, 1));
        register_module("decoder_fuse", _fusion = new(channels, classes, architecture.Padding));
        if (training)
            register_module(SeparateName, _separate = new(channels, classes, architecture.Padding));

        TransformerBlock Transformer() => new(width, architecture.FeedForwardWidth, architecture.AttentionHeads, architecture.Dropout);
    }

    /// <summary>The tensors that scoring needs under their checkpoint names, in ordinal order of the
    /// names: all but the separate decoder's.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> ScoringState() => state_dict()
        .Where(pair => !pair.Key.StartsWith($"{SeparateName}.", StringComparison.Ordinal))
        .OrderBy(pair => pair.Key, StringComparer.Ordinal);

    /// <summary>Scans (B, 4, X, Y, Z) and mask (B, 4) of booleans to logits; while the module is in
    /// training mode also the other heads.</summary>
    public override Output forward(Tensor scans, Tensor mask) => Run(scans, mask, ModalitySet.All, training ? Heads.All : Heads.Fused);

    /// <summary>The same with a choice of what is computed.</summary>
    /// <param name="scans">(B, 4, X, Y, Z).</param>
    /// <param name="mask">(B, 4) of booleans: what the network may see of each sample.</param>
    /// <param name="encoded">Which encoders run. A modality outside must be masked in every sample; its features are zero either way, so
    /// nothing changes but the time.</param>
    /// <param name="heads">Which predictions are made; <see cref="Heads.Separate"/> needs every encoder.</param>
    /// <param name="replay">Runs the encoders, where they are to be run again in the backward pass.</param>
    public Output Run(Tensor scans, Tensor mask, ModalitySet encoded, Heads heads, EncoderReplay? replay = null) =>
        Decode(Encode(scans, encoded, replay), mask, heads);

    /// <summary>Draws what <see cref="Run"/> would draw for dropout, and nothing else.</summary>
    /// <param name="scans">(B, 4, X, Y, Z).</param>
    /// <param name="encoded">Which encoders would run.</param>
    public void SkipDraws(Tensor scans, ModalitySet encoded)
    {
        long batch = scans.shape[0], count = _architecture.TokenGrid.Count;
        foreach (Modality modality in encoded)
            _intra[(int)modality].SkipDraws(batch, count, scans);
        _inter.SkipDraws(batch, s_names.Length * count, scans);
    }

    /// <summary>What each modality yields by itself: it does not depend on the others, so that it serves every mask.</summary>
    /// <param name="scans">(B, 4, X, Y, Z).</param>
    /// <param name="encoded">Which encoders run.</param>
    /// <param name="replay">Runs the encoders, where they are to be run again in the backward pass.</param>
    public TokenEncoding Encode(Tensor scans, ModalitySet encoded, EncoderReplay? replay = null)
    {
        Tensor[]?[] features = new Tensor[]?[s_names.Length];
        Tensor?[] tokens = new Tensor?[s_names.Length];
        foreach (Modality modality in encoded)
        {
            int m = (int)modality;
            Tensor scan = scans.narrow(1, m, 1);
            Tensor[] levels = features[m] = replay is null ? _encoders[m].call(scan) : replay.Run(_encoders[m], scan);
            tokens[m] = _intra[m].call(TokenMaps.ToTokens(_tokenize[m].Convolve(levels[^1])), Position(m));
        }

        return new(features, tokens, scans.shape, scans.dtype, scans.device);
    }

    /// <summary>From what the modalities yield to predictions.</summary>
    /// <param name="encoding">Of every modality that the mask shows.</param>
    /// <param name="mask">(B, 4) of booleans.</param>
    /// <param name="heads">Which predictions are made.</param>
    public Output Decode(TokenEncoding encoding, Tensor mask, Heads heads)
    {
        Tensor[] fused = new Tensor[ModalityEncoder.Levels];
        for (int level = 0; level < ModalityEncoder.Levels - 1; level++)
            fused[level] = encoding.MaskedLevel(mask, level, (long)_architecture.BaseChannels << level);
        fused[^1] = Bottleneck(encoding, mask);

        FusionDecoder.Output decoded = _fusion.call(fused, heads.HasFlag(Heads.Auxiliary));
        Tensor[] separate = heads.HasFlag(Heads.Separate) && _separate is not null ? _separate.call(encoding.Levels!) : [];
        return new(decoded.Logits, decoded.Auxiliary, separate, fused[^1].to(ScalarType.Float32));
    }

    // Mask, inter-modal transformer: (B, 4 * 16c, X / 16, Y / 16, Z / 16).
    private Tensor Bottleneck(TokenEncoding encoding, Tensor mask)
    {
        VolumeShape grid = _architecture.TokenGrid;
        Tensor[] tokens = encoding.MaskedTokens(mask, grid.Count, _architecture.TransformerWidth);
        Tensor mixed = _inter.call(cat(tokens, 1), cat([.. Enumerable.Range(0, s_names.Length).Select(Position)], 1)); // (B, 4N, T)
        return _untokenize.Convolve(TokenMaps.ToMap(mixed, grid, _architecture.TokenLayout));
    }

    // Looked up at each use: moving a module to another device replaces its parameters.
    private Parameter Position(int m) => get_parameter(PositionName(m))!;

    private static string PositionName(int m) => $"{s_names[m]}_pos";

    /// <summary>The weights that see nothing but one modality.</summary>
    public IEnumerable<Parameter> ParametersOf(Modality modality) =>
        _encoders[(int)modality].parameters().Concat(_tokenize[(int)modality].parameters()).Concat(_intra[(int)modality].parameters());

    /// <summary>Which predictions a pass makes.</summary>
    [Flags]
    internal enum Heads
    {
        /// <summary>The fused logits only.</summary>
        Fused = 0,

        /// <summary>The fusion decoder's intermediate predictions too.</summary>
        Auxiliary = 1,

        /// <summary>Each modality's own prediction too.</summary>
        Separate = 2,

        /// <summary>Everything that training uses.</summary>
        All = Auxiliary | Separate,
    }

    /// <summary>What the network yields.</summary>
    /// <param name="Logits">(B, K, X, Y, Z), before softmax.</param>
    /// <param name="Auxiliary">Four probability maps of the fusion decoder's coarser levels,
    /// enlarged to full size; empty in scoring.</param>
    /// <param name="Separate">Four probability maps, one a modality; empty in scoring.</param>
    /// <param name="Fused">The fused bottleneck (B, 64c, X / 16, Y / 16, Z / 16), the F of equations 4 to 9.</param>
    internal sealed record Output(Tensor Logits, Tensor[] Auxiliary, Tensor[] Separate, Tensor Fused);
}
