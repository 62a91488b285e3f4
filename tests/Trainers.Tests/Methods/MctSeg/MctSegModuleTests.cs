using Smml.MLNet.Losses;
using Smml.MLNet.Methods.MctSeg;
using Smml.MLNet.Networks;
using Smml.MLNet.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Methods.MctSeg;

public sealed class MctSegModuleTests : IDisposable
{
    private const int Classes = 5;

    private static readonly MctSegArchitecture s_small = MctSegArchitecture.Tiny with
    {
        BaseChannels = 2,
        TransformerWidth = 24,
        AttentionHeads = 2,
        FeedForwardWidth = 32,
        AdapterWidth = 3,
        FusionAdapterWidth = 5,
        Patch = new(32, 48, 64),
    };

    private readonly DisposeScope _scope = NewDisposeScope();

    public MctSegModuleTests() => TorchRuntime.EnsureAvailable();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(TokenLayout.Aligned)]
    [InlineData(TokenLayout.Reference)]
    public void Windows_need_not_be_cubes_and_the_width_needs_to_fit_no_number_of_classes(TokenLayout layout)
    {
        using MctSegModule module = new(s_small with { TokenLayout = layout, LearnPositions = true }, Classes, training: true);
        MctSegModule.Output output = module.call(Scans(2), ones([2, 4], ScalarType.Bool));
        Assert.Equal((4, 4), (output.Auxiliary.Length, output.Separate.Length));
        Assert.All(
            [output.Logits, output.Whole!, .. output.Auxiliary, .. output.Separate],
            map => Assert.Equal([2, Classes, 32, 48, 64], map.shape));
        foreach (Tensor[] levels in output.Levels.Append(output.Teacher))
            Assert.Equal([2, 32, 2, 3, 4], levels[^1].shape);
    }

    [Fact]
    public void A_network_made_for_scoring_is_the_other_without_what_only_training_uses()
    {
        using MctSegModule trained = new(s_small, Classes, training: true), scoring = new(s_small, Classes, training: false);
        KeyValuePair<string, Tensor>[] state = [.. trained.ScoringState()];
        Assert.Equal(scoring.state_dict().Keys.Order(StringComparer.Ordinal), state.Select(pair => pair.Key));
        Assert.Equal(scoring.ScoringState().Select(pair => pair.Key), state.Select(pair => pair.Key));
        Assert.Equal(
            ["all_encoder", "decoder_sep", "flair_decode_conv", "t1_decode_conv", "t1ce_decode_conv", "t2_decode_conv"],
            trained.state_dict()
                .Keys.Except(state.Select(pair => pair.Key))
                .Select(name => name.Split('.')[0])
                .Distinct()
                .Order(StringComparer.Ordinal));

        scoring.load_state_dict(state.ToDictionary(pair => pair.Key, pair => pair.Value));
        using IDisposable guard = no_grad();
        Tensor scans = Scans(1), mask = ones([1, 4], ScalarType.Bool);
        trained.eval();
        scoring.eval();
        Assert.True(trained.call(scans, mask).Logits.bytes.SequenceEqual(scoring.call(scans, mask).Logits.bytes));
        Assert.Contains(
            "Make it with training: true",
            Assert.Throws<InvalidOperationException>(
                () => scoring.Run(scans, mask, ModalitySet.All, MctSegModule.Heads.Teacher)).Message,
            StringComparison.Ordinal);
        foreach (MctSegModule.Heads heads in new[] { MctSegModule.Heads.Separate, MctSegModule.Heads.Distillation })
        {
            Assert.Contains(
                "need all 4 modalities",
                Assert.Throws<InvalidOperationException>(
                    () => trained.Run(scans, mask, ModalitySet.Of(Modality.T1), heads)).Message,
                StringComparison.Ordinal);
        }
    }

    // 40,006,244 are published. 1,048,576 positions are always zeros, 593,356 + 1,049,088 + 58,208 weights have no gradient.
    [Theory]
    [InlineData(4, 40_006_244 - 1_048_576 - 593_356 - 1_049_088 - 41_792)]
    [InlineData(5, 40_006_244 - 1_048_576 - 593_356 - 1_049_088 - 41_792 + 262)]
    public void The_network_has_the_published_number_of_parameters_without_the_dead_ones(int classes, long expected)
    {
        using MctSegModule module = new(MctSegArchitecture.Paper, classes, training: true);
        Assert.Equal(expected, module.parameters().Sum(parameter => parameter.numel()));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void Subsets_share_what_no_subset_changes_and_give_the_bits_of_the_plain_way(int batch, bool learnPositions)
    {
        using MctSegNetwork network = new(s_small with { LearnPositions = learnPositions }, Classes, training: false);
        Spread(network.Module);
        using IDisposable guard = no_grad();
        Tensor scans = Scans(batch);
        (int, int, int)[] starts = [.. Enumerable.Repeat((0, 0, 0), batch)];
        int compared = 0;
        network.Train(false);
        network.Predict(new(scans, starts), ModalitySet.Subsets, (i, logits) =>
        {
            Tensor mask = tensor(ModalitySet.All.Select(ModalitySet.Subsets[i].Contains).ToArray()).unsqueeze(0).expand(batch, -1);
            Assert.True(network.Module.call(scans, mask).Logits.bytes.SequenceEqual(logits.bytes), $"{ModalitySet.Subsets[i]} differs");
            compared++;
        });
        Assert.Equal(15, compared);
    }

    [Fact]
    public void Every_weight_is_read_from_where_the_network_was_moved_to()
    {
        using MctSegModule module = new(s_small with { LearnPositions = true }, Classes, training: false);
        Spread(module);
        using IDisposable guard = no_grad();
        module.eval();
        Tensor scans = Scans(1), mask = ones([1, 4], ScalarType.Bool);
        Tensor before = module.call(scans, mask).Logits;

        // A move to another type replaces parameters as a move to another device does, which a machine need not have.
        module.to(ScalarType.Float64);
        TensorAssert.Close(module.call(scans.to(ScalarType.Float64), mask).Logits, before, 1e-2, "logits");
    }

    [Fact]
    public void Dropout_is_drawn_in_training_only_and_in_adapters_too()
    {
        VolumeShape grid = new(2, 2, 2);
        using ConvolutionalAdapter adapter = new(8, 4, 8, grid, dropout: 0.5);
        Spread(adapter);
        using IDisposable guard = no_grad();
        Tensor tokens = randn([1, grid.Count, 8]);
        Assert.False(adapter.call(tokens).bytes.SequenceEqual(adapter.call(tokens).bytes));
        adapter.eval();
        Assert.True(adapter.call(tokens).bytes.SequenceEqual(adapter.call(tokens).bytes));
    }

    [Fact]
    public void A_step_in_bfloat16_is_near_that_in_single_precision()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("autocast is found by its name in Linux builds of libtorch");
        using MctSegModule module = new(s_small, Classes, training: true);
        Tensor scans = Scans(2), mask = tensor(new[] { true, false, true, false, false, true, true, true }, [2, 4]);
        SegmentationLoss target = Target(2);
        double single = Loss(TrainingPrecision.Single).item<float>();
        Tensor half = Loss(TrainingPrecision.BFloat16);
        Assert.InRange(half.item<float>(), single * 0.98, single * 1.02);
        half.backward();
        Assert.All(module.parameters(), parameter => Assert.True(parameter.grad!.isfinite().all().item<bool>()));

        Tensor Loss(TrainingPrecision precision)
        {
            MctSegModule.Output output;
            using (Autocast.Begin(precision, DeviceType.CPU))
                output = module.call(scans, mask);
            Assert.All(
                [output.Logits, output.Whole!, .. output.Auxiliary, .. output.Separate],
                map => Assert.Equal(ScalarType.Float32, map.dtype));
            return Objective(output, target).Total;
        }
    }

    [Fact]
    public void Every_weight_starts_as_the_released_code_starts_it()
    {
        using MctSegModule module = new(MctSegArchitecture.Paper with { LearnPositions = true }, 4, training: true);
        Dictionary<string, Parameter> all = module.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter);
        foreach ((string name, Parameter parameter) in all)
        {
            bool isBias = name.EndsWith(".bias", StringComparison.Ordinal);
            bool isAdapter = name.Contains(".adapter_", StringComparison.Ordinal);
            Parameter weight = isBias ? all[$"{name[..^4]}weight"] : parameter;
            double fan = weight.shape.Skip(1).Aggregate(1.0, (product, side) => product * side);
            double largest = parameter.abs().max().item<float>();
            if (weight.Dimensions == 1)
                Assert.True(parameter.eq(full_like(parameter, isBias ? 0 : 1)).all().item<bool>(), name); // a norm
            else if (name.EndsWith("_pos", StringComparison.Ordinal)
                || name.EndsWith(".adapter_up.weight", StringComparison.Ordinal)
                || (isAdapter && isBias))
                Assert.True(largest == 0, $"{name} is not zero");
            else if (isBias)
                Assert.True(largest > 0 && largest <= 1.0001 / Math.Sqrt(fan), $"{name}: the largest is {largest:g3}");
            else if (weight.Dimensions == 5)
                Near(parameter.pow(2).mean().sqrt().item<float>(), Math.Sqrt(2 / fan), parameter.numel() < 300 ? 0.5 : 0.15, name);
            else if (isAdapter)
                Near(largest, Math.Sqrt(6.0 / (weight.shape[0] + weight.shape[1])), 0.02, name);
            else
                Near(largest, 1 / Math.Sqrt(fan), 0.02, name);
        }

        static void Near(double found, double expected, double relative, string name) =>
            Assert.True(Math.Abs(found - expected) <= relative * expected, $"{name}: {found:g3}, expected {expected:g3}");
    }

    [Fact]
    public void Weights_of_the_objective_scale_its_terms()
    {
        using MctSegModule module = new(s_small, Classes, training: true);
        using IDisposable guard = no_grad();
        SegmentationLoss target = Target(1);
        MctSegModule.Output output = module.call(Scans(1), ones([1, 4], ScalarType.Bool));
        MctSegLossOptions options = new() { SeparateWeight = 0.5, AuxiliaryWeight = 2, TeacherWeight = 3, DistillationWeight = 0.25 };
        LossSum weighted = Objective(output, target, options);
        Dictionary<string, float> terms = weighted.Terms.ToDictionary(term => term.Label, term => term.Value.item<float>());
        Assert.Equal(["segmentation", "separate", "auxiliary", "teacher", "distillation", "total"], terms.Keys);
        double sum = terms["segmentation"]
            + (0.5 * terms["separate"])
            + (2 * terms["auxiliary"])
            + (3 * terms["teacher"])
            + (0.25 * terms["distillation"]);
        TensorAssert.Close(sum, weighted.Total.item<float>(), 1e-5, "total");
    }

    [Fact]
    public void An_encoder_that_no_sample_of_a_pass_shows_still_decays()
    {
        MctSegArchitecture architecture = s_small with { Patch = new(32, 32, 32) };
        MctSegTrainerOptions options = new()
        {
            Architecture = architecture,
            Losses = new() { SeparateWeight = 0, DistillationWeight = 0 },
        };
        using MctSegNetwork network = new(architecture, 4, training: true);
        network.Train(true);
        Dictionary<string, Tensor> before = network.State().ToDictionary(pair => pair.Key, pair => pair.Value.clone());
        using MctSegTraining training = new(options, network, 4);
        using EpochLosses losses = new();
        TrainingSample sample = new()
        {
            Scans = [.. Enumerable.Range(0, 4 * 32 * 32 * 32).Select(i => (float)Math.Sin(i))],
            Labels = [.. Enumerable.Range(0, 32 * 32 * 32).Select(i => (byte)(i % 4))],
            Available = ModalitySet.Of(Modality.Flair, Modality.T1),
            Masks = [ModalitySet.Of(Modality.Flair)],
            Start = (0, 0, 0),
        };
        training.Run(new([sample], Epoch: 0, Passes: 1, IsLast: true, losses));
        Assert.Equal(["segmentation", "auxiliary", "teacher", "total"], losses.Means().Select(loss => loss.Label));
        Dictionary<string, Tensor> after = network.State();
        Assert.False(Same("t1_encoder.e3_c1.conv.weight")); // decays: the sample has the scan
        Assert.True(Same("t2_encoder.e3_c1.conv.weight"));
        Assert.False(Same("flair_encoder.e3_c1.conv.weight"));
        Assert.False(Same("all_encoder.e3_c1.conv.weight"));
        Assert.True(Same("flair_decode_conv.weight"));

        bool Same(string name) => before[name].bytes.SequenceEqual(after[name].bytes);
    }

    // Weights that begin as zeros would hide what is behind them.
    private static void Spread(nn.Module module)
    {
        using IDisposable guard = no_grad();
        foreach ((string name, Parameter parameter) in module.named_parameters())
        {
            if (name.EndsWith("_pos", StringComparison.Ordinal) || name.Contains("adapter_", StringComparison.Ordinal))
                nn.init.normal_(parameter, 0, 0.3);
        }
    }

    private static LossSum Objective(MctSegModule.Output output, SegmentationLoss target, MctSegLossOptions? options = null)
    {
        LossSum losses = new();
        Tensor available = ones([output.Logits.shape[0], 4], ScalarType.Bool);
        MctSegObjective.Compute(losses, options ?? new(), output, target, available);
        losses.Finish();
        return losses;
    }

    private static SegmentationLoss Target(long batch) =>
        new(randint(0, Classes, [batch, s_small.Patch.X, s_small.Patch.Y, s_small.Patch.Z], dtype: ScalarType.Int64), Classes);

    private static Tensor Scans(long batch) => randn([batch, 4, s_small.Patch.X, s_small.Patch.Y, s_small.Patch.Z]);
}
