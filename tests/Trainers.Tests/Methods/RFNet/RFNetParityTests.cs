using System.Text.Json;
using Smml.MLNet.Losses;
using Smml.MLNet.Methods.RFNet;
using Smml.MLNet.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Methods.RFNet;

/// <summary>RFNet against numbers of the released network.</summary>
/// <remarks>
/// The released code in float32 and in float64 differs by up to 3e-5 in probabilities, because instance norms amplify rounding; sums in
/// another order differ as much. The tolerances are several times that and far below what a mistake in the network makes (0.05 and more).
/// </remarks>
public sealed class RFNetParityTests : IDisposable
{
    private const double ProbabilityTolerance = 2e-4;
    private const double AverageTolerance = 5e-5;
    private const double LossTolerance = 1e-5;
    private const double StepTolerance = 5e-6;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly RivalFixture _fixture = new("rfnet");
    private readonly Dictionary<string, NumpyArray> _data;
    private readonly Dictionary<string, NumpyArray> _weights;
    private readonly RFNetModule _module;
    private readonly Tensor _scans;
    private readonly Tensor _labels;

    public RFNetParityTests()
    {
        TorchRuntime.EnsureAvailable();
        _data = _fixture.Archive("data.npz");
        _weights = _fixture.Archive("state.npz");
        _scans = _data["input"].ToTensor();
        _labels = _data["label"].ToTensor();
        _module = Reference(ConvolutionPadding.Reflect);
    }

    private int Classes => _fixture.Info.GetProperty("num_cls").GetInt32();

    private double LearningRate => Rate("lr", 2e-4);

    private double WeightDecay => Rate("weight_decay", 1e-4);

    public void Dispose()
    {
        _module.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData("eval", ConvolutionPadding.Reflect)]
    [InlineData("evalzeros", ConvolutionPadding.Zeros)]
    public void Every_mask_gives_the_reference_probabilities(string kind, ConvolutionPadding padding)
    {
        string[] stored = [.. _data.Keys.Where(key => key.StartsWith($"{kind}.", StringComparison.Ordinal))];
        if (stored.Length == 0)
            Assert.Skip($"the reference numbers have no {kind} outputs");
        using RFNetModule module = Reference(padding);
        module.eval();
        using IDisposable guard = no_grad();
        RFNetModule.Encoding encoding = module.Encode(_scans, ModalitySet.All);
        bool whole = padding == ConvolutionPadding.Reflect && _fixture.Info.TryGetProperty("eval_stats", out _);
        foreach (string key in stored)
        {
            string bits = key.Split('.')[1];
            Tensor probabilities = module.Decode(encoding, RivalFixture.Mask(bits, _scans.shape[0]), withMaps: false).Logits.softmax(1);
            RivalFixture.CloseSampled(_data[key], probabilities, ProbabilityTolerance, key);
            if (whole && _fixture.Info.GetProperty("eval_stats").TryGetProperty(bits, out JsonElement expected))
                RivalFixture.CloseStatistics(expected, probabilities, AverageTolerance, ProbabilityTolerance, key);
        }
    }

    [Fact]
    public void Every_head_of_a_training_pass_gives_the_reference_probabilities()
    {
        using IDisposable guard = no_grad();
        RFNetModule.Encoding encoding = _module.Encode(_scans, ModalitySet.All);
        RegionFusionDecoder.Output output = _module.Decode(encoding, _data["train_mask"].ToTensor(), withMaps: true);
        Tensor[] separate = _module.Separate(encoding);
        Dictionary<string, Tensor> actual = new() { ["train.fuse"] = output.Logits.softmax(1) };
        foreach (Modality modality in ModalitySet.All)
            actual[$"train.sep.{modality.ToString().ToLowerInvariant()}"] = separate[(int)modality];
        for (int level = 0; level < output.Maps.Length; level++)
            actual[$"train.prm{level + 1}"] = output.Maps[level];

        string[] stored = [.. _data.Keys.Where(key => key.StartsWith("train.", StringComparison.Ordinal))];
        Assert.NotEmpty(stored);
        foreach (string key in stored)
            RivalFixture.CloseSampled(_data[key], actual[key], ProbabilityTolerance, key);
    }

    [Fact]
    public void Every_loss_is_that_of_the_reference()
    {
        using IDisposable guard = no_grad();
        (RegionFusionDecoder.Output output, Tensor[] separate) = Pass();
        SegmentationLoss target = new(_labels, Classes);
        Tensor[] fused = [output.Logits.softmax(1)];
        LossSum after = Objective(output, separate, target, fusionStarted: true);
        Dictionary<string, double> actual = new()
        {
            ["fuse_cross"] = Sum(fused, target.CrossEntropy),
            ["fuse_dice"] = Sum(fused, target.Dice),
            ["sep_cross"] = Sum(separate, target.CrossEntropy),
            ["sep_dice"] = Sum(separate, target.Dice),
            ["prm_cross"] = Sum(output.Maps, target.CrossEntropy),
            ["prm_dice"] = Sum(output.Maps, target.Dice),
            ["total_after_start"] = after.Total.item<float>(),
            ["total_before_start"] = Objective(output, separate, target, fusionStarted: false).Total.item<float>(),
        };
        Dictionary<string, double> terms = after.Terms.ToDictionary(term => term.Label, term => (double)term.Value.item<float>());
        int compared = 0;
        foreach (JsonProperty loss in _fixture.Info.GetProperty("losses_f64").EnumerateObject())
        {
            Close(loss.Value.GetDouble(), actual[loss.Name], loss.Name);
            compared++;
        }

        Assert.True(compared >= 2, "the reference file holds too few losses to compare");
        Close(actual["fuse_cross"] + actual["fuse_dice"], terms["segmentation"], "segmentation");
        Close(actual["sep_cross"] + actual["sep_dice"], terms["separate"], "separate");
        Close(actual["prm_cross"] + actual["prm_dice"], terms["region maps"], "region maps");

        static double Sum(Tensor[] predictions, Func<Tensor, Tensor> loss) => predictions.Sum(prediction => loss(prediction).item<float>());

        static void Close(double expected, double found, string what) => TensorAssert.Close(expected, found, LossTolerance, what);
    }

    [Fact]
    public void Every_gradient_is_that_of_the_reference()
    {
        Backward(fusionStarted: true);
        Dictionary<string, Parameter> parameters = Parameters();
        JsonElement expected = _fixture.Info.GetProperty("grad_norm_f64");
        IEnumerable<string> names = expected.EnumerateObject().Select(pair => pair.Name);
        Assert.Equal(parameters.Keys.Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
        foreach (JsonProperty norm in expected.EnumerateObject())
            CloseNorm(norm.Value.GetDouble(), parameters[norm.Name].grad, norm.Name);
        foreach ((string name, NumpyArray value) in Stored(_data, "grad."))
        {
            Tensor gradient = value.ToTensor();
            TensorAssert.Close(gradient, parameters[name].grad!, (0.02 * gradient.norm().item<float>()) + 1e-5, $"gradient of {name}");
        }
    }

    [Fact]
    public void One_optimizer_step_is_that_of_the_reference()
    {
        Dictionary<string, Parameter> parameters = Parameters();
        Dictionary<string, Tensor> before = parameters.ToDictionary(pair => pair.Key, pair => pair.Value.detach().clone());
        Dictionary<string, Tensor> stray = Step(fusionStarted: true);
        foreach ((string name, NumpyArray value) in Stored(_data, "step1."))
            CloseStepped(value.ToTensor(), parameters[name], stray[name], name);

        // Of the other parameters the reference keeps the sum and the length of the change, and says which of them rounding decides.
        if (!_fixture.Info.TryGetProperty("step1", out JsonElement steps))
            return;
        HashSet<string> unstable = [.. _fixture.Info.GetProperty("step1_unstable").EnumerateArray().Select(name => name.GetString()!)];
        foreach (JsonProperty step in steps.EnumerateObject().Where(step => !unstable.Contains(step.Name)))
        {
            Tensor change = (parameters[step.Name].detach() - before[step.Name]).to(ScalarType.Float64);
            double strays = stray[step.Name].sum().item<long>(), steady = change.numel() - strays;
            double sum = (StepTolerance * steady) + (2 * LearningRate * strays);
            double length = Math.Sqrt((StepTolerance * StepTolerance * steady) + (4 * LearningRate * LearningRate * strays));
            CloseTo(step.Value.GetProperty("delta_sum").GetDouble(), change.sum(), sum, $"sum of the step of {step.Name}");
            CloseTo(step.Value.GetProperty("delta_l2").GetDouble(), change.norm(), length, $"length of the step of {step.Name}");
        }

        static void CloseTo(double expected, Tensor found, double tolerance, string what)
        {
            double difference = Math.Abs(expected - found.item<double>());
            Assert.True(difference <= tolerance, $"{what} differs by {difference:g3}, allowed {tolerance:g3}");
        }
    }

    [Fact]
    public void The_first_steps_lower_the_loss_as_in_the_reference()
    {
        if (!_fixture.Info.TryGetProperty("loss_curve_f64", out JsonElement expected))
            Assert.Skip("the reference numbers have no losses of later steps");
        using AdamOptimizer optimizer = new(_module.parameters(), LearningRate, new(WeightDecay));
        for (int step = 0; step < expected.GetArrayLength(); step++)
        {
            using DisposeScope scope = NewDisposeScope();
            optimizer.ZeroGradients();
            double loss = Backward(fusionStarted: true);
            optimizer.Step();

            // Elements whose gradient is rounding noise step either way, which the released code's float32 and float64 show too (1e-4).
            Assert.InRange(loss, expected[step].GetDouble() - 1e-3, expected[step].GetDouble() + 1e-3);
        }
    }

    [Fact]
    public void Before_the_fusion_starts_its_weights_only_decay()
    {
        if (!_fixture.Has("before_start.npz"))
            Assert.Skip("the reference numbers have no step before the start of the fusion");
        Dictionary<string, NumpyArray> expected = _fixture.Archive("before_start.npz");
        Dictionary<string, Parameter> parameters = Parameters();
        Dictionary<string, Tensor> stray = Step(fusionStarted: false, out double loss);
        TensorAssert.Close(expected["loss"].ToDouble()[0], loss, LossTolerance, "loss");
        foreach ((string name, NumpyArray value) in Stored(expected, "gradnorm."))
        {
            double norm = value.ToDouble()[0];
            CloseNorm(norm, parameters[name].grad, name);
            if (norm == 0)
                Assert.Equal(0, parameters[name].grad!.norm().item<float>());
        }

        foreach ((string name, NumpyArray value) in Stored(expected, "step1."))
            CloseStepped(value.ToTensor(), parameters[name], stray[name], name);
    }

    [Fact]
    public void The_full_width_gives_the_reference_probabilities()
    {
        JsonElement formula = JsonDocument.Parse(File.ReadAllText(_fixture.Alone("full_formula.json"))).RootElement;
        Dictionary<string, NumpyArray> expected = NumpyArray.LoadArchive(_fixture.Alone("full_formula.npz"));
        Dictionary<string, long[]> shapes = formula.GetProperty("params")
            .EnumerateArray()
            .ToDictionary(pair => pair[0].GetString()!, pair => RivalFixture.ShapeOf(pair[1]));
        int classes = (int)shapes["decoder_fuse.seg_layer.weight"][0];
        using IDisposable guard = no_grad();
        foreach (ConvolutionPadding padding in Enum.GetValues<ConvolutionPadding>())
        {
            using DisposeScope scope = NewDisposeScope();
            using RFNetModule module = new(ArchitectureOf(shapes, padding), classes, training: false);
            RivalFixture.LoadFormula(module, formula.GetProperty("params"));
            foreach ((string key, NumpyArray value) in expected.Where(pair => IsOf(pair.Key, padding)))
            {
                using DisposeScope pass = NewDisposeScope();
                string bits = key.Split('.')[1];
                ModalitySet seen = ModalitySet.Of([.. ModalitySet.All.Where(modality => bits[(int)modality] == '1')]);
                JsonElement statistics = formula.GetProperty("stats").GetProperty($"stats.{key}");
                Tensor scans = RivalFixture.FormulaInput(RivalFixture.ShapeOf(statistics[0].GetProperty("shape"))[1..]);
                RFNetModule.Encoding encoding = module.Encode(scans, seen);
                Tensor probabilities = module.Decode(encoding, RivalFixture.Mask(bits, 1), withMaps: false).Logits.softmax(1);
                RivalFixture.CloseSampled(value, probabilities, ProbabilityTolerance, key);
                RivalFixture.CloseStatistics(statistics, probabilities, AverageTolerance, ProbabilityTolerance, key);
            }
        }

        static bool IsOf(string key, ConvolutionPadding padding) => key.StartsWith($"{padding}.", StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void The_state_has_the_names_and_shapes_of_a_released_checkpoint()
    {
        Dictionary<string, long[]> expected = _fixture.Keys("keys_full.txt").ToDictionary(pair => pair.Name, pair => pair.Shape);
        int classes = (int)expected["decoder_fuse.seg_layer.weight"][0];
        using RFNetModule module = new(RFNetArchitecture.Paper, classes, training: true);
        Dictionary<string, Tensor> actual = module.state_dict();
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), actual.Keys.Order(StringComparer.Ordinal));
        foreach ((string name, long[] shape) in expected)
            Assert.Equal(shape, actual[name].shape);
        Assert.Equal(_fixture.Info.GetProperty("params").GetInt64(), _module.parameters().Sum(parameter => parameter.numel()));
    }

    [Fact]
    public void A_masked_modality_never_changes_the_prediction_not_even_with_NaN()
    {
        using IDisposable guard = no_grad();
        Tensor scans = _scans.narrow(0, 0, 1);
        RFNetModule.Encoding clean = _module.Encode(scans, ModalitySet.All);
        foreach (ModalitySet subset in ModalitySet.Subsets)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor mask = tensor(ModalitySet.All.Select(subset.Contains).ToArray()).unsqueeze(0), spoiled = scans.clone();
            foreach (Modality missing in subset.Complement)
                spoiled.select(1, (int)missing).fill_(float.NaN);
            byte[] expected = Bits(clean);
            Same(_module.Encode(spoiled, ModalitySet.All), "NaN in a masked scan");
            Same(_module.Encode(spoiled, subset), "skipping masked encoders");
            Same(clean.Only(subset), "leaving masked features out");
            Assert.Equal(subset.Count * RFNetEncoder.Levels, clean.Only(subset).Tensors.Count());

            void Same(RFNetModule.Encoding encoding, string what) =>
                Assert.True(expected.SequenceEqual(Bits(encoding)), $"{subset}: {what} changed the logits");

            byte[] Bits(RFNetModule.Encoding encoding) => [.. _module.Decode(encoding, mask, withMaps: false).Logits.bytes];
        }
    }

    private static RFNetArchitecture ArchitectureOf(Dictionary<string, long[]> shapes, ConvolutionPadding padding) => new()
    {
        Name = "reference",
        BaseChannels = (int)shapes["flair_encoder.e1_c1.conv.weight"][0],
        Padding = padding,
    };

    private static void CloseNorm(double expected, Tensor? gradient, string name)
    {
        Assert.True(gradient is not null, $"{name} has no gradient");
        double difference = Math.Abs(expected - gradient.to(ScalarType.Float64).norm().item<double>()), allowed = (0.02 * expected) + 1e-5;
        Assert.True(difference <= allowed, $"gradient norm of {name} differs by {difference:g3} from {expected:g3}, allowed {allowed:g3}");
    }

    private static IEnumerable<(string Name, NumpyArray Value)> Stored(Dictionary<string, NumpyArray> arrays, string prefix)
    {
        (string, NumpyArray)[] stored = [.. arrays
            .Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(pair => (pair.Key[prefix.Length..], pair.Value))];
        Assert.NotEmpty(stored);
        return stored;
    }

    // The first step of Adam has the size of the learning rate whatever the gradient's: a stray element may step the other way.
    private void CloseStepped(Tensor expected, Tensor actual, Tensor stray, string name)
    {
        Tensor found = actual.detach();
        TensorAssert.Close(expected, found, 2.05 * LearningRate, $"{name} after a step");
        Tensor steady = where(stray, expected, found);
        TensorAssert.Close(expected, steady, StepTolerance, $"{name} after a step, without stray elements");
    }

    private Dictionary<string, Tensor> Step(bool fusionStarted) => Step(fusionStarted, out _);

    // One step; gives for each parameter the elements whose gradient, decay included, is so small that rounding can turn its sign.
    private Dictionary<string, Tensor> Step(bool fusionStarted, out double loss)
    {
        using AdamOptimizer optimizer = new(_module.parameters(), LearningRate, new(WeightDecay));
        loss = Backward(fusionStarted);
        Dictionary<string, Tensor> stray = [];
        foreach ((string name, Parameter parameter) in Parameters())
        {
            Tensor gradient = parameter.grad!;
            double noise = (0.02 * gradient.pow(2).mean().sqrt().item<float>()) + 1e-6;
            Tensor decayed = gradient + (parameter.detach() * WeightDecay);
            stray[name] = gradient.norm().item<float>() == 0 ? zeros_like(gradient, ScalarType.Bool) : decayed.abs() < noise;
        }

        optimizer.Step();
        return stray;
    }

    private static LossSum Objective(RegionFusionDecoder.Output output, Tensor[] separate, SegmentationLoss target, bool fusionStarted)
    {
        LossSum losses = new();
        Tensor available = ones([output.Logits.shape[0], 4], ScalarType.Bool);
        RFNetObjective.Compute(losses, new(), output, separate, target, available, fusionStarted);
        losses.Finish();
        return losses;
    }

    private double Backward(bool fusionStarted)
    {
        (RegionFusionDecoder.Output output, Tensor[] separate) = Pass();
        Tensor total = Objective(output, separate, new(_labels, Classes), fusionStarted).Total;
        total.backward();
        return total.item<float>();
    }

    private (RegionFusionDecoder.Output Output, Tensor[] Separate) Pass()
    {
        RFNetModule.Encoding encoding = _module.Encode(_scans, ModalitySet.All);
        return (_module.Decode(encoding, _data["train_mask"].ToTensor(), withMaps: true), _module.Separate(encoding));
    }

    private Dictionary<string, Parameter> Parameters() => _module
        .named_parameters()
        .ToDictionary(pair => pair.name, pair => pair.parameter);

    private double Rate(string name, double released) =>
        _fixture.Info.TryGetProperty(name, out JsonElement rate) ? rate.GetDouble() : released;

    private RFNetModule Reference(ConvolutionPadding padding)
    {
        Dictionary<string, long[]> shapes = _weights.ToDictionary(pair => pair.Key, pair => pair.Value.Shape);
        RFNetModule module = new(ArchitectureOf(shapes, padding), Classes, training: true);
        RivalFixture.Load(module, _weights);
        return module;
    }
}
