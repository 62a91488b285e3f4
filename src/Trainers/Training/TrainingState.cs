using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Smml.MLNet.Distributed;
using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>Everything that decides how a training goes on: where it stands, the networks, the optimizer, the sums of the losses,
/// libtorch's random stream.</summary>
/// <remarks>The streams of masks, patches and the order of cases are keyed by seed and position.</remarks>
internal sealed class TrainingState : IDisposable
{
    private const string LossTensor = "losses", RandomTensor = "random";

    private readonly int _epochs;
    private readonly ValidationSetOptions? _validation;
    private readonly List<TrainingEpoch> _history = [];

    /// <summary>Begins a training.</summary>
    public TrainingState(SegmentationTrainerOptions options, TrainingMethod method, int stepsPerEpoch, int seed)
    {
        _epochs = options.Epochs;
        _validation = options.Validation;
        Method = method;
        StepsPerEpoch = stepsPerEpoch;
        Seed = seed;
        Threads = get_num_threads();
        LearningRate = method.Groups[0].Optimizer.LearningRate;
    }

    /// <summary>What is trained.</summary>
    public TrainingMethod Method { get; }

    public IReadOnlyList<SegmentationNetwork> Networks => Method.Networks;

    /// <summary>The learning rate of the current epoch, or of the last one at its end: that of the first group of parameters that moves in
    /// it. For logs.</summary>
    public double LearningRate { get; private set; }

    public int StepsPerEpoch { get; }

    public int Seed { get; }

    /// <summary>Where the first network is.</summary>
    public Device Device => Networks[0].Device;

    /// <summary>libtorch's threads.</summary>
    public int Threads { get; }

    /// <summary>Epochs done.</summary>
    public int Epoch { get; private set; }

    /// <summary>Steps done of the epoch that follows them, below <see cref="StepsPerEpoch"/>.</summary>
    public int Step { get; private set; }

    public long StepsDone => ((long)Epoch * StepsPerEpoch) + Step;

    public bool IsDone => Epoch >= _epochs;

    /// <summary>Sums of the loss terms over the steps of the current epoch.</summary>
    public EpochLosses Losses { get; private set; } = new();

    /// <summary>The epochs that were finished.</summary>
    public IReadOnlyList<TrainingEpoch> History => _history;

    /// <summary>What epochs are compared by.</summary>
    public string BestCriterion => BestEpoch.Criterion(_validation);

    /// <summary>The best epoch so far.</summary>
    public BestEpoch? Best { get; set; }

    /// <summary>Time of training in all processes.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>Whether an earlier process did a part of it.</summary>
    public bool Resumed { get; private set; }

    // What an optimizer that is done has in mind, or one that has not begun, decides nothing.
    private IEnumerable<(string Name, AdamOptimizer.State State)> Parameters =>
        Method.Groups.Where(group => group.ActsIn(Epoch)).SelectMany(group => group.States);

    /// <summary>Sets the learning rates of the current epoch.</summary>
    public void BeginEpoch()
    {
        foreach (ParameterGroup group in Method.Groups)
            group.BeginEpoch(Epoch);
        LearningRate = Method.Groups.First(group => group.ActsIn(Epoch)).Optimizer.LearningRate;
    }

    /// <summary>Counts a step.</summary>
    public void EndStep() => Step++;

    /// <summary>Counts an epoch whose last step was counted.</summary>
    public void EndEpoch(TrainingEpoch epoch)
    {
        (Epoch, Step) = (Epoch + 1, 0);
        _history.Add(epoch);
        if (BestEpoch.Better(Best, epoch, _validation) is { } better)
            Best = better;
        Losses.Dispose();
        Losses = new();
    }

    /// <summary>What a checkpoint keeps, in ordinal order of the names.</summary>
    public IReadOnlyList<KeyValuePair<string, Tensor>> Tensors()
    {
        List<KeyValuePair<string, Tensor>> tensors = [new(RandomTensor, get_rng_state())];
        tensors.AddRange(Method.State);
        foreach ((string name, AdamOptimizer.State state) in Parameters)
            tensors.AddRange(state.Tensors(name));
        if (Losses.Sum is { } sum)
            tensors.Add(new(LossTensor, sum));
        return [.. tensors.OrderBy(pair => pair.Key, StringComparer.Ordinal)];
    }

    /// <summary>The header of a checkpoint.</summary>
    public CheckpointHeader Describe(
        JsonObject settings, IReadOnlyList<CaseFingerprint> cases, IReadOnlyList<KeyValuePair<string, Tensor>> tensors) =>
        new()
        {
            Format = CheckpointHeader.CurrentFormat,
            Library = ModelEnvironment.LibraryVersion,
            Device = Device.type.ToString(),
            Threads = Threads,
            Settings = settings,
            Seed = Seed,
            Cases = cases,
            Epoch = Epoch,
            Step = Step,
            LearningRate = LearningRate,
            OptimizerSteps = StepsDone,
            Unmoved = [.. Parameters.Where(pair => !pair.State.HasMoved).Select(pair => pair.Name)],
            LossNames = Losses.Labels,
            History = History,
            BestCriterion = BestCriterion,
            Best = Best,
            Seconds = Elapsed.TotalSeconds,
            Tensors = [.. tensors.Select(pair => CheckpointFile.Describe(pair.Key, pair.Value))],
        };

    /// <summary>Takes up what a checkpoint holds.</summary>
    /// <exception cref="InvalidDataException">It holds other tensors.</exception>
    public void Restore(CheckpointFile file)
    {
        Restore(file.Header, file.CopyTo);
        Resumed = true;
    }

    /// <summary>Makes the state of all processes of the training that of the first one.</summary>
    public void Share(TrainingRanks ranks)
    {
        if (!ranks.AreSeveral)
            return;
        using DisposeScope scope = NewDisposeScope();
        IReadOnlyList<KeyValuePair<string, Tensor>> tensors = Tensors();
        byte[] header = ranks.OfFirst(ranks.IsFirst ? Describe([], [], tensors).Write() : null);
        if (ranks.IsFirst)
            ranks.Share(tensors.Select(pair => pair.Value), root: 0);
        else
            Restore(CheckpointHeader.Parse(header), own => ranks.Share(own.Select(pair => pair.Value), root: 0));
        Resumed = ranks.OfFirst(() => Resumed);
        byte[] best = ranks.OfFirst(ranks.IsFirst ? MemoryMarshal.AsBytes<float>(Best?.Weights ?? []).ToArray() : null);
        if (best.Length > 0 && !ranks.IsFirst)
            Best = Best! with { Weights = MemoryMarshal.Cast<byte, float>(best).ToArray() };
    }

    private void Restore(CheckpointHeader header, Action<IReadOnlyList<KeyValuePair<string, Tensor>>> fill)
    {
        using DisposeScope scope = NewDisposeScope();
        (Epoch, Step, Elapsed) = (header.Epoch, header.Step, TimeSpan.FromSeconds(header.Seconds));
        Losses.Begin(header.LossNames, header.Step, Device);
        IReadOnlyList<KeyValuePair<string, Tensor>> tensors = Tensors();
        fill(tensors);
        set_rng_state(tensors.First(pair => pair.Key == RandomTensor).Value);
        HashSet<string> unmoved = [.. header.Unmoved];
        foreach ((string name, AdamOptimizer.State state) in Parameters)
            state.HasMoved = !unmoved.Contains(name);
        foreach (ParameterGroup group in Method.Groups)
            group.Optimizer.Steps = group.StepsAmong(header.OptimizerSteps, StepsPerEpoch);
        _history.AddRange(header.History);
        LearningRate = header.LearningRate;
        Best = header.BestCriterion == BestCriterion ? header.Best : null;
    }

    /// <summary>The weights for scoring that a checkpoint of the same training holds.</summary>
    public float[] ReadWeights(CheckpointFile file)
    {
        string[] names = [.. Networks.SelectMany(network => network.ScoringState().Select(pair => $"{network.Name}/{pair.Key}"))];
        float[] weights = new float[names.Sum(
            name => file.Size(name) ?? throw new InvalidDataException($"{file.Path}: the tensor {name} is missing.")) / sizeof(float)];
        Span<byte> bytes = MemoryMarshal.AsBytes(weights.AsSpan());
        foreach (string name in names)
        {
            int length = (int)file.Size(name)!.Value;
            file.Read(name, bytes[..length]);
            bytes = bytes[length..];
        }

        return weights;
    }

    public void Dispose() => Losses.Dispose();
}
