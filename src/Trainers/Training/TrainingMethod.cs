using System.Text.Json.Nodes;
using Smml.MLNet.Networks;
using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>What a method does in a training: its networks, what its optimizers move, and one pass of a step. The loop, the feed,
/// checkpoints and monitoring know no method.</summary>
internal abstract class TrainingMethod : IDisposable
{
    /// <summary>The networks that are validated and saved, in training mode, each on its device.</summary>
    public abstract IReadOnlyList<SegmentationNetwork> Networks { get; }

    /// <summary>What each optimizer moves.</summary>
    public abstract IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>The first epochs, in which nothing learns to segment: patches are placed anywhere in the case and not varied, validation
    /// cases are not scored, and no such epoch is the best.</summary>
    public virtual int PretrainingEpochs => 0;

    /// <summary>How many different subsets of its scans a sample is shown with.</summary>
    public virtual int MasksPerSample => 1;

    /// <summary>The subsets that a sample may be shown with; equally likely where the sample has the scans.</summary>
    public virtual IReadOnlyList<ModalitySet> Masks => ModalitySet.TrainingMasks;

    /// <summary>Whether samples need semantic cues.</summary>
    public virtual bool UsesCues => false;

    /// <summary>What decides the result besides the options that all methods share, for checkpoints.</summary>
    public virtual IEnumerable<KeyValuePair<string, JsonNode?>> Settings => [];

    /// <summary>Every parameter and buffer under its name in checkpoints.</summary>
    public virtual IEnumerable<KeyValuePair<string, Tensor>> State => Networks.SelectMany(
        network => network.State().Select(pair => new KeyValuePair<string, Tensor>($"{network.Name}/{pair.Key}", pair.Value)));

    /// <summary>Called once, after a checkpoint was taken up and before the first pass.</summary>
    /// <returns>What ends with the last pass; null for nothing.</returns>
    public virtual IDisposable? Begin() => null;

    /// <summary>Gives every process of the training what the others have learnt: afterwards networks and optimizers are the same in all.
    /// Called by all at the same moment.</summary>
    /// <param name="optimizers">Whether the optimizers are needed too, which are three times as large as the networks.</param>
    public virtual void Share(bool optimizers = true)
    {
    }

    /// <summary>Forward, losses, backward; the last pass of a step also moves the weights.</summary>
    public abstract void Run(TrainingPass pass);

    public virtual void Dispose()
    {
        foreach (ParameterGroup group in Groups)
            group.Dispose();
    }
}

/// <summary>One pass of a step.</summary>
/// <param name="Samples">One batch for the losses over a whole batch.</param>
/// <param name="Epoch">Counted from 0.</param>
/// <param name="Passes">How many passes the step has; losses count by their share.</param>
/// <param name="IsLast">Whether the weights move afterwards.</param>
/// <param name="Losses">Where the terms are added.</param>
internal sealed record TrainingPass(IReadOnlyList<TrainingSample> Samples, int Epoch, int Passes, bool IsLast, EpochLosses Losses);
