using Smml.MLNet.Losses;
using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>A training of one network with one mask per sample, whose loss is a weighted sum of
/// terms. A method only says which terms.</summary>
/// <param name="options">Window, optimizer, precision.</param>
/// <param name="network">In training mode, on its device.</param>
/// <param name="classes">K.</param>
/// <param name="groups">The optimizers; none for that of the mmFormer family.</param>
internal abstract class SingleNetworkTraining(
    SegmentationTrainerOptions options, SegmentationNetwork network, int classes, params ParameterGroup[] groups) : TrainingMethod
{
    public sealed override IReadOnlyList<SegmentationNetwork> Networks { get; } = [network];

    public sealed override IReadOnlyList<ParameterGroup> Groups { get; } = groups.Length > 0 ? groups : [PolyAdam.Group(options, network)];

    /// <summary>Moves the network's parameters, if there is one optimizer.</summary>
    protected AdamOptimizer Optimizer => Groups.Single().Optimizer;

    public sealed override void Run(TrainingPass pass)
    {
        using EncoderReplay? replay = options.RecomputeEncoders ? new() : null;
        Tensor total;
        using (NewDisposeScope()) // wrappers of the forward pass go before the backward pass, so that it can free activations
        {
            Lesson lesson = Lesson.Of(pass.Samples, options.Network.Patch, classes, [network.Device])[0];
            LossSum losses = new();
            Learn(new(lesson.Batch, lesson.Target, pass.Samples, pass.Epoch, replay), losses);
            losses.Finish();
            pass.Losses.Add(losses.Terms, pass.Passes);
            total = (pass.Passes == 1 ? losses.Total : losses.Total.Over(pass.Passes)).MoveToOuterDisposeScope();
        }

        total.backward();
        replay?.Backward(options.Precision);
        foreach (ParameterGroup group in Groups.Where(group => pass.IsLast && group.ActsIn(pass.Epoch)))
            group.Optimizer.Step();
        total.Dispose();
    }

    /// <summary>Runs the network on a batch and adds the terms of its loss.</summary>
    protected abstract void Learn(Task task, LossSum losses);

    /// <summary>Begins the precision of the forward pass, which ends when the result is disposed.</summary>
    protected IDisposable? BeginPrecision() => Autocast.Begin(options.Precision, network.Device.type);

    /// <summary>What a pass learns from.</summary>
    /// <param name="Batch">The tensors.</param>
    /// <param name="Target">Cross-entropy and Dice against the labels.</param>
    /// <param name="Samples">The samples that the batch was made of.</param>
    /// <param name="Epoch">Counted from 0.</param>
    /// <param name="Replay">Runs the encoders, if they are to be run again in the backward pass.</param>
    internal sealed record Task(
        TrainingBatch Batch, SegmentationLoss Target, IReadOnlyList<TrainingSample> Samples, int Epoch, EncoderReplay? Replay);
}
