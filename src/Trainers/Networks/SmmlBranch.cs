using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Networks;

/// <summary>One of the two students: an mmFormer backbone and, where cues are trained with, a refinement network.</summary>
internal sealed class SmmlBranch : IDisposable
{
    public SmmlBranch(SmmlArchitecture architecture, int classes, bool training, bool refinement)
    {
        Backbone = new(architecture, classes, training);
        Refinement = refinement ? new(architecture, classes) : null;
    }

    public MmFormer Backbone { get; }

    public RefinementNetwork? Refinement { get; }

    /// <summary>Where the weights are.</summary>
    public Device Device { get; private set; } = CPU;

    /// <summary>Every trainable parameter, backbone first.</summary>
    public IEnumerable<Parameter> Parameters => NamedParameters.Select(pair => pair.Parameter);

    /// <summary>Every trainable parameter under its checkpoint name, backbone first.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> NamedParameters => Refinement is null ? Backbone.named_parameters() : Backbone.named_parameters().Concat(Refinement.named_parameters());

    /// <summary>Every parameter and buffer under its checkpoint name.</summary>
    public Dictionary<string, Tensor> State()
    {
        Dictionary<string, Tensor> state = new(Backbone.state_dict(), StringComparer.Ordinal);
        foreach ((string name, Tensor value) in Refinement?.state_dict() ?? [])
            state.Add(name, value);
        return state;
    }

    /// <summary>The tensors that scoring needs, in a fixed order.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> InferenceState() => Backbone.state_dict()
        .Where(pair => !pair.Key.StartsWith("decoder_sep.", StringComparison.Ordinal))
        .OrderBy(pair => pair.Key, StringComparer.Ordinal);

    /// <summary>Keeps the weights when the scope in which they were made ends.</summary>
    public void DetachFromScope()
    {
        foreach (Tensor value in State().Values)
            value.DetachFromDisposeScope();
    }

    public void To(Device device)
    {
        Device = device;
        Backbone.to(device);
        Refinement?.to(device);
    }

    /// <summary>Switches between training and scoring.</summary>
    public void Train(bool training)
    {
        Backbone.train(training);
        Refinement?.train(training);
    }

    /// <summary>Logits (B, K, X, Y, Z) with each of several subsets of the scans. The encoders of scans that none of them sees do not run, the others once.</summary>
    /// <param name="scans">(B, 4, X, Y, Z) on the branch's device.</param>
    /// <param name="subsets">What the branch sees, one prediction each.</param>
    /// <param name="take">Given the index of the subset and its logits, which live until it returns.</param>
    public void Predict(Tensor scans, IReadOnlyList<ModalitySet> subsets, Action<int, Tensor> take)
    {
        using DisposeScope scope = NewDisposeScope();
        ModalitySet seen = ModalitySet.Of([.. subsets.SelectMany(subset => subset)]);
        MmFormer.Encoding encoding = Encode(scans, seen);
        for (int i = 0; i < subsets.Count; i++)
        {
            using DisposeScope pass = NewDisposeScope();
            take(i, Backbone.Decode(encoding.Only(subsets[i]), Mask(subsets[i]), MmFormer.Heads.Fused).Logits);
        }
    }

    // Temporaries of the encoders go before the first decoder runs.
    private MmFormer.Encoding Encode(Tensor scans, ModalitySet seen)
    {
        using DisposeScope scope = NewDisposeScope();
        MmFormer.Encoding encoding = Backbone.Encode(scans, seen);
        foreach (Tensor tensor in encoding.Tensors)
            tensor.MoveToOuterDisposeScope();
        return encoding;
    }

    private Tensor Mask(ModalitySet seen) => tensor(ModalitySet.All.Select(seen.Contains).ToArray()).unsqueeze(0).to(Device);

    public void Dispose()
    {
        Backbone.Dispose();
        Refinement?.Dispose();
    }
}
