using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.MctSeg;

/// <summary>An MCTSeg that scores windows.</summary>
/// <param name="architecture">Sizes.</param>
/// <param name="classes">K.</param>
/// <param name="training">Whether the parts exist that only training uses.</param>
internal sealed class MctSegNetwork(MctSegArchitecture architecture, int classes, bool training) : SegmentationNetwork("network")
{
    public MctSegModule Module { get; } = new(architecture, classes, training);

    public override Readout Readout { get; } = new ClassReadout(classes);

    protected override IEnumerable<nn.Module> Modules => [Module];

    public override IEnumerable<KeyValuePair<string, Tensor>> ScoringState() => Module.ScoringState();

    public override void Predict(Windows windows, IReadOnlyList<ModalitySet> subsets, Action<int, Tensor> take)
    {
        using DisposeScope scope = NewDisposeScope();
        TokenEncoding encoding = Encode(windows.Scans, ModalitySet.Of([.. subsets.SelectMany(subset => subset)]));
        for (int i = 0; i < subsets.Count; i++)
        {
            using DisposeScope pass = NewDisposeScope();
            take(i, Module.Decode(encoding.Only(subsets[i]), Mask(subsets[i]), withAuxiliary: false).Logits);
        }
    }

    // Temporaries of the encoders go before the first decoder runs.
    private TokenEncoding Encode(Tensor scans, ModalitySet seen)
    {
        using DisposeScope scope = NewDisposeScope();
        TokenEncoding encoding = Module.Encode(scans, seen);
        foreach (Tensor tensor in encoding.Tensors)
            tensor.MoveToOuterDisposeScope();
        return encoding;
    }
}
