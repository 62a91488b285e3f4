using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.M3ae;

/// <summary>An M3AE that scores windows. Every layer sees all scans at once, so that subsets share nothing but the cut of the substitute
/// image.</summary>
/// <param name="architecture">Sizes.</param>
/// <param name="regions">What it predicts.</param>
/// <param name="training">Whether the heads that only training needs exist.</param>
internal sealed class M3aeNetwork(M3aeArchitecture architecture, RegionReadout regions, bool training) : SegmentationNetwork("network")
{
    public M3aeModule Module { get; } = new(architecture, regions.MapCount, training);

    public override Readout Readout => regions;

    protected override IEnumerable<nn.Module> Modules => [Module];

    /// <summary>The regions in the order of the released maps: innermost first.</summary>
    public static RegionReadout Regions(LabelConvention labels) => new(labels, innermostFirst: true);

    public override IEnumerable<KeyValuePair<string, Tensor>> ScoringState() => Module.ScoringState();

    public override void Predict(Windows windows, IReadOnlyList<ModalitySet> subsets, Action<int, Tensor> take)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor scans = ReleasedOrder.Enter(windows.Scans), substitute = Substitute(windows);
        for (int i = 0; i < subsets.Count; i++)
        {
            using DisposeScope pass = NewDisposeScope();
            Tensor logits = Module.call(where(ReleasedOrder.Mask(Mask(subsets[i])), scans, substitute));
            take(i, ReleasedOrder.Axes(logits).contiguous());
        }
    }

    private Tensor Substitute(Windows windows)
    {
        VolumeShape window = new((int)windows.Scans.shape[2], (int)windows.Scans.shape[3], (int)windows.Scans.shape[4]);
        CaseFrame frame = architecture.SubstitutePlacement == SubstitutePlacement.Crop
            ? windows.Frame with { Offset = default }
            : windows.Frame;
        return cat([.. windows.Starts.Select(start => SubstituteImage.Cut(Module.Image, window, start, frame, windows.Flips))], 0);
    }
}
