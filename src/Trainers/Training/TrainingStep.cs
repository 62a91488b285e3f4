using Smml.MLNet.Losses;
using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>One step in the order of the paper: two masks, two students, their losses (equation 13), the optimizer. With one branch, one mask and its own losses only.</summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly SmmlTrainerOptions _options;
    private readonly IReadOnlyList<SmmlBranch> _branches;
    private readonly SmmlOptimizer _optimizer;
    private readonly int _classes;
    private readonly Device _device;
    private readonly SmmlObjective _objective;
    private readonly MmFormer.Heads _heads;
    private readonly BranchThreads _threads;

    /// <summary>Prepares the steps of a training.</summary>
    /// <param name="options">The objective and the window.</param>
    /// <param name="branches">The students, in training mode and on their device.</param>
    /// <param name="optimizer">Moves their parameters.</param>
    /// <param name="classes">K.</param>
    /// <param name="device">Where the branches are.</param>
    public TrainingStep(SmmlTrainerOptions options, IReadOnlyList<SmmlBranch> branches, SmmlOptimizer optimizer, int classes, Device device)
    {
        _options = options;
        _branches = branches;
        _optimizer = optimizer;
        _classes = classes;
        _device = device;
        _objective = new(options.Losses);
        _heads = (options.Losses.AuxiliaryWeight > 0 ? MmFormer.Heads.Auxiliary : 0) | (options.Losses.SeparateWeight > 0 ? MmFormer.Heads.Separate : 0);
        _threads = new(branches.Count, parallel: device.type == DeviceType.CPU && options.Architecture.Dropout == 0);
    }

    /// <summary>Learns from one batch.</summary>
    /// <param name="samples">The samples of the step.</param>
    /// <param name="consistency">Whether the terms that begin after the warm-up take part.</param>
    /// <param name="losses">Where the terms are added.</param>
    public void Run(IReadOnlyList<TrainingSample> samples, bool consistency, EpochLosses losses)
    {
        using DisposeScope scope = NewDisposeScope();
        _optimizer.ZeroGradients();
        Tensor[] totals;
        using (DisposeScope inner = NewDisposeScope()) // wrappers of the forward pass go before the backward pass, so that it can free activations
        {
            TrainingBatch batch = TrainingBatch.Create(samples, _options.Architecture.Patch, _device);
            SegmentationLoss target = new(batch.Labels, _classes);
            SmmlObjective.Student[] students = new SmmlObjective.Student[_branches.Count];
            _threads.Run(b => students[b] = Forward(_branches[b], batch, batch.Masks[b], target));
            foreach (SmmlObjective.Student student in students)
                student.AttachTo(inner);
            SmmlObjective.Result result = _objective.Compute(students, batch.Labels, batch.Available, target, consistency);
            losses.Add(result.Terms);
            totals = [.. result.Totals.Select(total => total.MoveToOuterDisposeScope())];
        }

        _threads.Run(b => totals[b].backward()); // equation 13: cross terms are detached, so each student's loss has a graph of its own
        _optimizer.Step();
    }

    public void Dispose() => _threads.Dispose();

    private SmmlObjective.Student Forward(SmmlBranch branch, TrainingBatch batch, Tensor mask, SegmentationLoss target)
    {
        using DisposeScope scope = NewDisposeScope(); // scopes belong to threads: the caller takes the results over
        ModalitySet encoded = _heads.HasFlag(MmFormer.Heads.Separate) ? ModalitySet.All : batch.Present;
        MmFormer.Output output = branch.Backbone.Run(batch.Scans, mask, encoded, _heads);
        Tensor? refined = batch.Cues is null ? null : branch.Refinement!.call(output.Logits, new(batch.Cues, mask, target.OneHot));
        SmmlObjective.Student student = new(output, refined);
        student.Detach();
        return student;
    }
}
