using System.Text.Json;
using Smml.MLNet.Inference;
using Smml.MLNet.Methods.UNetMfi;
using Smml.MLNet.Networks;
using Smml.MLNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Methods.UNetMfi;

/// <summary>U-Net-MFI against numbers of the released network.</summary>
/// <remarks>
/// The released code in float32 and in float64 differs by 1e-7 in logits. The tolerances are far below what a mistake in the network makes
/// (0.1 and more). The released network has relations that nothing reads; they are dead in the reference and do not exist here.
/// </remarks>
public sealed class UNetMfiParityTests : IDisposable
{
    private const double LogitTolerance = 1e-5;
    private const double AverageTolerance = 2e-6;
    private const double LossTolerance = 5e-6;
    private const double RelativeLogitTolerance = 1e-5; // of the largest logit

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly RivalFixture _fixture = new("unet_mfi", learningRate: 5e-5, weightDecay: 1e-5);
    private readonly Dictionary<string, NumpyArray> _data;
    private readonly UNetMfiModule _module;
    private readonly Tensor _scans;
    private readonly Tensor _targets;

    public UNetMfiParityTests()
    {
        TorchRuntime.EnsureAvailable();
        _data = _fixture.Archive("data.npz");
        _scans = _data["input"].ToTensor();
        _targets = _data["target"].ToTensor().to(ScalarType.Float32);
        Dictionary<string, NumpyArray> weights = _fixture.Archive("state.npz");
        Dictionary<string, long[]> shapes = weights.ToDictionary(pair => pair.Key, pair => pair.Value.Shape);
        _module = new(ArchitectureOf(shapes), (int)_targets.shape[1], training: true);
        RivalFixture.Load(_module, weights, Dead(weights.Keys));
    }

    public void Dispose()
    {
        _module.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Every_mask_gives_the_reference_logits()
    {
        using IDisposable guard = no_grad();
        _module.eval();
        (string Name, NumpyArray Value)[] stored = [.. RivalFixture.Stored(_data, "eval.")];
        foreach (string bits in stored.Select(pair => pair.Name.Split('.')[0]).Distinct(StringComparer.Ordinal))
        {
            UNetMfiModule.Output output = _module.call(_scans, RivalFixture.Mask(bits, _scans.shape[0]));
            Assert.Empty(output.Coarse);
            Tensor mean = output.Mean();
            RivalFixture.CloseSampled(_data[$"eval.{bits}.mean5"], mean, LogitTolerance, $"{bits}, mean");
            RivalFixture.CloseSampled(_data[$"eval.{bits}.cat"], output.Fused, LogitTolerance, $"{bits}, fused");
            JsonElement statistics = _fixture.Info.GetProperty("eval_stats").GetProperty(bits);
            RivalFixture.CloseStatistics(statistics, mean, AverageTolerance, LogitTolerance, bits);
        }
    }

    [Fact]
    public void Every_head_of_a_training_pass_gives_the_reference_logits()
    {
        using IDisposable guard = no_grad();
        Dictionary<string, Tensor> actual = Heads(Pass());
        Assert.Equal(13, actual.Count);
        foreach ((string head, NumpyArray value) in RivalFixture.Stored(_data, "train."))
            RivalFixture.CloseSampled(value, actual[head], LogitTolerance, head);
    }

    [Fact]
    public void Every_loss_is_that_of_the_reference()
    {
        using IDisposable guard = no_grad();
        UNetMfiModule.Output output = Pass();
        RegionLoss loss = new(_targets, new UNetMfiLossOptions().CrossEntropyWeight);
        Dictionary<string, double> actual = Heads(output)
            .ToDictionary(pair => pair.Key, pair => (double)loss.Compute(pair.Value).item<float>());
        LossSum losses = Objective(output);
        actual["total"] = losses.Total.item<float>();
        _fixture.CloseLosses(actual, LossTolerance);

        Dictionary<string, double> terms = losses.Terms.ToDictionary(term => term.Label, term => (double)term.Value.item<float>());
        TensorAssert.Close(actual["cat"], terms["segmentation"], LossTolerance, "segmentation");
        TensorAssert.Close(SumOf("out"), terms["separate"], LossTolerance, "separate");
        TensorAssert.Close(SumOf("stage"), terms["coarse"], LossTolerance, "coarse");

        double SumOf(string kind) => actual.Where(pair => pair.Key.StartsWith(kind, StringComparison.Ordinal)).Sum(pair => pair.Value);
    }

    [Fact]
    public void Every_gradient_is_that_of_the_reference()
    {
        RivalStep step = new(_fixture, _module);
        Objective(Pass()).Total.backward();
        step.CloseGradients(_data);
    }

    [Fact]
    public void One_optimizer_step_is_that_of_the_reference()
    {
        RivalStep step = new(_fixture, _module);
        UNetMfiTrainerOptions options = new();
        Assert.Equal((_fixture.LearningRate, _fixture.WeightDecay), (options.Optimizer.LearningRate, options.Optimizer.WeightDecay));
        using AdamOptimizer optimizer = new(_module.parameters(), _fixture.LearningRate, new(_fixture.WeightDecay, AmsGrad: false));
        Objective(Pass()).Total.backward();
        optimizer.Step();
        step.CloseWeights(_data);
        step.CloseChanges(Dead(_fixture.Info.GetProperty("step1").EnumerateObject().Select(change => change.Name)));
    }

    [Fact]
    public void The_mean_over_eight_flips_is_that_of_the_reference()
    {
        Assert.SkipUnless(_fixture.Has("tta.npz"), "the reference numbers have none over flips");
        RegionReadout regions = new(LabelConvention.BraTS2018);
        Dictionary<string, NumpyArray> weights = _fixture.Archive("state.npz");
        Dictionary<string, long[]> shapes = weights.ToDictionary(pair => pair.Key, pair => pair.Value.Shape);
        VolumeShape window = new((int)_scans.shape[2], (int)_scans.shape[3], (int)_scans.shape[4]);
        UNetMfiArchitecture architecture = ArchitectureOf(shapes) with { Patch = window };
        using UNetMfiNetwork network = new(architecture, regions, training: false);
        string[] coarse = [.. weights.Keys.Where(name => name.StartsWith("stage", StringComparison.Ordinal))];
        RivalFixture.Load(network.Module, weights, [.. Dead(weights.Keys), .. coarse]);
        network.Train(false);
        using IDisposable guard = no_grad();
        (ReadOnlyMemory<float>, float)?[] volumes =
        [
            .. ModalitySet.All.Select(one => ((ReadOnlyMemory<float>, float)?)(
                _scans[0, (long)one].permute(2, 1, 0).contiguous().data<float>().ToArray(), 0f)),
        ];
        using PaddedScans scans = PaddedScans.Of(volumes, window, default, window);
        SlidingWindowOptions options = new SlidingWindowOptions { Flips = FlipAxes.All }.For(architecture, 0.5);
        foreach ((string name, NumpyArray value) in RivalFixture.Stored(_fixture.Archive("tta.npz"), "eval_tta."))
        {
            ModalitySet subset = ModalitySet.Of([.. ModalitySet.All.Where(one => name[(int)one] == '1')]);
            NetworkMean mean = new([network], window, options);
            Assert.All(
                mean.Predict(scans, [subset]),
                prediction => RivalFixture.CloseSampled(value, prediction.Mean.unsqueeze(0), LogitTolerance, name));
        }
    }

    [Fact]
    public void The_full_width_gives_the_reference_logits()
    {
        JsonElement formula = JsonDocument.Parse(File.ReadAllText(_fixture.Alone("full_formula.json"))).RootElement;
        Dictionary<string, NumpyArray> expected = NumpyArray.LoadArchive(_fixture.Alone("full_formula.npz"));
        Dictionary<string, long[]> shapes = formula.GetProperty("params")
            .EnumerateArray()
            .ToDictionary(pair => pair[0].GetString()!, pair => RivalFixture.ShapeOf(pair[1]));
        using IDisposable guard = no_grad();
        using UNetMfiModule module = new(ArchitectureOf(shapes), (int)shapes["cat_out_conv.0.weight"][0], training: false);
        module.eval();
        RivalFixture.LoadFormula(module, formula.GetProperty("params"));
        foreach (string bits in expected.Keys.Select(key => key.Split('.')[0]).Distinct(StringComparer.Ordinal))
        {
            using DisposeScope pass = NewDisposeScope();
            JsonElement statistics = formula.GetProperty("stats").GetProperty($"stats.{bits}");
            Tensor scans = RivalFixture.FormulaInput(RivalFixture.ShapeOf(statistics[0].GetProperty("shape"))[1..]);
            UNetMfiModule.Output output = module.call(scans, RivalFixture.Mask(bits, 1));
            Tensor mean = output.Mean();
            double allowed = RelativeLogitTolerance * mean.abs().max().item<float>();
            RivalFixture.CloseSampled(expected[$"{bits}.mean5"], mean, allowed, $"{bits}, mean");
            RivalFixture.CloseSampled(expected[$"{bits}.cat"], output.Fused, allowed, $"{bits}, fused");
            RivalFixture.CloseStatistics(statistics, mean, allowed, allowed, bits);
        }
    }

    [Fact]
    public void The_state_has_the_names_and_shapes_of_a_released_checkpoint_but_for_its_dead_relations()
    {
        Dictionary<string, long[]> expected = _fixture.Keys("keys_full.txt").ToDictionary(pair => pair.Name, pair => pair.Shape);
        string[] dead = [.. Dead(expected.Keys)];
        using UNetMfiModule module = new(UNetMfiArchitecture.Paper, (int)expected["cat_out_conv.0.weight"][0], training: true);
        RivalFixture.SameState(module, expected, dead);
        Assert.Equal(3_200_640, dead.Sum(name => expected[name].Aggregate(1L, (product, side) => product * side)));
        RivalFixture.SameNames(
            _fixture.Info.GetProperty("no_gradient").EnumerateArray().Select(name => name.GetString()!), dead);
    }

    [Fact]
    public void A_masked_modality_never_changes_the_prediction_not_even_with_NaN()
    {
        using IDisposable guard = no_grad();
        Tensor scans = _scans.narrow(0, 0, 1);
        foreach (ModalitySet subset in ModalitySet.Subsets)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor mask = tensor(ModalitySet.All.Select(subset.Contains).ToArray()).unsqueeze(0), spoiled = scans.clone();
            foreach (Modality missing in subset.Complement)
                spoiled.select(1, (int)missing).fill_(float.NaN);
            Assert.True(
                _module.call(scans, mask).Mean().bytes.SequenceEqual(_module.call(spoiled, mask).Mean().bytes),
                $"{subset}: NaN in a masked scan changed the logits");
        }
    }

    private static UNetMfiArchitecture ArchitectureOf(Dictionary<string, long[]> shapes) => new()
    {
        Name = "reference",
        BaseChannels = (int)shapes["init_conv_1.weight"][0],
    };

    private static IEnumerable<string> Dead(IEnumerable<string> names) =>
        names.Where(name => name.StartsWith("diff", StringComparison.Ordinal) && !name.Contains(".Relation1.", StringComparison.Ordinal));

    private static Dictionary<string, Tensor> Heads(UNetMfiModule.Output output)
    {
        Dictionary<string, Tensor> heads = new() { ["cat"] = output.Fused };
        foreach (Modality modality in ModalitySet.All)
        {
            string name = modality.ToString().ToLowerInvariant();
            heads[$"out.{name}"] = output.Separate[(int)modality];
            for (int stage = 0; stage < 2; stage++)
                heads[$"stage{stage + 1}.{name}"] = output.Coarse[(stage * ModalitySet.ModalityCount) + (int)modality];
        }

        return heads;
    }

    private LossSum Objective(UNetMfiModule.Output output)
    {
        LossSum losses = new();
        UNetMfiObjective.Compute(losses, new(), output, _targets);
        losses.Finish();
        return losses;
    }

    private UNetMfiModule.Output Pass() => _module.call(_scans, _data["train_mask"].ToTensor().to(ScalarType.Bool));
}
