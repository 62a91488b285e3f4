using Smml.MLNet.Losses;
using Smml.MLNet.Methods.RFNet;
using Smml.MLNet.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Methods.RFNet;

public sealed class RFNetModuleTests : IDisposable
{
    private const int Classes = 5;

    private static readonly RFNetArchitecture s_small = new() { BaseChannels = 4, Patch = new(16, 24, 32) };

    private readonly DisposeScope _scope = NewDisposeScope();

    public RFNetModuleTests() => TorchRuntime.EnsureAvailable();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Windows_need_not_be_cubes()
    {
        using RFNetModule module = new(s_small, Classes, training: true);
        RFNetModule.Encoding encoding = module.Encode(Scans(2), ModalitySet.All);
        RegionFusionDecoder.Output output = module.Decode(encoding, ones([2, 4], ScalarType.Bool), withMaps: true);
        Assert.Equal([2, Classes, 16, 24, 32], output.Logits.shape);
        Assert.Equal(RFNetEncoder.Levels, output.Maps.Length);
        Assert.All(output.Maps.Concat(module.Separate(encoding)), map => Assert.Equal([2, Classes, 16, 24, 32], map.shape));
    }

    [Fact]
    public void A_network_made_for_scoring_is_the_other_without_its_separate_decoder()
    {
        using RFNetModule trained = new(s_small, Classes, training: true), scoring = new(s_small, Classes, training: false);
        KeyValuePair<string, Tensor>[] state = [.. trained.ScoringState()];
        Assert.Equal(scoring.state_dict().Keys.Order(StringComparer.Ordinal), state.Select(pair => pair.Key));
        Assert.Equal(scoring.ScoringState().Select(pair => pair.Key), state.Select(pair => pair.Key));
        Assert.True(state.Length < trained.state_dict().Count);

        scoring.load_state_dict(state.ToDictionary(pair => pair.Key, pair => pair.Value));
        using IDisposable guard = no_grad();
        Tensor scans = Scans(1), mask = ones([1, 4], ScalarType.Bool);
        trained.eval();
        scoring.eval();
        Assert.True(trained.call(scans, mask).Logits.bytes.SequenceEqual(scoring.call(scans, mask).Logits.bytes));
        Assert.Throws<InvalidOperationException>(() => scoring.Separate(scoring.Encode(scans, ModalitySet.All)));
        Assert.Throws<InvalidOperationException>(() => trained.Separate(trained.Encode(scans, ModalitySet.Of(Modality.T1))));
    }

    [Theory]
    [InlineData(16, 4, 8_984_960)]
    [InlineData(16, 5, 9_132_790)]
    [InlineData(8, 4, 2_381_792)]
    [InlineData(8, 5, 2_451_846)]
    public void The_network_has_the_published_number_of_parameters(int channels, int classes, long expected)
    {
        using RFNetModule module = new(RFNetArchitecture.Paper with { BaseChannels = channels }, classes, training: true);
        Assert.Equal(expected, module.parameters().Sum(parameter => parameter.numel()));
    }

    [Fact]
    public void A_step_in_bfloat16_is_near_that_in_single_precision()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("autocast is found by its name in Linux builds of libtorch");
        using RFNetModule module = new(s_small, Classes, training: true);
        Tensor scans = Scans(2), mask = tensor(new[] { true, false, true, false, false, true, true, true }, [2, 4]);
        SegmentationLoss target = new(randint(0, Classes, [2, 16, 24, 32], dtype: ScalarType.Int64), Classes);
        double single = Loss(TrainingPrecision.Single).item<float>();
        Tensor half = Loss(TrainingPrecision.BFloat16);
        Assert.InRange(half.item<float>(), single * 0.98, single * 1.02);
        half.backward();
        Assert.All(module.parameters(), parameter => Assert.True(parameter.grad!.isfinite().all().item<bool>()));

        Tensor Loss(TrainingPrecision precision)
        {
            using Autocast? region = Autocast.Begin(precision, DeviceType.CPU);
            RFNetModule.Encoding encoding = module.Encode(scans, ModalitySet.All);
            RegionFusionDecoder.Output output = module.Decode(encoding, mask, withMaps: true);
            Assert.Equal(ScalarType.Float32, output.Logits.dtype);
            return Objective(output, module.Separate(encoding), target).Total;
        }
    }

    [Fact]
    public void Encoders_may_be_run_by_the_caller()
    {
        using RFNetModule module = new(s_small, Classes, training: false);
        using IDisposable guard = no_grad();
        Tensor scans = Scans(1);
        List<Tensor> seen = [];
        RFNetModule.Encoding encoding = module.Encode(scans, ModalitySet.Of(Modality.Flair, Modality.T2), (encoder, scan) =>
        {
            seen.Add(scan);
            return encoder.call(scan);
        });
        Assert.Equal(2, seen.Count);
        Assert.Equal([true, false, false, true], encoding.Levels.Select(levels => levels is not null));
        Assert.Equal(module.Encode(scans, ModalitySet.Of(Modality.T2)).Levels[3]![^1].bytes, encoding.Levels[3]![^1].bytes);
    }

    [Fact]
    public void Every_convolution_starts_with_he_normal_weights()
    {
        using RFNetModule module = new(RFNetArchitecture.Paper, 4, training: true);
        foreach ((string name, Parameter weight) in module.named_parameters())
        {
            if (weight.Dimensions < 5 || weight.numel() < 5000)
                continue; // biases, and weights too few to measure
            double expected = Math.Sqrt(2.0 / weight.shape.Skip(1).Aggregate(1.0, (product, side) => product * side));
            double ratio = weight.std().item<float>() / expected;
            Assert.True(ratio is > 0.94 and < 1.06, $"{name}: the standard deviation is {ratio:g3} times that of He's initialisation");
        }
    }

    [Fact]
    public void Weights_of_the_objective_scale_its_terms_and_0_leaves_a_term_out()
    {
        using RFNetModule module = new(s_small, Classes, training: true);
        using IDisposable guard = no_grad();
        RFNetModule.Encoding encoding = module.Encode(Scans(1), ModalitySet.All);
        RegionFusionDecoder.Output output = module.Decode(encoding, ones([1, 4], ScalarType.Bool), withMaps: true);
        SegmentationLoss target = new(randint(0, Classes, [1, 16, 24, 32], dtype: ScalarType.Int64), Classes);
        LossSum weighted = Objective(output, module.Separate(encoding), target, new() { SeparateWeight = 0.5, RegionMapWeight = 2 });
        Dictionary<string, float> terms = weighted.Terms.ToDictionary(term => term.Label, term => term.Value.item<float>());
        float sum = terms["segmentation"] + (0.5f * terms["separate"]) + (2 * terms["region maps"]);
        TensorAssert.Close(sum, weighted.Total.item<float>(), 1e-5, "total");

        LossSum fused = Objective(output, [], target, new() { SeparateWeight = 0, RegionMapWeight = 0 });
        Assert.Equal(["segmentation", "total"], fused.Terms.Select(term => term.Label));
        Assert.Equal(terms["segmentation"], fused.Total.item<float>());
    }

    private static LossSum Objective(
        RegionFusionDecoder.Output output, Tensor[] separate, SegmentationLoss target, RFNetLossOptions? options = null)
    {
        LossSum losses = new();
        Tensor available = ones([output.Logits.shape[0], 4], ScalarType.Bool);
        RFNetObjective.Compute(losses, options ?? new(), output, separate, target, available, fusionStarted: true);
        losses.Finish();
        return losses;
    }

    [Fact]
    public void Wrong_sizes_and_weights_are_named_with_what_is_expected()
    {
        Assert.Empty(RFNetArchitecture.Paper.Errors().Concat(RFNetArchitecture.Tiny.Errors()).Concat(new RFNetLossOptions().Errors()));
        RFNetArchitecture wrong = new() { BaseChannels = 6, Patch = new(8, 20, 520), Padding = (ConvolutionPadding)7 };
        string[] errors = [.. wrong.Errors()];
        Assert.Equal(5, errors.Length);
        Assert.Contains("BaseChannels is 6; expected a multiple of 4 from 4 to 64", errors[0], StringComparison.Ordinal);
        Assert.Contains("Padding is 7; expected Reflect or Zeros", errors[1], StringComparison.Ordinal);
        Assert.All(errors[2..], error => Assert.Contains("a multiple of 8 from 16 to 512", error, StringComparison.Ordinal));
        RFNetLossOptions weights = new() { SeparateWeight = -1, RegionMapWeight = double.NaN };
        Assert.Equal(
            ["Losses.SeparateWeight is -1; expected 0 to 100.", "Losses.RegionMapWeight is NaN; expected 0 to 100."],
            weights.Errors());
    }

    private static Tensor Scans(long batch) => randn([batch, 4, s_small.Patch.X, s_small.Patch.Y, s_small.Patch.Z]);
}
