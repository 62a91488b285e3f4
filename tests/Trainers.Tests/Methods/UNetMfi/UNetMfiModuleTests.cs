using Smml.MLNet.Methods.UNetMfi;
using Smml.MLNet.Networks;
using Smml.MLNet.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Methods.UNetMfi;

public sealed class UNetMfiModuleTests : IDisposable
{
    private const int Maps = 4;

    private static readonly UNetMfiArchitecture s_small = new() { BaseChannels = 8, Patch = new(8, 16, 24) };

    private readonly DisposeScope _scope = NewDisposeScope();

    public UNetMfiModuleTests() => TorchRuntime.EnsureAvailable();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Windows_need_not_be_cubes_and_may_be_as_small_as_8()
    {
        using UNetMfiModule module = new(s_small, Maps, training: true);
        UNetMfiModule.Output output = module.call(Scans(2), ones([2, 4], ScalarType.Bool));
        Assert.Equal((4, 8), (output.Separate.Length, output.Coarse.Count));
        Assert.All([output.Fused, .. output.Separate, .. output.Coarse], logits => Assert.Equal([2, Maps, 8, 16, 24], logits.shape));
        using UNetMfiModule smallest = new(s_small, Maps, training: false);
        Assert.Equal([1, Maps, 8, 8, 8], smallest.call(zeros([1, 4, 8, 8, 8]), ones([1, 4], ScalarType.Bool)).Mean().shape);
    }

    [Fact]
    public void A_network_made_for_scoring_is_the_other_without_its_coarse_heads()
    {
        using UNetMfiModule trained = new(s_small, Maps, training: true), scoring = new(s_small, Maps, training: false);
        KeyValuePair<string, Tensor>[] state = [.. trained.ScoringState()];
        Assert.Equal(scoring.state_dict().Keys.Order(StringComparer.Ordinal), state.Select(pair => pair.Key));
        Assert.Equal(scoring.ScoringState().Select(pair => pair.Key), state.Select(pair => pair.Key));
        Assert.Equal(state.Length + 4, trained.state_dict().Count);

        scoring.load_state_dict(state.ToDictionary(pair => pair.Key, pair => pair.Value));
        using IDisposable guard = no_grad();
        Tensor scans = Scans(1), mask = ones([1, 4], ScalarType.Bool);
        trained.eval();
        scoring.eval();
        Assert.True(trained.call(scans, mask).Mean().bytes.SequenceEqual(scoring.call(scans, mask).Mean().bytes));
    }

    [Theory]
    [InlineData(32, 4, 30_918_521)]
    [InlineData(32, 5, 30_923_868)]
    public void The_network_has_the_published_number_of_parameters_without_the_dead_ones(int channels, int classes, long expected)
    {
        using UNetMfiModule module = new(UNetMfiArchitecture.Paper with { BaseChannels = channels }, classes - 1, training: true);
        Assert.Equal(expected, module.parameters().Sum(parameter => parameter.numel()));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Subsets_share_what_no_subset_changes_and_give_the_bits_of_the_plain_way(int batch)
    {
        RegionReadout regions = new(LabelConvention.BraTS2018);
        using UNetMfiNetwork network = new(s_small, regions, training: false);
        using IDisposable guard = no_grad();
        Tensor scans = Scans(batch);
        (int, int, int)[] starts = [.. Enumerable.Repeat((0, 0, 0), batch)];
        int compared = 0;
        network.Predict(new(scans, starts), ModalitySet.Subsets, (i, logits) =>
        {
            Tensor mask = tensor(ModalitySet.All.Select(ModalitySet.Subsets[i].Contains).ToArray()).unsqueeze(0).expand(batch, -1);
            Assert.True(network.Module.call(scans, mask).Mean().bytes.SequenceEqual(logits.bytes), $"{ModalitySet.Subsets[i]} differs");
            compared++;
        });
        Assert.Equal(15, compared);
    }

    [Fact]
    public void A_step_in_bfloat16_is_near_that_in_single_precision()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("autocast is found by its name in Linux builds of libtorch");
        using UNetMfiModule module = new(s_small, Maps, training: true);
        Tensor scans = Scans(2), mask = tensor(new[] { true, false, true, false, false, true, true, true }, [2, 4]);
        Tensor targets = randint(0, 2, [2, Maps, 8, 16, 24], dtype: ScalarType.Float32);
        double single = Loss(TrainingPrecision.Single).item<float>();
        Tensor half = Loss(TrainingPrecision.BFloat16);
        Assert.InRange(half.item<float>(), single * 0.98, single * 1.02);
        half.backward();
        Assert.All(module.parameters(), parameter => Assert.True(parameter.grad!.isfinite().all().item<bool>()));

        Tensor Loss(TrainingPrecision precision)
        {
            using Autocast? region = Autocast.Begin(precision, DeviceType.CPU);
            UNetMfiModule.Output output = module.call(scans, mask);
            Assert.All([output.Fused, .. output.Separate, .. output.Coarse], logits => Assert.Equal(ScalarType.Float32, logits.dtype));
            return Objective(output, targets).Total;
        }
    }

    [Fact]
    public void Every_weight_starts_as_PyTorch_starts_it()
    {
        using UNetMfiModule module = new(UNetMfiArchitecture.Paper, 3, training: true);
        Dictionary<string, Parameter> all = module.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter);
        foreach ((string name, Parameter parameter) in all)
        {
            bool isBias = name.EndsWith(".bias", StringComparison.Ordinal);
            Parameter weight = isBias ? all[$"{name[..^4]}weight"] : parameter;
            if (weight.Dimensions == 1)
            {
                Assert.True(parameter.eq(full_like(parameter, isBias ? 0 : 1)).all().item<bool>(), name); // a norm
                continue;
            }

            double bound = 1 / Math.Sqrt(weight.shape.Skip(1).Aggregate(1.0, (product, side) => product * side));
            double ratio = parameter.abs().max().item<float>() / bound, least = parameter.numel() < 5000 ? 0.02 : 0.98;
            Assert.True(ratio >= least && ratio <= 1.0001, $"{name}: the largest is {ratio:g3} times the bound of PyTorch");
        }
    }

    [Fact]
    public void Weights_of_the_objective_scale_its_terms_and_0_leaves_a_term_out()
    {
        using UNetMfiModule module = new(s_small, Maps, training: true);
        using IDisposable guard = no_grad();
        UNetMfiModule.Output output = module.call(Scans(1), ones([1, 4], ScalarType.Bool));
        Tensor targets = randint(0, 2, [1, Maps, 8, 16, 24], dtype: ScalarType.Float32);
        LossSum weighted = Objective(output, targets, new() { SeparateWeight = 0.5, CoarseWeight = 2 });
        Dictionary<string, float> terms = weighted.Terms.ToDictionary(term => term.Label, term => term.Value.item<float>());
        float sum = terms["segmentation"] + (0.5f * terms["separate"]) + (2 * terms["coarse"]);
        TensorAssert.Close(sum, weighted.Total.item<float>(), 1e-5, "total");

        LossSum fused = Objective(output, targets, new() { SeparateWeight = 0, CoarseWeight = 0 });
        Assert.Equal(["segmentation", "total"], fused.Terms.Select(term => term.Label));
        Assert.Equal(terms["segmentation"], fused.Total.item<float>());

        double without = Dice(0), once = Dice(0.5), twice = Dice(1);
        TensorAssert.Close(twice - once, once - without, 1e-4, "cross-entropy");
        Assert.True(once > without);

        double Dice(double crossEntropy) => new RegionLoss(targets, crossEntropy).Compute(output.Fused).item<float>();
    }

    [Fact]
    public void Wrong_sizes_and_weights_are_named_with_what_is_expected()
    {
        Assert.Empty(UNetMfiArchitecture.Paper.Errors().Concat(UNetMfiArchitecture.Tiny.Errors()));
        Assert.Empty(new UNetMfiLossOptions().Errors());
        UNetMfiArchitecture wrong = new() { BaseChannels = 12, Patch = new(0, 20, 520) };
        string[] errors = [.. wrong.Errors()];
        Assert.Equal(4, errors.Length);
        Assert.Contains("BaseChannels is 12; expected a multiple of 8 from 8 to 64", errors[0], StringComparison.Ordinal);
        Assert.All(errors[1..], error => Assert.Contains("a multiple of 8 from 8 to 512", error, StringComparison.Ordinal));
        UNetMfiLossOptions weights = new() { SeparateWeight = -1, CoarseWeight = double.NaN, CrossEntropyWeight = 101 };
        Assert.Equal(
            [
                "Losses.SeparateWeight is -1; expected 0 to 100.",
                "Losses.CoarseWeight is NaN; expected 0 to 100.",
                "Losses.CrossEntropyWeight is 101; expected 0 to 100.",
            ],
            weights.Errors());
        string message = Assert.Throws<ArgumentException>(
            () => new Microsoft.ML.MLContext().Segmentation.Trainers.UNetMfi(new() { Architecture = wrong, Losses = weights })).Message;
        Assert.Contains("UNetMfiTrainerOptions: 7 options are out of range", message, StringComparison.Ordinal);
    }

    private static LossSum Objective(UNetMfiModule.Output output, Tensor targets, UNetMfiLossOptions? options = null)
    {
        LossSum losses = new();
        UNetMfiObjective.Compute(losses, options ?? new(), output, targets);
        losses.Finish();
        return losses;
    }

    private static Tensor Scans(long batch) => randn([batch, 4, s_small.Patch.X, s_small.Patch.Y, s_small.Patch.Z]);
}
