using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.MmFormer;

/// <summary>An mmFormer that scores windows, alone or as a student of SMML.</summary>
internal class MmFormerNetwork : SegmentationNetwork
{
    /// <summary>Makes a network with fresh weights.</summary>
    /// <param name="name">The network's name in checkpoints.</param>
    /// <param name="architecture">Sizes.</param>
    /// <param name="classes">K.</param>
    /// <param name="training">Whether the separate decoder exists; scoring does not need it.</param>
    public MmFormerNetwork(string name, MmFormerArchitecture architecture, int classes, bool training)
        : base(name) => (Backbone, Readout) = (new(architecture, classes, training), new ClassReadout(classes));

    public MmFormerModule Backbone { get; }

    public sealed override Readout Readout { get; }

    protected override IEnumerable<nn.Module> Modules => [Backbone];

    public override IEnumerable<KeyValuePair<string, Tensor>> ScoringState() => Backbone.ScoringState();

    public override void Predict(Windows windows, IReadOnlyList<ModalitySet> subsets, Action<int, Tensor> take)
    {
        using DisposeScope scope = NewDisposeScope();
        ModalitySet seen = ModalitySet.Of([.. subsets.SelectMany(subset => subset)]);
        TokenEncoding encoding = Encode(windows.Scans, seen);
        for (int i = 0; i < subsets.Count; i++)
        {
            using DisposeScope pass = NewDisposeScope();
            take(i, Backbone.Decode(encoding.Only(subsets[i]), Mask(subsets[i]), MmFormerModule.Heads.Fused).Logits);
        }
    }

    // Temporaries of the encoders go before the first decoder runs.
    private TokenEncoding Encode(Tensor scans, ModalitySet seen)
    {
        using DisposeScope scope = NewDisposeScope();
        TokenEncoding encoding = Backbone.Encode(scans, seen);
        foreach (Tensor tensor in encoding.Tensors)
            tensor.MoveToOuterDisposeScope();
        return encoding;
    }
}
