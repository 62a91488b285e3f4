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
    private readonly SmmlObjective _objective;
    private readonly MmFormer.Heads _heads;
    private readonly BranchThreads _threads;
    private readonly TrainingMemory _memory;
    private readonly (int Start, int Count)[] _parts; // of the optimizer's parameters, one a branch

    /// <summary>Prepares the steps of a training.</summary>
    /// <param name="options">The objective and the window.</param>
    /// <param name="branches">The students, in training mode, each on its device.</param>
    /// <param name="optimizer">Moves their parameters.</param>
    /// <param name="classes">K.</param>
    public TrainingStep(SmmlTrainerOptions options, IReadOnlyList<SmmlBranch> branches, SmmlOptimizer optimizer, int classes)
    {
        _options = options;
        _branches = branches;
        _optimizer = optimizer;
        _classes = classes;
        _memory = new(keeps: !options.RecomputeEncoders);
        _objective = new(options.Losses);
        int start = 0;
        _parts = [.. branches.Select(branch =>
        {
            (int Start, int Count) part = (start, branch.Parameters.Count());
            start += part.Count;
            return part;
        })];
        _heads = (options.Losses.AuxiliaryWeight > 0 ? MmFormer.Heads.Auxiliary : 0) | (options.Losses.SeparateWeight > 0 ? MmFormer.Heads.Separate : 0);
        _threads = new(branches.Count, parallel: branches.All(branch => branch.Device.type == DeviceType.CPU) && options.Architecture.Dropout == 0);
    }

    /// <summary>Learns from the samples: as many passes as they hold batches, then one move. Every pass is one batch for Dice, PBC and FRC; its losses count by its share.</summary>
    /// <param name="samples">The samples of the step.</param>
    /// <param name="consistency">Whether the terms that begin after the warm-up take part.</param>
    /// <param name="losses">Where the terms are added.</param>
    public void Run(IReadOnlyList<TrainingSample> samples, bool consistency, EpochLosses losses)
    {
        using DisposeScope scope = NewDisposeScope();
        _optimizer.ZeroGradients();
        _optimizer.Begin();
        TrainingSample[][] passes = [.. samples.Chunk(_options.BatchSize)];
        for (int pass = 0; pass < passes.Length; pass++)
            Pass(passes[pass], consistency, losses, passes.Length, last: pass + 1 == passes.Length);
    }

    public void Dispose()
    {
        _threads.Dispose();
        _memory.Dispose();
    }

    private void Pass(IReadOnlyList<TrainingSample> samples, bool consistency, EpochLosses losses, int passes, bool last)
    {
        Tensor[] totals;
        EncoderReplay?[] replays = [.. _branches.Select(_ => _options.RecomputeEncoders ? new EncoderReplay() : null)];
        using (DisposeScope inner = NewDisposeScope()) // wrappers of the forward pass go before the backward pass, so that it can free activations
        {
            (TrainingBatch Batch, SegmentationLoss Target)[] lessons = Lessons(samples);
            SmmlObjective.Student[] students = new SmmlObjective.Student[_branches.Count];
            _threads.Run(b => students[b] = Forward(b, lessons[b].Batch, Encoded(b, samples), lessons[b].Target, replays[b]));
            foreach (SmmlObjective.Student student in students)
                student.AttachTo(inner);
            SmmlObjective.Result result = _objective.Compute(students, [.. lessons.Select(lesson => lesson.Target)], lessons[0].Batch.Available, consistency);
            losses.Add(result.Terms, passes);
            totals = [.. result.Totals.Select(total => (passes == 1 ? total : total.Over(passes)).MoveToOuterDisposeScope())];
        }

        // Equation 13: cross terms are detached, so each student's loss has a graph of its own, and each student can move as soon as it has its gradients.
        _threads.Run(b =>
        {
            using EncoderReplay? replay = replays[b];
            totals[b].backward();
            replay?.Backward(_options.Precision);
            if (last)
                _optimizer.Move(_parts[b].Start, _parts[b].Count);
        });
        foreach (Tensor total in totals)
            total.Dispose();
    }

    // The same samples where each branch is.
    private (TrainingBatch Batch, SegmentationLoss Target)[] Lessons(IReadOnlyList<TrainingSample> samples)
    {
        Dictionary<string, (TrainingBatch, SegmentationLoss)> made = [];
        return [.. _branches.Select(branch =>
        {
            string device = branch.Device.ToString();
            if (!made.TryGetValue(device, out (TrainingBatch, SegmentationLoss) lesson))
            {
                TrainingBatch batch = TrainingBatch.Create(samples, _options.Architecture.Patch, branch.Device);
                made.Add(device, lesson = (batch, new(batch.Labels, _classes)));
            }

            return lesson;
        })];
    }

    // Which encoders a branch needs: without separate predictions none whose modality its mask hides in every sample.
    private ModalitySet Encoded(int branch, IReadOnlyList<TrainingSample> samples)
    {
        if (_heads.HasFlag(MmFormer.Heads.Separate))
            return ModalitySet.All;
        ModalitySet seen = samples.Select(sample => branch == 0 ? sample.FirstMask : sample.SecondMask).Aggregate(ModalitySet.None, (all, one) => one.Aggregate(all, (set, modality) => set.With(modality)));
        foreach (Modality modality in ModalitySet.Of([.. samples.SelectMany(sample => sample.Available)]))
        {
            // Their gradient would be zero, which moves a weight by its decay; none at all does not.
            if (!seen.Contains(modality))
                _optimizer.Include(_parts[branch].Start, _parts[branch].Count, _branches[branch].Backbone.ParametersOf(modality));
        }

        return seen;
    }

    private SmmlObjective.Student Forward(int branch, TrainingBatch batch, ModalitySet encoded, SegmentationLoss target, EncoderReplay? replay)
    {
        using DisposeScope scope = NewDisposeScope(); // scopes belong to threads: the caller takes the results over
        Tensor mask = batch.Masks[branch];
        MmFormer.Output output;
        Tensor? refined;
        using (Autocast.Begin(_options.Precision, _branches[branch].Device.type))
        {
            output = _branches[branch].Backbone.Run(batch.Scans, mask, encoded, _heads, replay);
            refined = batch.Cues is null ? null : _branches[branch].Refinement!.call(output.Logits, new(batch.Cues, mask, target.OneHot));
        }

        SmmlObjective.Student student = new(output, refined);
        student.Detach();
        return student;
    }
}
