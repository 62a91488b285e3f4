using System.Text.Json.Nodes;
using Smml.MLNet.Distributed;
using Smml.MLNet.Methods.MmFormer;
using Smml.MLNet.Networks;
using Smml.MLNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.Smml;

/// <summary>One pass in the order of the paper: two masks, two students, their losses (equation 13), the optimizers. With one student, one
/// mask and its own losses only.</summary>
internal sealed class SmmlTraining : TrainingMethod
{
    private readonly SmmlTrainerOptions _options;
    private readonly IReadOnlyList<Student> _students;
    private readonly ParameterGroup[] _groups;
    private readonly int _classes;
    private readonly SmmlObjective _objective;
    private readonly MmFormerModule.Heads _heads;
    private readonly TrainingRanks _ranks;
    private BranchThreads? _threads;
    private (bool Networks, bool Optimizers) _shared = (true, true);

    /// <summary>Prepares the passes of a training.</summary>
    /// <param name="options">The objective and the window.</param>
    /// <param name="students">In training mode, each on its device.</param>
    /// <param name="classes">K.</param>
    /// <param name="ranks">The processes that train together, one for each student; null for this one alone.</param>
    public SmmlTraining(SmmlTrainerOptions options, IReadOnlyList<Student> students, int classes, TrainingRanks? ranks = null)
    {
        _ranks = ranks ?? TrainingRanks.Alone;
        _options = options;
        _students = students;
        _classes = classes;
        _objective = new(options.Losses);
        _groups = [.. students.Select(student => PolyAdam.Group(options, student))];
        _heads = (options.Losses.AuxiliaryWeight > 0 ? MmFormerModule.Heads.Auxiliary : 0)
            | (options.Losses.SeparateWeight > 0 ? MmFormerModule.Heads.Separate : 0);
    }

    public override IReadOnlyList<SegmentationNetwork> Networks => _students;

    public override IReadOnlyList<ParameterGroup> Groups => _groups;

    public override int MasksPerSample => _students.Count;

    public override bool UsesCues => _students[0].Refinement is not null;

    public override IEnumerable<KeyValuePair<string, JsonNode?>> Settings => [new("refinement", UsesCues)];

    public override IDisposable Begin()
    {
        bool isParallel = !_ranks.AreSeveral
            && _students.All(student => student.Device.type == DeviceType.CPU) && _options.Architecture.Dropout == 0;
        return _threads = new(_students.Count, isParallel);
    }

    public override void Share(bool optimizers = true)
    {
        if (!_ranks.AreSeveral)
            return;
        for (int b = 0; b < _students.Count && !_shared.Networks; b++)
            _ranks.Share(_students[b].State().Select(pair => pair.Value), root: b);
        for (int b = 0; b < _students.Count && optimizers && !_shared.Optimizers; b++)
        {
            _ranks.Share(_groups[b].States.SelectMany(pair => pair.State.Tensors(pair.Name)).Select(pair => pair.Value), root: b);
            string[] moved = _ranks.OfAll(string.Concat(_groups[b].States.Select(pair => pair.State.HasMoved ? '1' : '0')));
            foreach ((AdamOptimizer.State state, char one) in _groups[b].Optimizer.States.Zip(moved[b]))
                state.HasMoved = one == '1';
        }

        _shared = (true, _shared.Optimizers || optimizers);
    }

    public override void Run(TrainingPass pass)
    {
        Tensor?[] totals;
        EncoderReplay?[] replays = [.. _students.Select(_ => _options.RecomputeEncoders ? new EncoderReplay() : null)];
        // wrappers of the forward pass go before the backward pass, so that it can free activations
        using (DisposeScope inner = NewDisposeScope())
        {
            Lesson[] lessons = Lesson.Of(
                pass.Samples, _options.Architecture.Patch, _classes, [.. _students.Select(student => student.Device)]);
            SmmlObjective.Predictions?[] outputs = new SmmlObjective.Predictions?[_students.Count];
            _threads!.Run(b =>
            {
                ModalitySet encoded = Encoded(b, pass.Samples);
                if (IsOwn(b))
                    outputs[b] = Forward(b, lessons[b], encoded, replays[b]);
                else
                    _students[b].Backbone.SkipDraws(lessons[b].Batch.Scans, encoded);
            });
            foreach (SmmlObjective.Predictions? output in outputs)
                output?.AttachTo(inner);
            SmmlObjective.Result result = _objective.Compute(
                Exchange(outputs),
                [.. lessons.Select((lesson, b) => IsOwn(b) ? lesson.Target : null)],
                lessons[0].Batch.Available,
                consistency: pass.Epoch >= _options.WarmUpEnd);
            pass.Losses.Add(Join(result), pass.Passes);
            totals = [.. result.Totals.Select(total => (pass.Passes == 1 ? total : total?.Over(pass.Passes))?.MoveToOuterDisposeScope())];
        }

        // Equation 13: cross terms are detached, so each student's loss has a graph of its own, and each
        // student can move as soon as it has its gradients.
        _threads.Run(b =>
        {
            using EncoderReplay? replay = replays[b];
            if (totals[b] is not { } total)
                return;
            total.backward();
            replay?.Backward(_options.Precision);
            if (pass.IsLast)
                _groups[b].Optimizer.Step();
        });
        foreach (Tensor? total in totals)
            total?.Dispose();
        _shared = (false, false);
    }

    private bool IsOwn(int branch) => _ranks.Branch is not { } own || own == branch;

    // What the other processes predict: cross terms are detached, so that it is data.
    private SmmlObjective.Predictions[] Exchange(SmmlObjective.Predictions?[] outputs)
    {
        if (_ranks.Branch is not { } own)
            return outputs!;
        SmmlObjective.Predictions mine = outputs[own]!;
        Tensor[] logits = _ranks.OfAll(mine.Output.Logits), fused = _ranks.OfAll(mine.Output.Fused);
        return [.. outputs.Select((output, b) => output ?? new SmmlObjective.Predictions(new(logits[b], [], [], fused[b])))];
    }

    // The terms of all branches, for logs and for the best epoch.
    private IReadOnlyList<LossTerm> Join(SmmlObjective.Result result)
    {
        if (_ranks.Branch is not { } own)
            return result.Terms;
        Tensor values = stack(result.Terms.Select(term => term.Value.detach()).ToArray());
        return SmmlObjective.Join(result, own, _ranks.OfAll(values));
    }

    // Which encoders a student needs: without separate predictions none whose modality its mask hides in every sample.
    private ModalitySet Encoded(int branch, IReadOnlyList<TrainingSample> samples)
    {
        if (_heads.HasFlag(MmFormerModule.Heads.Separate))
            return ModalitySet.All;
        return SeenEncoders.Of(samples, branch, _groups[branch].Optimizer, _students[branch].Backbone.ParametersOf);
    }

    private SmmlObjective.Predictions Forward(int branch, Lesson lesson, ModalitySet encoded, EncoderReplay? replay)
    {
        using DisposeScope scope = NewDisposeScope(); // scopes belong to threads: the caller takes the results over
        TrainingBatch batch = lesson.Batch;
        Tensor mask = batch.Masks[branch];
        MmFormerModule.Output output;
        Tensor? refined;
        using (Autocast.Begin(_options.Precision, _students[branch].Device.type))
        {
            output = _students[branch].Backbone.Run(batch.Scans, mask, encoded, _heads, replay);
            refined = batch.Cues is null
                ? null
                : _students[branch].Refinement!.call(output.Logits, new(batch.Cues, mask, lesson.Target.OneHot));
        }

        SmmlObjective.Predictions student = new(output, refined);
        student.Detach();
        return student;
    }
}
