using Smml.MLNet.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.MctSeg;

/// <summary>MCTSeg: an encoder and a transformer with convolutional adapters per modality, cross-modal fusion, a masked fusion decoder; in
/// training also a teacher that sees all scans and a decoder of each encoder alone.</summary>
/// <remarks>Source: Kang et al., arXiv 2404.14019, and its released code. State names are those of the released checkpoints.</remarks>
internal sealed class MctSegModule : NamedModule<Tensor, Tensor, MctSegModule.Output>
{
    private const string TeacherName = "all_encoder", SeparateName = "decoder_sep";

    private static readonly string[] s_names = ["flair", "t1ce", "t1", "t2"];

    private static readonly TransformerBlock.Names s_intraNames = new(
        AttentionNorm: "cross_attention_list.0.fn.norm",
        Attention: "cross_attention_list.0.fn.fn1",
        FeedForwardNorm: "cross_ffn_list.0.fn.norm",
        FeedForward: "cross_ffn_list.0.fn.fn1");

    private readonly MctSegArchitecture _architecture;
    private readonly ModalityEncoder[] _encoders = new ModalityEncoder[ModalitySet.ModalityCount];
    private readonly Conv3d[] _tokenize = new Conv3d[ModalitySet.ModalityCount];
    private readonly TransformerBlock[] _intra = new TransformerBlock[ModalitySet.ModalityCount];
    private readonly CrossModalFusion _cross;
    private readonly FusionDecoder _fusion;
    private readonly TeachingParts? _teaching;

    /// <summary>Makes a network with fresh weights.</summary>
    /// <param name="architecture">Sizes.</param>
    /// <param name="classes">K.</param>
    /// <param name="training">Whether the parts exist that only training uses: the teacher, the separate decoder and what leads from
    /// tokens to it.</param>
    public MctSegModule(MctSegArchitecture architecture, int classes, bool training)
        : base(nameof(MctSegModule))
    {
        _architecture = architecture;
        int channels = architecture.BaseChannels, deepest = channels << (ModalityEncoder.Levels - 1), width = architecture.TransformerWidth;
        for (int m = 0; m < s_names.Length; m++)
        {
            register_module($"{s_names[m]}_encoder", _encoders[m] = new(channels, architecture.Padding));
            register_module($"{s_names[m]}_encode_conv", _tokenize[m] = PreActivationConvolution.Create(deepest, width, 1));
            register_module($"{s_names[m]}_trans", _intra[m] = Intra());
            if (architecture.LearnPositions)
                register_parameter(PositionName(m), nn.Parameter(zeros([1, architecture.TokenGrid.Count, width])));
        }

        register_module("cmf", _cross = new(architecture));
        register_module("decoder_fuse", _fusion = new(channels, classes, architecture.Padding, deepest: width));
        if (!training)
            return;
        _teaching = new(
            new(channels, architecture.Padding, ModalitySet.ModalityCount),
            [.. s_names.Select(_ => PreActivationConvolution.Create(width, deepest, 1))],
            new(channels, classes, architecture.Padding));
        register_module(TeacherName, _teaching.Teacher);
        for (int m = 0; m < s_names.Length; m++)
            register_module(UntokenizeName(m), _teaching.Untokenize[m]);
        register_module(SeparateName, _teaching.Separate);
    }

    /// <summary>The tensors that scoring needs under their checkpoint names, in ordinal order of the names.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> ScoringState()
    {
        string[] teaching = [TeacherName, SeparateName, .. Enumerable.Range(0, s_names.Length).Select(UntokenizeName)];
        return state_dict()
            .Where(pair => !teaching.Any(name => pair.Key.StartsWith($"{name}.", StringComparison.Ordinal)))
            .OrderBy(pair => pair.Key, StringComparer.Ordinal);
    }

    /// <summary>Scans (B, 4, X, Y, Z) and mask (B, 4) of booleans to logits; while the module is in training mode also all that the
    /// objective looks at.</summary>
    public override Output forward(Tensor scans, Tensor mask) => Run(scans, mask, ModalitySet.All, training ? Heads.All : Heads.Fused);

    /// <summary>The same with a choice of what is computed.</summary>
    /// <param name="scans">(B, 4, X, Y, Z).</param>
    /// <param name="mask">(B, 4) of booleans: what the fused prediction may see of each sample.</param>
    /// <param name="encoded">Which encoders run. A modality outside must be masked in every sample.</param>
    /// <param name="heads">What is computed; <see cref="Heads.Separate"/> and <see cref="Heads.Distillation"/> need every encoder.</param>
    /// <param name="replay">Runs the encoders, if they are to be run again in the backward pass.</param>
    /// <exception cref="InvalidOperationException">The network was made for scoring, or an encoder did not run.</exception>
    public Output Run(Tensor scans, Tensor mask, ModalitySet encoded, Heads heads, EncoderReplay? replay = null)
    {
        TokenEncoding encoding = Encode(scans, encoded, replay);
        FusionDecoder.Output fused = Decode(encoding, mask, heads.HasFlag(Heads.Auxiliary));
        if ((heads & ~Heads.Auxiliary) == 0)
            return new(fused.Logits, fused.Auxiliary, [], null, [], []);

        if (_teaching is not { } teaching)
            throw new InvalidOperationException("A network made for scoring has no teacher. Make it with training: true.");
        Tensor[][] levels = [.. encoding.Levels.OfType<Tensor[]>()];
        if (levels.Length < s_names.Length && (heads & (Heads.Separate | Heads.Distillation)) != 0)
            throw new InvalidOperationException($"The separate decoder and distillation need all {s_names.Length} modalities.");
        Tensor[] teacher = (heads & (Heads.Teacher | Heads.Distillation)) != 0 ? Encode(teaching.Teacher, scans, replay) : [];

        // The separate decoder sees the tokens of a modality instead of its coarsest map. All go through as one batch.
        List<Tensor[]> alone = [];
        if (heads.HasFlag(Heads.Separate))
            alone.AddRange(levels.Select((maps, m) => (Tensor[])[.. maps[..^1], Untokenized(m)]));
        if (heads.HasFlag(Heads.Teacher))
            alone.Add(teacher);
        Tensor[] predicted = alone.Count > 0 ? teaching.Separate.call([.. alone]) : [];
        return new(
            fused.Logits,
            fused.Auxiliary,
            heads.HasFlag(Heads.Separate) ? predicted[..s_names.Length] : [],
            heads.HasFlag(Heads.Teacher) ? predicted[^1] : null,
            levels,
            teacher);

        Tensor Untokenized(int m) => teaching.Untokenize[m].Convolve(TokenMaps.ToMap(encoding.Tokens[m]!, _architecture.TokenGrid));
    }

    /// <summary>What each modality yields by itself: it does not depend on the others, so that it serves every mask.</summary>
    /// <param name="scans">(B, 4, X, Y, Z).</param>
    /// <param name="encoded">Which encoders run.</param>
    /// <param name="replay">Runs the encoders, if they are to be run again in the backward pass.</param>
    public TokenEncoding Encode(Tensor scans, ModalitySet encoded, EncoderReplay? replay = null)
    {
        Tensor[]?[] features = new Tensor[]?[s_names.Length];
        Tensor?[] tokens = new Tensor?[s_names.Length];
        foreach (Modality modality in encoded)
        {
            int m = (int)modality;
            Tensor[] levels = features[m] = Encode(_encoders[m], scans.narrow(1, m, 1), replay);
            tokens[m] = _intra[m].call(TokenMaps.ToTokens(_tokenize[m].Convolve(levels[^1])), Position(m));
        }

        return new(features, tokens, scans.shape, scans.dtype, scans.device);
    }

    /// <summary>From what the modalities yield to the fused prediction.</summary>
    /// <param name="encoding">Of every modality that the mask shows.</param>
    /// <param name="mask">(B, 4) of booleans.</param>
    /// <param name="withAuxiliary">Whether the fusion decoder's intermediate predictions are made.</param>
    public FusionDecoder.Output Decode(TokenEncoding encoding, Tensor mask, bool withAuxiliary)
    {
        Tensor[] fused = new Tensor[ModalityEncoder.Levels];
        for (int level = 0; level < ModalityEncoder.Levels - 1; level++)
            fused[level] = encoding.MaskedLevel(mask, level, (long)_architecture.BaseChannels << level);
        Tensor[] tokens = encoding.MaskedTokens(mask, _architecture.TokenGrid.Count, _architecture.TransformerWidth);
        fused[^1] = _cross.call(tokens, Positions());
        return _fusion.call(fused, withAuxiliary);
    }

    /// <summary>The weights that see nothing but one modality and lead to the fused prediction.</summary>
    public IEnumerable<Parameter> ParametersOf(Modality modality) =>
        _encoders[(int)modality].parameters().Concat(_tokenize[(int)modality].parameters()).Concat(_intra[(int)modality].parameters());

    private static Tensor[] Encode(ModalityEncoder encoder, Tensor scans, EncoderReplay? replay) =>
        replay is null ? encoder.call(scans) : replay.Run(encoder, scans);

    // Looked up at each use: moving a module to another device replaces its parameters.
    private Parameter? Position(int m) => _architecture.LearnPositions ? get_parameter(PositionName(m)) : null;

    // (1, 4N, T).
    private Tensor? Positions() =>
        _architecture.LearnPositions ? cat([.. Enumerable.Range(0, s_names.Length).Select(m => Position(m)!)], 1) : null;

    private static string PositionName(int m) => $"{s_names[m]}_pos";

    private static string UntokenizeName(int m) => $"{s_names[m]}_decode_conv";

    private TransformerBlock Intra()
    {
        MctSegArchitecture sizes = _architecture;
        return new(
            sizes.TransformerWidth,
            sizes.FeedForwardWidth,
            sizes.AttentionHeads,
            sizes.Dropout,
            s_intraNames,
            new("cross_attention_list.0.fn.fn2", Adapter(), "cross_ffn_list.0.fn.fn2", Adapter()));

        ConvolutionalAdapter Adapter() =>
            new(sizes.TransformerWidth, sizes.AdapterWidth, sizes.TransformerWidth, sizes.TokenGrid, sizes.Dropout);
    }

    /// <summary>What a pass computes.</summary>
    [Flags]
    internal enum Heads
    {
        /// <summary>The fused logits only.</summary>
        Fused = 0,

        /// <summary>The fusion decoder's intermediate predictions too.</summary>
        Auxiliary = 1,

        /// <summary>Each modality's own prediction too.</summary>
        Separate = 2,

        /// <summary>The teacher's prediction too.</summary>
        Teacher = 4,

        /// <summary>The teacher's maps too.</summary>
        Distillation = 8,

        /// <summary>Everything that training uses.</summary>
        All = Auxiliary | Separate | Teacher | Distillation,
    }

    /// <summary>What only training uses.</summary>
    /// <param name="Teacher">The encoder that sees all scans.</param>
    /// <param name="Untokenize">From tokens of a modality to the coarsest map that the separate decoder sees.</param>
    /// <param name="Separate">Decodes each modality, and the teacher, alone.</param>
    private sealed record TeachingParts(ModalityEncoder Teacher, Conv3d[] Untokenize, SeparateDecoder Separate);

    /// <summary>What the network yields.</summary>
    /// <param name="Logits">(B, K, X, Y, Z), before softmax.</param>
    /// <param name="Auxiliary">Four probability maps of the fusion decoder's coarser levels, enlarged to full size.</param>
    /// <param name="Separate">Four probability maps, one for each modality.</param>
    /// <param name="Whole">The teacher's probabilities (B, K, X, Y, Z); null if they were not asked for.</param>
    /// <param name="Levels">Five unmasked maps of each modality; empty if nothing beyond the fused prediction was asked for.</param>
    /// <param name="Teacher">The teacher's five maps; empty if the teacher did not run.</param>
    internal sealed record Output(
        Tensor Logits, Tensor[] Auxiliary, Tensor[] Separate, Tensor? Whole, Tensor[][] Levels, Tensor[] Teacher);
}
