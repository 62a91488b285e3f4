using System.Text.Json;
using Smml.MLNet.Losses;
using Smml.MLNet.Methods.RFNet;
using Smml.MLNet.Training;
using TorchSharp;
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
        using RFNetModule module = Reference(padding);
        module.eval();
        using IDisposable guard = no_grad();
        RFNetModule.Encoding encoding = module.Encode(_scans, ModalitySet.All);
        _fixture.CloseEvaluation(
            _data,
            kind,
            mask => module.Decode(encoding, mask, withMaps: false).Logits,
            AverageTolerance,
            ProbabilityTolerance);
    }

    [Fact]
    public void Every_head_of_a_training_pass_gives_the_reference_probabilities()
    {
        using IDisposable guard = no_grad();
        (RegionFusionDecoder.Output output, Tensor[] separate) = Pass();
        RivalFixture.CloseHeads(_data, output.Logits, separate, output.Maps, ProbabilityTolerance);
    }

    [Fact]
    public void Every_loss_is_that_of_the_reference()
    {
        using IDisposable guard = no_grad();
        (RegionFusionDecoder.Output output, Tensor[] separate) = Pass();
        SegmentationLoss target = new(_labels, _fixture.Classes);
        LossSum after = Objective(output, separate, target, fusionStarted: true);
        Dictionary<string, double> actual = RivalFixture.Losses(target, output.Logits, separate, output.Maps);
        actual["total_after_start"] = after.Total.item<float>();
        actual["total_before_start"] = Objective(output, separate, target, fusionStarted: false).Total.item<float>();
        _fixture.CloseLosses(actual, LossTolerance);

        Dictionary<string, double> terms = after.Terms.ToDictionary(term => term.Label, term => (double)term.Value.item<float>());
        foreach ((string kind, string term) in new[] { ("fuse", "segmentation"), ("sep", "separate"), ("prm", "region maps") })
            TensorAssert.Close(actual[$"{kind}_cross"] + actual[$"{kind}_dice"], terms[term], LossTolerance, term);
    }

    [Fact]
    public void Every_gradient_is_that_of_the_reference()
    {
        RivalStep step = new(_fixture, _module);
        Backward(fusionStarted: true);
        step.CloseGradients(_data);
    }

    [Fact]
    public void One_optimizer_step_is_that_of_the_reference()
    {
        RivalStep step = new(_fixture, _module);
        Step(fusionStarted: true);
        step.CloseWeights(_data);
        step.CloseChanges();
    }

    [Fact]
    public void The_first_steps_lower_the_loss_as_in_the_reference()
    {
        if (!_fixture.Info.TryGetProperty("loss_curve_f64", out JsonElement expected))
            Assert.Skip("the reference numbers have no losses of later steps");
        using AdamOptimizer optimizer = new(_module.parameters(), _fixture.LearningRate, new(_fixture.WeightDecay));
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
        RivalStep step = new(_fixture, _module);
        TensorAssert.Close(expected["loss"].ToDouble()[0], Step(fusionStarted: false), LossTolerance, "loss");
        foreach ((string name, NumpyArray value) in RivalFixture.Stored(expected, "gradnorm."))
        {
            double norm = value.ToDouble()[0];
            Tensor gradient = step.CloseNorm(name, norm);
            if (norm == 0)
                Assert.Equal(0, gradient.norm().item<float>());
        }

        step.CloseWeights(expected);
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
        RivalFixture.SameState(module, expected);
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

    private double Step(bool fusionStarted)
    {
        using AdamOptimizer optimizer = new(_module.parameters(), _fixture.LearningRate, new(_fixture.WeightDecay));
        double loss = Backward(fusionStarted);
        optimizer.Step();
        return loss;
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
        Tensor total = Objective(output, separate, new(_labels, _fixture.Classes), fusionStarted).Total;
        total.backward();
        return total.item<float>();
    }

    private (RegionFusionDecoder.Output Output, Tensor[] Separate) Pass()
    {
        RFNetModule.Encoding encoding = _module.Encode(_scans, ModalitySet.All);
        return (_module.Decode(encoding, _data["train_mask"].ToTensor(), withMaps: true), _module.Separate(encoding));
    }

    private RFNetModule Reference(ConvolutionPadding padding)
    {
        Dictionary<string, long[]> shapes = _weights.ToDictionary(pair => pair.Key, pair => pair.Value.Shape);
        RFNetModule module = new(ArchitectureOf(shapes, padding), _fixture.Classes, training: true);
        RivalFixture.Load(module, _weights);
        return module;
    }
}
