using Smml.MLNet.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Smml.MLNet.Methods.UNetMfi;

/// <summary>U-Net-MFI: a U-Net for each modality, which exchange features at five levels.</summary>
/// <remarks>Source: Zhao, Yang and Sun, MICCAI 2022. State names are those of the released code.</remarks>
internal sealed class UNetMfiModule : NamedModule<Tensor, Tensor, UNetMfiModule.Output>
{
    private const int Count = ModalitySet.ModalityCount;
    private const int Levels = 4;

    private static readonly string[] s_coarseHeads = ["stage1Out", "stage2Out"];

    private readonly UNetMfiEntry[] _entries = new UNetMfiEntry[Count];
    private readonly ResidualBlock[][] _encode = [new ResidualBlock[Count], new ResidualBlock[Count], new ResidualBlock[Count]];
    private readonly Conv3d[][] _down = [new Conv3d[Count], new Conv3d[Count]];
    private readonly Enlargement[][] _up = [new Enlargement[Count], new Enlargement[Count], new Enlargement[Count]];
    private readonly ResidualBlock[][] _decode = [new ResidualBlock[Count], new ResidualBlock[Count], new ResidualBlock[Count]];
    private readonly FeatureInteraction[] _exchange;
    private readonly Conv3d[] _heads = new Conv3d[Count];
    private readonly Conv3d _fuse;
    private readonly Conv3d[] _coarse = [];

    /// <summary>Makes a network with fresh weights.</summary>
    /// <param name="architecture">Sizes.</param>
    /// <param name="maps">R, the number of regions.</param>
    /// <param name="training">Whether the heads of the coarse levels exist; scoring does not need them.</param>
    public UNetMfiModule(UNetMfiArchitecture architecture, int maps, bool training)
        : base(nameof(UNetMfiModule))
    {
        int w = architecture.BaseChannels;
        _exchange = [new(2 * w), new(4 * w), new(8 * w), new(4 * w), new(2 * w)];
        for (int i = 0; i < _exchange.Length; i++)
            register_module($"diff{i + 1}", _exchange[i]);
        for (int m = 0; m < Count; m++)
            AddNetwork(m, w, maps);
        this.RegisterPath("cat_out_conv.0", _fuse = nn.Conv3d(Count * maps, maps, 1));
        if (!training)
            return;
        _coarse = [ResidualBlock.Convolution(4 * w, maps), ResidualBlock.Convolution(2 * w, maps)];
        for (int i = 0; i < _coarse.Length; i++)
            this.RegisterPath($"{s_coarseHeads[i]}.0", _coarse[i]);
    }

    /// <summary>Scans (B, 4, X, Y, Z) and mask (B, 4) of booleans to logits.</summary>
    public override Output forward(Tensor scans, Tensor mask)
    {
        using Tensor seen = Seen(scans, mask);
        return Run(Enter(seen), mask, withCoarse: training && _coarse.Length > 0);
    }

    /// <summary>The scans with zeros instead of those that the mask hides; <c>where</c> keeps even NaN of a masked scan out.</summary>
    public static Tensor Seen(Tensor scans, Tensor mask)
    {
        using Tensor visible = mask.view(-1, Count, 1, 1, 1), nothing = zeros_like(scans);
        return where(visible, scans, nothing);
    }

    /// <summary>What the U-Net of each modality makes of its scan before it sees the others.</summary>
    /// <param name="scans">(B, 4, X, Y, Z), with zeros for missing ones.</param>
    /// <param name="run">Called with an entry and its scan (B, 1, X, Y, Z) instead of the entry itself.</param>
    public Tensor[][] Enter(Tensor scans, Func<nn.Module<Tensor, Tensor[]>, Tensor, Tensor[]>? run = null) =>
        [.. ModalitySet.All.Select(modality => Enter(scans, modality, run))];

    /// <summary>What the U-Net of one modality makes of its scan before it sees the others: it depends on nothing else, so that it serves
    /// every subset with the scan.</summary>
    public Tensor[] Enter(Tensor scans, Modality modality, Func<nn.Module<Tensor, Tensor[]>, Tensor, Tensor[]>? run = null)
    {
        Tensor scan = scans.narrow(1, (int)modality, 1);
        return run is null ? _entries[(int)modality].call(scan) : run(_entries[(int)modality], scan);
    }

    /// <summary>All that follows, from the first exchange on.</summary>
    /// <param name="entered">What <see cref="Enter(Tensor, Modality, Func{nn.Module{Tensor, Tensor[]}, Tensor, Tensor[]})"/> gave for each
    /// modality; of a zero scan if it is missing.</param>
    /// <param name="mask">(B, 4) of booleans: which modalities are seen of each sample.</param>
    /// <param name="withCoarse">Whether the predictions of the two coarser levels are given out.</param>
    public Output Run(Tensor[][] entered, Tensor mask, bool withCoarse)
    {
        using Tensor code = mask.to(ScalarType.Float32);
        Tensor[][] skips = new Tensor[Levels - 1][];
        Tensor[] current = Descend(entered, code, skips);
        List<Tensor> coarse = [];
        for (int step = 0; step < Levels - 2; step++)
        {
            Tensor[] raised = Each(m => Ascend(step, m, current[m], skips[^(step + 1)][m], withCoarse ? coarse : null));
            Free(current, skips[^(step + 1)]);
            current = _exchange[Levels - 1 + step].call(raised, code);
            Free(raised);
        }

        // The finest level is the largest: one modality at a time.
        Tensor[] own = Each(m =>
        {
            using Tensor features = Ascend(Levels - 2, m, current[m], skips[0][m], null);
            return _heads[m].Convolve(features);
        });
        Free(current);
        using Tensor all = cat(own, 1), fused = _fuse.Convolve(all);
        return new(fused.to(ScalarType.Float32), Each(m => own[m].to(ScalarType.Float32)), coarse);
    }

    /// <summary>The tensors that scoring needs under their checkpoint names, in ordinal order of the names.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> ScoringState() => state_dict()
        .Where(pair => !s_coarseHeads.Any(head => pair.Key.StartsWith($"{head}.", StringComparison.Ordinal)))
        .OrderBy(pair => pair.Key, StringComparer.Ordinal);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (UNetMfiEntry entry in _entries)
                entry.Dispose();
        }

        base.Dispose(disposing);
    }

    // The layers of one U-Net; those of the entry register themselves.
    private void AddNetwork(int m, int w, int maps)
    {
        int number = m + 1;
        _entries[m] = new(this, number, w);
        for (int i = 0; i < Levels - 1; i++)
        {
            int width = w << (i + 1), above = w << (Levels - 1 - i);
            register_module($"en{i + 2}_{number}", _encode[i][m] = UNetMfiEntry.Block(width));
            if (i < Levels - 2)
                this.RegisterPath($"ed{i + 2}_{number}.conv.0", _down[i][m] = ResidualBlock.Convolution(width, 2 * width, stride: 2));
            register_module($"ud{i + 1}_{number}", _up[i][m] = new(above));
            register_module($"un{i + 1}_{number}", _decode[i][m] = UNetMfiEntry.Block(above / 2));
        }

        register_module($"out_conv{number}", _heads[m] = nn.Conv3d(w, maps, 1));
    }

    // From the finest level to the coarsest, whose features (B, 8w, X / 8, Y / 8, Z / 8) are given back; the others are kept, finest first.
    private Tensor[] Descend(Tensor[][] entered, Tensor code, Tensor[][] skips)
    {
        skips[0] = [.. entered.Select(levels => levels[0])];
        Tensor[] current = _exchange[0].call([.. entered.Select(levels => levels[1])], code);
        for (int level = 0; ; level++)
        {
            Tensor[] features = Each(m => _encode[level][m].call(current[m]));
            Free(current);
            if (level == _down.Length)
                return features;
            skips[level + 1] = features;
            Tensor[] coarser = Each(m => _down[level][m].Convolve(features[m]));
            current = _exchange[level + 1].call(coarser, code);
            Free(coarser);
        }
    }

    // One level up: (B, C, X, Y, Z) and what was kept (B, C / 2, 2X, 2Y, 2Z) to features of that shape.
    private Tensor Ascend(int step, int m, Tensor features, Tensor skip, List<Tensor>? coarse)
    {
        using Tensor enlarged = _up[step][m].call(features), sum = enlarged.Plus(skip);
        if (coarse is not null)
        {
            using Tensor logits = _coarse[step].Convolve(sum), single = logits.to(ScalarType.Float32);
            double factor = 4 >> step;
            coarse.Add(F.interpolate(single, scale_factor: [factor, factor, factor], mode: InterpolationMode.Nearest));
        }

        return _decode[step][m].call(sum);
    }

    private static Tensor[] Each(Func<int, Tensor> make) => [.. Enumerable.Range(0, Count).Select(make)];

    private static void Free(params IEnumerable<Tensor>[] tensors)
    {
        foreach (Tensor tensor in tensors.SelectMany(each => each))
            tensor.Dispose();
    }

    /// <summary>Logits (B, R, X, Y, Z) of what is predicted.</summary>
    /// <param name="Fused">From the predictions of all modalities.</param>
    /// <param name="Separate">From the features of each modality's U-Net.</param>
    /// <param name="Coarse">From those at a quarter of the size, one per modality, and at half of it, enlarged.</param>
    internal sealed record Output(Tensor Fused, Tensor[] Separate, IReadOnlyList<Tensor> Coarse)
    {
        /// <summary>The mean of the fused and the four separate predictions, which segments.</summary>
        public Tensor Mean()
        {
            using Tensor all = stack([.. Separate, Fused]);
            return all.mean([0L]);
        }
    }
}
