using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.UNetMfi;

/// <summary>A U-Net-MFI that scores windows.</summary>
/// <param name="architecture">Sizes.</param>
/// <param name="regions">What it predicts.</param>
/// <param name="training">Whether the heads of the coarse levels exist; scoring does not need them.</param>
internal sealed class UNetMfiNetwork(UNetMfiArchitecture architecture, RegionReadout regions, bool training)
    : SegmentationNetwork("network")
{
    public UNetMfiModule Module { get; } = new(architecture, regions.MapCount, training);

    public override Readout Readout => regions;

    protected override IEnumerable<nn.Module> Modules => [Module];

    public override IEnumerable<KeyValuePair<string, Tensor>> ScoringState() => Module.ScoringState();

    public override void Predict(Windows windows, IReadOnlyList<ModalitySet> subsets, Action<int, Tensor> take)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[]?[] seen = Enter(windows.Scans, subsets.SelectMany(subset => subset));
        Tensor[]?[] missing = Enter(zeros_like(windows.Scans), subsets.SelectMany(subset => subset.Complement));
        for (int i = 0; i < subsets.Count; i++)
        {
            using DisposeScope pass = NewDisposeScope();
            ModalitySet subset = subsets[i];
            Tensor[][] entered = [.. ModalitySet.All.Select(one => (subset.Contains(one) ? seen : missing)[(int)one]!)];
            take(i, Module.Run(entered, Mask(subset), withCoarse: false).Mean());
        }
    }

    // What the U-Nets of some modalities make of their scans before they see the others; no subset changes it.
    private Tensor[]?[] Enter(Tensor scans, IEnumerable<Modality> modalities)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[]?[] entered = new Tensor[]?[ModalitySet.ModalityCount];
        foreach (Modality modality in modalities.Distinct())
            entered[(int)modality] = [.. Module.Enter(scans, modality).Select(level => level.MoveToOuterDisposeScope())];
        return entered;
    }
}
