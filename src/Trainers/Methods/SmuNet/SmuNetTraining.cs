using System.Text.Json.Nodes;
using Smml.MLNet.Networks;
using Smml.MLNet.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.SmuNet;

/// <summary>Passes of SMU-Net: each sample is shown to the student of its mask and, if it has all scans, to the teacher, who learns with
/// the student; a discriminator compares their styles. A student moves in the steps in which it was drawn.</summary>
/// <remarks>The release trains one student, with one sample a step. A pass with several samples is the mean over them.</remarks>
internal sealed class SmuNetTraining : TrainingMethod
{
    private readonly SmuNetTrainerOptions _options;
    private readonly SmuNetNetwork _network;
    private readonly ExclusiveReadout _readout;
    private readonly int _classes;
    private readonly StyleDiscriminator? _discriminator;
    private readonly ParameterGroup? _discriminatorGroup;
    private readonly ParameterGroup[] _groups;
    private readonly Tensor _steps; // of each group's optimizer, because students take turns

    public SmuNetTraining(SmuNetTrainerOptions options, SmuNetNetwork network, ExclusiveReadout readout, int classes)
    {
        (_options, _network, _readout, _classes) = (options, network, readout, classes);
        AdamSettings settings = new(options.Optimizer.WeightDecay, AmsGrad: false);
        List<ParameterGroup> groups = [Group(network.Teacher, settings), .. network.Students.Values.Select(one => Group(one, settings))];
        if (options.Losses.AdversarialWeight > 0)
        {
            VolumeShape patch = options.Architecture.Patch;
            _discriminator = new(
                8 * options.Architecture.BaseChannels,
                options.Architecture.DiscriminatorChannels,
                (patch.X / 8, patch.Y / 8, patch.Z / 8));
            _discriminator.to(network.Device);
            _discriminator.train();
            _discriminatorGroup = new(
                _discriminator.named_parameters().Select(pair => ($"discriminator/{pair.name}", pair.parameter)),
                new(WeightDecay: 0, AmsGrad: false, Beta2: 0.99),
                Rate);
            groups.Add(_discriminatorGroup);
        }

        _groups = [.. groups];
        _steps = zeros(_groups.Length, ScalarType.Int64).DetachFromDisposeScope();
    }

    public override IReadOnlyList<SegmentationNetwork> Networks => [_network];

    public override IReadOnlyList<ParameterGroup> Groups => _groups;

    public override IReadOnlyList<ModalitySet> Masks => [.. _network.Students.Keys];

    public override IEnumerable<KeyValuePair<string, JsonNode?>> Settings =>
        [new("restartsDiscriminator", _options.Fidelity == Fidelity.Reference)];

    public override IEnumerable<KeyValuePair<string, Tensor>> State =>
    [
        .. base.State,
        .. (_discriminator?.state_dict() ?? []).Select(pair => new KeyValuePair<string, Tensor>($"discriminator/{pair.Key}", pair.Value)),
        new("steps", _steps),
    ];

    public override IDisposable? Begin()
    {
        long[] steps = _steps.data<long>().ToArray();
        for (int i = 0; i < steps.Length; i++)
            _groups[i].Optimizer.Steps = steps[i];
        return null;
    }

    public override void Run(TrainingPass pass)
    {
        Dictionary<string, LossTerm> sums = [];
        double consistency = _options.Losses.ConsistencyIn(pass.Epoch, _options.Epochs);
        foreach (TrainingSample sample in pass.Samples)
            Learn(sample, consistency, 1.0 / (pass.Samples.Count * pass.Passes), sums);
        pass.Losses.Add([.. Terms().Select(name => Mean(name, sums, pass.Samples.Count))], pass.Passes);
        if (pass.IsLast)
            Move();
    }

    public override void Dispose()
    {
        base.Dispose();
        _discriminator?.Dispose();
        _steps.Dispose();
    }

    private ParameterGroup Group(SmuNetModule module, AdamSettings settings)
    {
        HashSet<nint> own = [.. module.parameters().Select(parameter => parameter.Handle)];
        return new(
            _network.NamedParameters
                .Where(pair => own.Contains(pair.Parameter.Handle))
                .Select(pair => ($"{_network.Name}/{pair.Name}", pair.Parameter)),
            settings,
            Rate);
    }

    // The released code asks for the next rate before an epoch: its last epoch has a rate of 0.
    private double Rate(int epoch) => Schedules.ExactPoly(
        _options.Optimizer.LearningRate, _options.Fidelity == Fidelity.Reference ? epoch + 1 : epoch, _options.Epochs);

    // The teacher is taught where it sees all scans.
    private void Learn(TrainingSample sample, double consistency, double share, Dictionary<string, LossTerm> sums)
    {
        ModalitySet mask = sample.Masks[0];
        using EncoderReplay? replay = _options.RecomputeEncoders ? new() : null;
        Tensor total;
        (Tensor Student, Tensor Teacher)? styles = null;
        using (NewDisposeScope()) // wrappers of the forward pass go before the backward pass, so that it can free activations
        {
            Lesson lesson = Lesson.Of([sample], _options.Architecture.Patch, _classes, [_network.Device])[0];
            Tensor scans = lesson.Batch.Scans;
            SmuNetModule.Output student;
            SmuNetModule.Output? teacher;
            using (Autocast.Begin(_options.Precision, _network.Device.type))
            {
                student = _network.Students[mask].Run(SmuNetNetwork.Select(scans, mask), replay is null ? null : replay.Run);
                teacher = sample.Available == ModalitySet.All
                    ? _network.Teacher.Run(SmuNetNetwork.Select(scans, ModalitySet.All), replay is null ? null : replay.Run)
                    : null;
            }

            LossSum losses = new();
            SmuNetObjective.Compute(losses, _options.Losses, consistency, student, teacher, _readout.Targets(lesson.Target.OneHot));
            if (_discriminator is not null && teacher is not null)
            {
                _discriminator.Freeze(true);
                losses.Add(
                    SmuNetObjective.Adversarial,
                    SmuNetObjective.Judgement(_discriminator.call(student.Style), isStudent: false),
                    _options.Losses.AdversarialWeight);
                _discriminator.Freeze(false);
                styles = (student.Style.detach().MoveToOuterDisposeScope(), teacher.Style.detach().MoveToOuterDisposeScope());
            }

            losses.Finish();
            Count(losses.Terms, sums);
            total = losses.Total.Times(share).MoveToOuterDisposeScope();
        }

        total.backward();
        replay?.Backward(_options.Precision);
        total.Dispose();
        if (styles is { } pair)
            Judge(pair.Student, pair.Teacher, share, sums);
    }

    // The discriminator learns which style is whose.
    private void Judge(Tensor student, Tensor teacher, double share, Dictionary<string, LossTerm> sums)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor loss = SmuNetObjective.Judgement(_discriminator!.call(teacher), isStudent: false)
            .Plus(SmuNetObjective.Judgement(_discriminator.call(student), isStudent: true));
        Count([new(SmuNetObjective.Discriminator, null, loss)], sums);
        loss.Times(share).backward();
        student.Dispose();
        teacher.Dispose();
    }

    private void Move()
    {
        for (int i = 0; i < _groups.Length; i++)
        {
            AdamOptimizer optimizer = _groups[i].Optimizer;
            if (!optimizer.HasGradients)
                continue; // a student that was not drawn
            if (_groups[i] == _discriminatorGroup && _options.Fidelity == Fidelity.Reference)
                optimizer.Restart(); // the released code makes a new one for every step
            optimizer.Step();
            using Tensor count = _steps[i];
            count.fill_(optimizer.Steps);
        }
    }

    // The terms that there are in every pass, whatever its samples have.
    private IEnumerable<string> Terms()
    {
        SmuNetLossOptions losses = _options.Losses;
        (string Name, double Weight)[] all =
        [
            (SmuNetObjective.Student, losses.StudentWeight),
            (SmuNetObjective.Teacher, losses.TeacherWeight),
            (SmuNetObjective.Consistency, losses.ConsistencyWeight),
            (SmuNetObjective.Content, losses.ContentWeight),
            (SmuNetObjective.Style, losses.StyleWeight),
            (SmuNetObjective.Adversarial, losses.AdversarialWeight),
            (SmuNetObjective.Discriminator, losses.AdversarialWeight),
        ];
        return [.. all.Where(term => term.Weight > 0).Select(term => term.Name), LossSum.TotalName];
    }

    private static void Count(IEnumerable<LossTerm> terms, Dictionary<string, LossTerm> sums)
    {
        foreach (LossTerm term in terms)
        {
            Tensor value = term.Value.detach();
            value = (sums.TryGetValue(term.Name, out LossTerm sum) ? sum.Value.Plus(value) : value.clone()).MoveToOuterDisposeScope();
            sums[term.Name] = term with { Value = value };
        }
    }

    // Over the samples of a pass; 0 for a term that none of them has.
    private LossTerm Mean(string name, Dictionary<string, LossTerm> sums, int samples) => sums.TryGetValue(name, out LossTerm sum)
        ? sum with { Value = sum.Value.Over(samples) }
        : new(name, null, zeros([], device: _network.Device));
}
