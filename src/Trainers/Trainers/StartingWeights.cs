using Smml.MLNet.Inference;
using Smml.MLNet.Networks;
using Smml.MLNet.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Smml.MLNet;

/// <summary>Puts the weights of a model into the networks of a training that begins with it.</summary>
internal sealed class StartingWeights
{
    private const string Position = "_pos";
    private const int Cell = 16, Listed = 5;

    private readonly SegmentationTrainerOptions _options;
    private readonly StartingModel _model;
    private readonly LabelConvention _labels;
    private readonly SegmentationMethod _method;

    private StartingWeights(SegmentationTrainerOptions options, StartingModel model, LabelConvention labels) =>
        (_options, _model, _labels, _method) = (options, model, labels, SegmentationMethods.Of(options));

    /// <summary>Fills the networks, and says what was taken; null where the training begins with fresh weights.</summary>
    /// <param name="options">The training.</param>
    /// <param name="training">With fresh weights.</param>
    /// <param name="labels">The classes of the training data.</param>
    /// <exception cref="InvalidOperationException">The model's networks have other sizes, or are those of another method.</exception>
    public static ModelStart? Apply(SegmentationTrainerOptions options, TrainingMethod training, LabelConvention labels) =>
        options.StartFrom is { } model ? new StartingWeights(options, model, labels).Apply(training.Networks) : null;

    private ModelStart Apply(IReadOnlyList<SegmentationNetwork> targets)
    {
        SegmentationModelInfo info = _model.Info;
        if (SegmentationMethods.Of(info.Architecture) != _method)
        {
            throw new InvalidOperationException(
                $"StartFrom is a model of {info.Method.Title}, and the training is of {_method.Name.Title}; expected the same method. "
                + "Give a model of this method, or train the other.");
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        IReadOnlyList<SegmentationNetwork> networks = _method.CreateNetworks(info.Architecture, info.Convention);
        NetworkWeights.Fill(networks, _model.ReadWeights());
        Dictionary<string, Tensor> source = networks
            .SelectMany(network => network.ScoringState().Select(pair => ($"{network.Name}/{pair.Key}", pair.Value)))
            .ToDictionary(pair => pair.Item1, pair => pair.Value, StringComparer.Ordinal);
        Dictionary<string, long[]> sameClasses = Shapes(info.Convention);
        List<string> interpolated = [], renewed = [], wrong = [];
        List<(Tensor Target, Tensor Source)> taken = [];
        int fresh = 0, all = 0;
        foreach (SegmentationNetwork network in targets)
        {
            HashSet<string> scoring = [.. network.ScoringState().Select(pair => pair.Key)];
            foreach ((string name, Tensor target) in network.State())
            {
                string full = $"{network.Name}/{name}";
                all++;
                if (!scoring.Contains(name))
                    fresh++;
                else if (!source.TryGetValue(full, out Tensor? value))
                    renewed.Add(full);
                else if (value.shape.SequenceEqual(target.shape))
                    taken.Add((target, value));
                else if (name.EndsWith(Position, StringComparison.Ordinal) && value.shape[2] == target.shape[2])
                {
                    interpolated.Add(full);
                    taken.Add((target, Interpolate(value)));
                }
                else if (sameClasses[full].SequenceEqual(value.shape))
                    renewed.Add(full);
                else
                    wrong.Add($"{full} has shape [{string.Join(", ", value.shape)}], expected [{string.Join(", ", target.shape)}]");
            }
        }

        if (wrong.Count > 0)
        {
            throw new InvalidOperationException(
                $"StartFrom is a model of other sizes ({info.Architecture.Describe()}), and nothing was taken:\n"
                + $"{string.Join("\n", wrong.Take(Listed))}{(wrong.Count > Listed ? $"\nand {wrong.Count - Listed} more" : "")}\n"
                + "Train with the sizes of that model: only the window and the classes may be others.");
        }

        foreach ((Tensor target, Tensor value) in taken)
            target.copy_(value);
        foreach (SegmentationNetwork network in networks)
            network.Dispose(); // not before: a module that nothing refers to gives its tensors back
        HashSet<string> names = [.. targets.SelectMany(network => network.State().Keys.Select(name => $"{network.Name}/{name}"))];
        return new()
        {
            Method = _method.Name.Key,
            WeightsSha256 = info.WeightsSha256,
            TakenOver = taken.Count - interpolated.Count,
            Interpolated = interpolated,
            Renewed = renewed,
            Fresh = fresh,
            Left = [.. source.Keys.Where(name => !names.Contains(name)).Order(StringComparer.Ordinal)],
            Frozen = _options.FreezeEncoders ? Freeze(targets, renewed) : 0,
        };
    }

    // What the training's networks would be like with the classes of the model.
    private Dictionary<string, long[]> Shapes(LabelConvention labels)
    {
        using DisposeScope scope = NewDisposeScope();
        return _method.CreateNetworks(_options.Network, labels)
            .SelectMany(network => network.ScoringState().Select(pair => ($"{network.Name}/{pair.Key}", pair.Value.shape)))
            .ToDictionary(pair => pair.Item1, pair => pair.shape, StringComparer.Ordinal);
    }

    // (1, N, T) of one grid of tokens to another, trilinear.
    private Tensor Interpolate(Tensor positions)
    {
        VolumeShape from = Grid(_model.Info.Architecture.Patch), to = Grid(_options.Network.Patch);
        long width = positions.shape[2];
        Tensor grid = positions.reshape(1, from.X, from.Y, from.Z, width).permute(0, 4, 1, 2, 3);
        Tensor other = F.interpolate(grid, size: [to.X, to.Y, to.Z], mode: InterpolationMode.Trilinear, align_corners: false);
        return other.permute(0, 2, 3, 4, 1).reshape(1, to.Count, width);
    }

    // Encoders that are not trained; those with fresh weights are.
    private int Freeze(IReadOnlyList<SegmentationNetwork> networks, IEnumerable<string> renewed)
    {
        HashSet<string> trained = [.. renewed];
        int frozen = 0;
        foreach (SegmentationNetwork network in networks)
        {
            foreach ((string name, Parameter parameter) in network.NamedParameters)
            {
                if (!_method.Weights.IsEncoder(name) || trained.Contains($"{network.Name}/{name}"))
                    continue;
                parameter.requires_grad = false;
                frozen++;
            }
        }

        return frozen;
    }

    private static VolumeShape Grid(VolumeShape patch) => new(patch.X / Cell, patch.Y / Cell, patch.Z / Cell);
}
