using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Smml.MLNet.Networks;
using Smml.MLNet.Persistence;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>Everything that decides how a training goes on: where it stands, the networks, the optimizer, the sums of the losses, libtorch's random stream.</summary>
/// <remarks>The streams of masks, patches and the order of cases are keyed by seed and position.</remarks>
internal sealed class TrainingState : IDisposable
{
    private const string LossTensor = "losses", RandomTensor = "random";

    private readonly SmmlTrainerOptions _options;
    private readonly List<(string Name, Parameter Parameter)> _parameters;
    private readonly List<TrainingEpoch> _history = [];

    /// <summary>Begins a training; the branches are on their device, because moving replaces parameters.</summary>
    public TrainingState(SmmlTrainerOptions options, IReadOnlyList<SmmlBranch> branches, int stepsPerEpoch, int seed)
    {
        _options = options;
        Branches = branches;
        StepsPerEpoch = stepsPerEpoch;
        Seed = seed;
        Threads = get_num_threads();
        _parameters = [.. branches.SelectMany((branch, b) => branch.NamedParameters.Select(pair => (NameOf(b, pair.Name), pair.Parameter)))];
        Optimizer = new(_parameters.Select(pair => pair.Parameter), options.LearningRate, options.WeightDecay);
    }

    public IReadOnlyList<SmmlBranch> Branches { get; }

    public SmmlOptimizer Optimizer { get; }

    public int StepsPerEpoch { get; }

    public int Seed { get; }

    /// <summary>Where the first branch is.</summary>
    public Device Device => Branches[0].Device;

    /// <summary>libtorch's threads.</summary>
    public int Threads { get; }

    /// <summary>Epochs done.</summary>
    public int Epoch { get; private set; }

    /// <summary>Steps done of the epoch that follows them, below <see cref="StepsPerEpoch"/>.</summary>
    public int Step { get; private set; }

    public long StepsDone => ((long)Epoch * StepsPerEpoch) + Step;

    public bool IsDone => Epoch >= _options.Epochs;

    /// <summary>Sums of the loss terms over the steps of the current epoch.</summary>
    public EpochLosses Losses { get; private set; } = new();

    /// <summary>The epochs that were finished.</summary>
    public IReadOnlyList<TrainingEpoch> History => _history;

    /// <summary>What epochs are compared by.</summary>
    public string BestCriterion => BestEpoch.Criterion(_options);

    /// <summary>The best epoch so far.</summary>
    public BestEpoch? Best { get; set; }

    /// <summary>Time of training in all processes.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>Whether an earlier process did a part of it.</summary>
    public bool Resumed { get; private set; }

    /// <summary>Counts a step within an epoch.</summary>
    public void EndStep() => Step++;

    /// <summary>Counts the last step of an epoch.</summary>
    public void EndEpoch(TrainingEpoch epoch)
    {
        (Epoch, Step) = (Epoch + 1, 0);
        _history.Add(epoch);
        Losses.Dispose();
        Losses = new();
    }

    /// <summary>What a checkpoint keeps, in ordinal order of the names.</summary>
    public IReadOnlyList<KeyValuePair<string, Tensor>> Tensors()
    {
        List<KeyValuePair<string, Tensor>> tensors = [new(RandomTensor, get_rng_state())];
        for (int b = 0; b < Branches.Count; b++)
            tensors.AddRange(Branches[b].State().Select(pair => new KeyValuePair<string, Tensor>(NameOf(b, pair.Key), pair.Value)));
        foreach (((string name, _), SmmlOptimizer.State state) in _parameters.Zip(Optimizer.States))
            tensors.AddRange([new($"adam/{name}/mean", state.Mean), new($"adam/{name}/square", state.Square), new($"adam/{name}/largest", state.Largest)]);
        if (Losses.Sum is { } sum)
            tensors.Add(new(LossTensor, sum));
        return [.. tensors.OrderBy(pair => pair.Key, StringComparer.Ordinal)];
    }

    /// <summary>The header of a checkpoint.</summary>
    public CheckpointHeader Describe(JsonObject settings, IReadOnlyList<CaseFingerprint> cases, IReadOnlyList<KeyValuePair<string, Tensor>> tensors) => new()
    {
        Format = CheckpointHeader.CurrentFormat,
        Library = SmmlStage.LibraryVersion,
        Device = Device.type.ToString(),
        Threads = Threads,
        Settings = settings,
        Seed = Seed,
        Cases = cases,
        Epoch = Epoch,
        Step = Step,
        LearningRate = Optimizer.LearningRate,
        OptimizerSteps = Optimizer.Steps,
        Unmoved = [.. _parameters.Zip(Optimizer.States).Where(pair => !pair.Second.HasMoved).Select(pair => pair.First.Name)],
        LossNames = Losses.Names,
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
        using DisposeScope scope = NewDisposeScope();
        CheckpointHeader header = file.Header;
        Losses.Begin(header.LossNames, header.Step, Device);
        IReadOnlyList<KeyValuePair<string, Tensor>> tensors = Tensors();
        file.CopyTo(tensors);
        set_rng_state(tensors.First(pair => pair.Key == RandomTensor).Value);
        HashSet<string> unmoved = [.. header.Unmoved];
        foreach (((string name, _), SmmlOptimizer.State state) in _parameters.Zip(Optimizer.States))
            state.HasMoved = !unmoved.Contains(name);
        (Optimizer.Steps, Optimizer.LearningRate) = (header.OptimizerSteps, header.LearningRate);
        _history.AddRange(header.History);
        (Epoch, Step, Elapsed, Resumed) = (header.Epoch, header.Step, TimeSpan.FromSeconds(header.Seconds), true);
        Best = header.BestCriterion == BestCriterion ? header.Best : null;
    }

    /// <summary>The weights for scoring that a checkpoint of the same training holds.</summary>
    public float[] ReadWeights(CheckpointFile file)
    {
        string[] names = [.. Branches.SelectMany((branch, b) => branch.InferenceState().Select(pair => NameOf(b, pair.Key)))];
        float[] weights = new float[names.Sum(name => file.Size(name) ?? throw new InvalidDataException($"{file.Path}: the tensor {name} is missing.")) / sizeof(float)];
        Span<byte> bytes = MemoryMarshal.AsBytes(weights.AsSpan());
        foreach (string name in names)
        {
            int length = (int)file.Size(name)!.Value;
            file.Read(name, bytes[..length]);
            bytes = bytes[length..];
        }

        return weights;
    }

    public void Dispose()
    {
        Optimizer.Dispose();
        Losses.Dispose();
    }

    private static string NameOf(int branch, string name) => $"branch{branch + 1}/{name}";
}
