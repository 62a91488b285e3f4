using Smml.MLNet.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.RFNet;

/// <summary>RFNet: an encoder per modality, a decoder that fuses the modalities region by region, a decoder of each alone.</summary>
/// <remarks>Source: Ding, Yu and Yang, ICCV 2021. State names are those of the released checkpoints.</remarks>
internal sealed class RFNetModule : NamedModule<Tensor, Tensor, RegionFusionDecoder.Output>
{
    private const string SeparateName = "decoder_sep";

    private static readonly string[] s_names = ["flair", "t1ce", "t1", "t2"];

    private readonly int _channels;
    private readonly RFNetEncoder[] _encoders = new RFNetEncoder[ModalitySet.ModalityCount];
    private readonly RegionFusionDecoder _fusion;
    private readonly RFNetSeparateDecoder? _separate;

    /// <summary>Makes a network with fresh weights.</summary>
    /// <param name="architecture">Sizes.</param>
    /// <param name="classes">K.</param>
    /// <param name="training">Whether the separate decoder exists; scoring does not need it.</param>
    public RFNetModule(RFNetArchitecture architecture, int classes, bool training)
        : base(nameof(RFNetModule))
    {
        _channels = architecture.BaseChannels;
        for (int m = 0; m < s_names.Length; m++)
            register_module($"{s_names[m]}_encoder", _encoders[m] = new(_channels, architecture.Padding));
        register_module("decoder_fuse", _fusion = new(_channels, classes, architecture.Padding));
        if (training)
            register_module(SeparateName, _separate = new(_channels, classes, architecture.Padding));
    }

    /// <summary>Scans (B, 4, X, Y, Z) and mask (B, 4) of booleans to logits and, in training mode, region maps.</summary>
    public override RegionFusionDecoder.Output forward(Tensor scans, Tensor mask) => Decode(Encode(scans, ModalitySet.All), mask, training);

    /// <summary>What each modality yields by itself: it does not depend on the others, so that it serves every mask.</summary>
    /// <param name="scans">(B, 4, X, Y, Z).</param>
    /// <param name="encoded">Which encoders run.</param>
    /// <param name="run">Called with an encoder and its scan (B, 1, X, Y, Z) instead of the encoder itself.</param>
    public Encoding Encode(Tensor scans, ModalitySet encoded, Func<nn.Module<Tensor, Tensor[]>, Tensor, Tensor[]>? run = null)
    {
        Tensor[]?[] levels = new Tensor[]?[s_names.Length];
        foreach (Modality modality in encoded)
        {
            int m = (int)modality;
            Tensor scan = scans.narrow(1, m, 1);
            levels[m] = run is null ? _encoders[m].call(scan) : run(_encoders[m], scan);
        }

        return new(levels, scans.shape, scans.dtype, scans.device);
    }

    /// <summary>From what the modalities yield to the fused prediction.</summary>
    /// <param name="encoding">Of every modality that the mask shows.</param>
    /// <param name="mask">(B, 4) of booleans: which modalities are seen of each sample.</param>
    /// <param name="withMaps">Whether the region maps are given out.</param>
    public RegionFusionDecoder.Output Decode(Encoding encoding, Tensor mask, bool withMaps)
    {
        Tensor[] masked = new Tensor[RFNetEncoder.Levels];
        for (int level = 0; level < masked.Length; level++)
            masked[level] = Masked(encoding, mask, level);
        RegionFusionDecoder.Output output = _fusion.call(masked, withMaps);
        foreach (Tensor features in masked)
            features.Dispose();
        return output;
    }

    /// <summary>Each modality's own class probabilities (B, K, X, Y, Z), unmasked.</summary>
    /// <param name="encoding">Of every modality.</param>
    /// <exception cref="InvalidOperationException">The network was made for scoring, or an encoder did not run.</exception>
    public Tensor[] Separate(Encoding encoding)
    {
        if (_separate is null)
            throw new InvalidOperationException("A network made for scoring has no separate decoder. Make it with training: true.");
        Tensor[][] all = [.. encoding.Levels.OfType<Tensor[]>()];
        if (all.Length < s_names.Length)
            throw new InvalidOperationException($"The separate decoder needs all {s_names.Length} modalities; {all.Length} were encoded.");
        return _separate.call(all);
    }

    /// <summary>The tensors that scoring needs under their checkpoint names, in ordinal order of the names.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> ScoringState() => state_dict()
        .Where(pair => !pair.Key.StartsWith($"{SeparateName}.", StringComparison.Ordinal))
        .OrderBy(pair => pair.Key, StringComparer.Ordinal);

    /// <summary>The weights that see nothing but one modality.</summary>
    public IEnumerable<Parameter> ParametersOf(Modality modality) => _encoders[(int)modality].parameters();

    // The features of one level, modality-major: (B, 4 * c * 2^level, ...). `where` keeps even NaN of a masked scan out.
    private Tensor Masked(Encoding encoding, Tensor mask, int level)
    {
        long[] scans = encoding.Shape;
        Tensor[] masked = new Tensor[s_names.Length];
        for (int m = 0; m < masked.Length; m++)
        {
            if (encoding.Levels[m] is { } levels)
            {
                using Tensor own = mask.narrow(1, m, 1), seen = own.view(-1, 1, 1, 1, 1), nothing = zeros_like(levels[level]);
                masked[m] = where(seen, levels[level], nothing);
            }
            else
            {
                long[] shape = [scans[0], (long)_channels << level, scans[2] >> level, scans[3] >> level, scans[4] >> level];
                masked[m] = zeros(shape, dtype: encoding.Type, device: encoding.Device);
            }
        }

        Tensor features = cat(masked, 1);
        foreach (Tensor each in masked)
            each.Dispose();
        return features;
    }

    /// <summary>What the modalities yield by themselves.</summary>
    /// <param name="Levels">Four maps for each modality, (B, c * 2^l, X / 2^l, ...); null if its encoder did not run.</param>
    /// <param name="Shape">(B, 4, X, Y, Z) of the scans.</param>
    /// <param name="Type">The scans' type of numbers.</param>
    /// <param name="Device">Where they are.</param>
    internal sealed record Encoding(Tensor[]?[] Levels, long[] Shape, ScalarType Type, Device Device)
    {
        /// <summary>The same without the modalities outside a set, as if their encoders had not run.</summary>
        public Encoding Only(ModalitySet seen) => this with
        {
            Levels = [.. Levels.Select((levels, m) => seen.Contains((Modality)m) ? levels : null)],
        };

        /// <summary>Every tensor of it.</summary>
        public IEnumerable<Tensor> Tensors => Levels.SelectMany(levels => levels ?? []);
    }
}
