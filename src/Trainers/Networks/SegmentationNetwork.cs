using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Networks;

/// <summary>A network that scores windows. SMML has two, most methods one; their mean segments.</summary>
/// <param name="name">The network's name in checkpoints, for example <c>branch1</c>.</param>
internal abstract class SegmentationNetwork(string name) : IDisposable
{
    /// <summary>The network's name in checkpoints.</summary>
    public string Name { get; } = name;

    /// <summary>Where the weights are.</summary>
    public Device Device { get; private set; } = CPU;

    /// <summary>Every trainable parameter under its name in the released checkpoints.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> NamedParameters => Modules.SelectMany(module => module.named_parameters());

    /// <summary>Every trainable parameter.</summary>
    public IEnumerable<Parameter> Parameters => NamedParameters.Select(pair => pair.Parameter);

    /// <summary>What the maps that it predicts mean.</summary>
    public abstract Readout Readout { get; }

    /// <summary>The subsets of the scans from which it can predict; for most methods all 15.</summary>
    public virtual IReadOnlyList<ModalitySet> Subsets => ModalitySet.Subsets;

    /// <summary>What the network is made of; what scores comes first.</summary>
    protected abstract IEnumerable<nn.Module> Modules { get; }

    /// <summary>The tensors that scoring needs and a model zip keeps, in a fixed order; 32-bit floating point only.</summary>
    public abstract IEnumerable<KeyValuePair<string, Tensor>> ScoringState();

    /// <summary>Scores windows with each of several subsets of the scans. The encoders of scans that no
    /// subset has do not run, the others once.</summary>
    /// <param name="windows">The windows, on the network's device. A scan that no subset has may hold anything.</param>
    /// <param name="subsets">What the network sees, one prediction each.</param>
    /// <param name="take">Receives the index of the subset and its logits (B, M, X, Y, Z), which live until it returns; M is the number of
    /// maps of <see cref="Readout"/>, for most methods K. They are, bit for bit, what the subset alone gives.</param>
    public abstract void Predict(Windows windows, IReadOnlyList<ModalitySet> subsets, Action<int, Tensor> take);

    /// <summary>Every parameter and buffer under its checkpoint name.</summary>
    public Dictionary<string, Tensor> State()
    {
        Dictionary<string, Tensor> state = new(StringComparer.Ordinal);
        foreach (nn.Module module in Modules)
        {
            foreach ((string key, Tensor value) in module.state_dict())
                state.Add(key, value);
        }

        return state;
    }

    /// <summary>Keeps the weights when the scope in which they were made ends.</summary>
    public void DetachFromScope()
    {
        foreach (Tensor value in State().Values)
            value.DetachFromDisposeScope();
    }

    public void To(Device device)
    {
        Device = device;
        foreach (nn.Module module in Modules)
            module.to(device);
    }

    /// <summary>Switches between training and scoring.</summary>
    public void Train(bool training)
    {
        foreach (nn.Module module in Modules)
            module.train(training);
    }

    public void Dispose()
    {
        foreach (nn.Module module in Modules)
            module.Dispose();
    }

    /// <summary>Why a subset cannot be scored, and which can.</summary>
    public static InvalidOperationException Unknown(ModalitySet subset, IReadOnlyList<ModalitySet> known) => new(
        $"This model cannot segment from {subset} alone: it was trained for {string.Join(", ", known)}. "
        + "Score with one of these subsets, or train a model that has this one.");

    /// <summary>A mask (1, 4) of booleans on the network's device.</summary>
    protected Tensor Mask(ModalitySet seen) => tensor(ModalitySet.All.Select(seen.Contains).ToArray()).unsqueeze(0).to(Device);
}

/// <summary>Windows of a case.</summary>
/// <param name="Scans">(B, 4, X, Y, Z).</param>
/// <param name="Starts">The first voxel of each window in the preprocessed case; negative in the padding of a
/// case that is smaller than the window.</param>
/// <param name="Frame">Where the case lies in the whole volume from which it was cropped.</param>
/// <param name="Flips">Along which axes the windows are mirrored.</param>
internal sealed record Windows(
    Tensor Scans, IReadOnlyList<(int X, int Y, int Z)> Starts, CaseFrame Frame = default, FlipAxes Flips = FlipAxes.None);
