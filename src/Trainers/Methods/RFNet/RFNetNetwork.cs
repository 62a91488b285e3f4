using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.RFNet;

/// <summary>An RFNet that scores windows.</summary>
/// <param name="architecture">Sizes.</param>
/// <param name="classes">K.</param>
/// <param name="training">Whether the separate decoder exists; scoring does not need it.</param>
internal sealed class RFNetNetwork(RFNetArchitecture architecture, int classes, bool training) : SegmentationNetwork(NetworkName)
{
    public const string NetworkName = "network";

    public RFNetModule Module { get; } = new(architecture, classes, training);

    public override Readout Readout { get; } = new ClassReadout(classes);

    protected override IEnumerable<nn.Module> Modules => [Module];

    public override IEnumerable<KeyValuePair<string, Tensor>> ScoringState() => Module.ScoringState();

    public override void Predict(Windows windows, IReadOnlyList<ModalitySet> subsets, Action<int, Tensor> take)
    {
        using DisposeScope scope = NewDisposeScope();
        RFNetModule.Encoding encoding = Module.Encode(windows.Scans, ModalitySet.Of([.. subsets.SelectMany(subset => subset)]));
        for (int i = 0; i < subsets.Count; i++)
        {
            using DisposeScope pass = NewDisposeScope();
            take(i, Module.Decode(encoding.Only(subsets[i]), Mask(subsets[i]), withMaps: false).Logits);
        }
    }
}
