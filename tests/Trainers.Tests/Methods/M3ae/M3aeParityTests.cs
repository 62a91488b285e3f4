using System.Text.Json;
using Smml.MLNet.Methods.M3ae;
using Smml.MLNet.Networks;
using Smml.MLNet.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Methods.M3ae;

/// <summary>M3AE against numbers of the released network, in both stages.</summary>
/// <remarks>The released code in float32 and in float64 differs by 6e-7 in logits. The tolerances are far below what a mistake makes: 0.6
/// where the substitute image or its place is wrong.</remarks>
public sealed class M3aeParityTests : IDisposable
{
    private const double LogitTolerance = 1e-5;
    private const double BottleneckTolerance = 5e-5; // features, which are larger than logits
    private const double AverageTolerance = 2e-6;
    private const double LossTolerance = 1e-5;
    private const double ImageStepTolerance = 1e-4; // of a step of 5e-3, with gradients near Adam's epsilon
    private const double RelativeLogitTolerance = 1e-5; // of the largest logit

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Every_mask_gives_the_reference_logits()
    {
        using M3aeReference reference = new(stage: 2);
        using IDisposable guard = no_grad();
        reference.Network.Train(false);
        string[] masks = Masks(reference);
        Assert.True(masks.Length >= 5);
        foreach (string bits in masks)
        {
            Tensor logits = Score(reference, bits, reference.Data["eval.loc"].ToInt64());
            RivalFixture.CloseSampled(reference.Data[$"eval.{bits}.logits"], logits, LogitTolerance, bits);
            JsonElement statistics = reference.Fixture.Info.GetProperty("eval_stats").GetProperty(bits);
            RivalFixture.CloseStatistics(statistics, logits, AverageTolerance, LogitTolerance, bits);
        }
    }

    [Fact]
    public void A_voxel_beside_its_place_an_exchanged_scan_or_weight_is_seen_by_the_comparison()
    {
        using M3aeReference reference = new(stage: 2);
        using IDisposable guard = no_grad();
        reference.Network.Train(false);
        string bits = "0110";
        long[] place = reference.Data["eval.loc"].ToInt64();
        double Largest(Tensor logits) =>
            (reference.Data[$"eval.{bits}.logits"].ToTensor() - logits.Thin(4)).abs().max().item<float>();
        Assert.InRange(Largest(Score(reference, bits, place)), 0, LogitTolerance);
        for (int axis = 0; axis < 3; axis++)
        {
            long[] moved = [.. place];
            moved[axis] += moved[axis] > 0 ? -1 : 1;
            Assert.InRange(Largest(Score(reference, bits, moved)), 100 * LogitTolerance, 100);
        }

        Assert.InRange(Largest(Score(reference, "1010", place)), 100 * LogitTolerance, 100);
        Parameter weight = reference.Module.named_parameters().Single(pair => pair.name == "unet.conv3a.gn2.weight").parameter;
        weight.copy_(weight.flip(0));
        Assert.InRange(Largest(Score(reference, bits, place)), 100 * LogitTolerance, 100);
    }

    [Fact]
    public void Pretraining_gives_the_reference_reconstruction_and_losses()
    {
        using M3aeReference reference = new(stage: 1);
        using IDisposable guard = no_grad();
        (LossSum losses, Tensor reconstructed) = Pretrain(reference);
        RivalFixture.CloseSampled(reference.Data["s1.out"], reconstructed, LogitTolerance, "reconstruction");
        Dictionary<string, double> terms = losses.Terms.ToDictionary(term => term.Label, term => (double)term.Value.item<float>());
        reference.Fixture.CloseLosses(
            new() { ["rec"] = terms["reconstruction"], ["reg"] = terms["regulariser"], ["total"] = terms["total"] },
            LossTolerance,
            "s1_losses_f64");
    }

    [Fact]
    public void Pretraining_gives_the_reference_gradients_and_step()
    {
        using M3aeReference reference = new(stage: 1);
        M3aeTrainerOptions options = Options(reference, share: 0.5);
        using TrainingMethod training = new M3aeTraining(
            options, reference.Network, M3aeNetwork.Regions(LabelConvention.BraTS2018), classes: 4);
        RivalStep step = new(reference.Fixture, [.. reference.Parameters, ("limage", reference.Module.Image)], "s1");
        RivalStep network = new(reference.Fixture, reference.Parameters, "s1");
        Tensor before = reference.Module.Image.detach().clone();
        Pretrain(reference).Losses.Total.backward();
        step.CloseGradients(reference.Data);
        Tensor gradient = reference.Data["s1.limage_grad"].ToTensor();
        double allowed = (0.01 * gradient.norm().item<float>()) + 1e-5;
        TensorAssert.Close(gradient, reference.Module.Image.grad!.Thin(2), allowed, "gradient of the image");
        foreach (ParameterGroup group in training.Groups.Where(group => group.ActsIn(0)))
        {
            group.BeginEpoch(0);
            group.Optimizer.Step();
        }

        network.CloseWeights(reference.Data);
        network.CloseChanges("limage");

        // Where a gradient is near Adam's epsilon, float32 and float64 of the released code differ by more than a step.
        Tensor expected = reference.Data["s1.limage_after"].ToTensor(), found = reference.Module.Image.detach().Thin(2);
        Tensor isSteady = gradient.abs() > 2e-6;
        Assert.InRange(isSteady.to(ScalarType.Float32).mean().item<float>(), 0.9f, 1f);
        TensorAssert.Close(expected, where(isSteady, found, expected), ImageStepTolerance, "the image after a step");
        TensorAssert.Close(expected, found, 2.05 * options.ImageLearningRate, "the image after a step, everywhere");
        Assert.InRange((reference.Module.Image - before).abs().mean().item<float>(), 4e-3, 5.1e-3);
    }

    [Fact]
    public void Training_gives_the_reference_logits_of_every_head_and_losses()
    {
        using M3aeReference reference = new(stage: 2);
        using IDisposable guard = no_grad();
        Tensor substitute = reference.Substitute(reference.Module.Image, reference.Data["s2.loc"].ToInt64());
        Tensor kept = reference.Data["s2.drop"].ToTensor().to(ScalarType.Bool).view(2, 4, 1, 1, 1);
        M3aeModule.Output output = reference.Module.Segment(where(kept, reference.Scans.narrow(0, 0, 1), substitute));
        foreach ((string name, Tensor found) in new[] { ("out4", output.Quarter), ("out3", output.Half), ("uout", output.Logits) })
            RivalFixture.CloseSampled(reference.Data[$"s2.{name}"], found, LogitTolerance, name);
        TensorAssert.Close(reference.Data["s2.c4d"].ToTensor(), output.Bottleneck, BottleneckTolerance, "c4d");

        Tensor target = reference.Data["target"].ToTensor().to(ScalarType.Float32), targets = cat([target, target], 0);
        LossSum losses = new();
        M3aeObjective.Segment(losses, new(), output, targets);
        losses.Finish();
        RegionLoss loss = new(targets, new());
        Dictionary<string, double> actual = new()
        {
            ["seg_out4"] = loss.Compute(output.Quarter).item<float>(),
            ["seg_out3"] = loss.Compute(output.Half).item<float>(),
            ["seg_uout"] = loss.Compute(output.Logits).item<float>(),
            ["consistency_released"] = M3aeObjective.Consistency(ConsistencyTarget.DeepLogits, output).item<float>(),
            ["consistency_c4d"] = M3aeObjective.Consistency(ConsistencyTarget.Bottleneck, output).item<float>(),
            ["total"] = losses.Total.item<float>(),
        };
        reference.Fixture.CloseLosses(actual, LossTolerance, "s2_losses_f64");
        Dictionary<string, double> terms = losses.Terms.ToDictionary(term => term.Label, term => (double)term.Value.item<float>());
        TensorAssert.Close(actual["seg_uout"], terms["segmentation"], LossTolerance, "segmentation");
        TensorAssert.Close(actual["seg_out4"] + actual["seg_out3"], terms["deep"], LossTolerance, "deep");
        TensorAssert.Close(actual["consistency_released"], terms["consistency"], LossTolerance, "consistency");
    }

    [Fact]
    public void A_pass_of_training_gives_the_reference_gradients_and_step()
    {
        using M3aeReference reference = new(stage: 2);
        M3aeTrainerOptions options = Options(reference, share: 0.5);
        Assert.Equal((3e-4, 1e-4), (options.Optimizer.LearningRate, options.Optimizer.WeightDecay));
        using TrainingMethod training = new M3aeTraining(
            options, reference.Network, M3aeNetwork.Regions(LabelConvention.BraTS2018), classes: 4);
        RivalStep step = new(reference.Fixture, reference.Parameters, "s2");
        byte[] image = [.. reference.Module.Image.bytes];
        foreach (ParameterGroup group in training.Groups)
            group.BeginEpoch(1);
        using EpochLosses losses = new();
        training.Run(new([Sample(reference)], Epoch: 1, Passes: 1, IsLast: true, losses));
        double total = losses.Means().Single(loss => loss.Role == LossRole.Total).Value;
        TensorAssert.Close(
            reference.Fixture.Info.GetProperty("s2_losses_f64").GetProperty("total").GetDouble(), total, LossTolerance, "total");
        step.CloseGradients(reference.Data);
        step.CloseWeights(reference.Data);
        step.CloseChanges("limage");
        Assert.True(image.AsSpan().SequenceEqual(reference.Module.Image.bytes), "the image moved");
    }

    [Fact]
    public void The_full_width_gives_the_reference_logits()
    {
        RivalFixture fixture = new("m3ae");
        JsonElement formula = JsonDocument.Parse(File.ReadAllText(fixture.Alone("full_formula.json"))).RootElement;
        Dictionary<string, NumpyArray> expected = NumpyArray.LoadArchive(fixture.Alone("full_formula.npz"));
        using IDisposable guard = no_grad();
        using M3aeNetwork network = new(M3aeArchitecture.Paper, M3aeNetwork.Regions(LabelConvention.BraTS2018), training: false);
        network.Train(false);
        RivalFixture.LoadFormula(network.Module, formula.GetProperty("params"));
        CaseFrame frame = new(default, M3aeArchitecture.Paper.SubstituteShape);
        Tensor scans = M3aeReference.Own(RivalFixture.FormulaInput([64, 64, 64]));
        Assert.Equal(2, expected.Count);
        foreach ((string name, NumpyArray value) in expected)
        {
            using DisposeScope pass = NewDisposeScope();
            string bits = name.Split('.')[0];
            JsonElement statistics = formula.GetProperty("stats").GetProperty($"stats.{bits}");
            Tensor logits = Score(network, scans, bits, (52, 37, 11), frame);
            double allowed = RelativeLogitTolerance * logits.abs().max().item<float>();
            RivalFixture.CloseSampled(value, logits, allowed, name);
            RivalFixture.CloseStatistics(statistics, logits, allowed, allowed, name);
        }
    }

    [Fact]
    public void The_state_has_the_names_and_shapes_of_released_checkpoints()
    {
        RivalFixture fixture = new("m3ae");
        using M3aeModule module = new(M3aeArchitecture.Paper, 3, training: true);
        Dictionary<string, long[]> state = module.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.shape);
        Same(fixture.Keys("keys_full_stage2.txt"), state.Where(pair => !pair.Key.StartsWith("reconstruction", StringComparison.Ordinal)));
        Same(fixture.Keys("keys_full_stage1.txt"), state
            .Where(pair => !pair.Key.StartsWith("unet.up1conv", StringComparison.Ordinal)
                && !pair.Key.StartsWith("unet.ds_out", StringComparison.Ordinal))
            .Select(pair => new KeyValuePair<string, long[]>(
                pair.Key.Replace("reconstruction", "unet.up1conv", StringComparison.Ordinal), pair.Value)));

        static void Same(IEnumerable<(string Name, long[] Shape)> expected, IEnumerable<KeyValuePair<string, long[]>> found) =>
            Assert.Equal(
                expected.Select(pair => $"{pair.Name} {string.Join('x', pair.Shape)}").Order(StringComparer.Ordinal),
                found.Select(pair => $"{pair.Key} {string.Join('x', pair.Value)}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_missing_scan_never_changes_the_prediction_not_even_with_NaN()
    {
        using M3aeReference reference = new(stage: 2);
        using IDisposable guard = no_grad();
        Tensor scans = M3aeReference.Own(reference.Scans.narrow(0, 0, 1));
        foreach (ModalitySet subset in ModalitySet.Subsets)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor spoiled = scans.clone();
            foreach (Modality missing in subset.Complement)
                spoiled.select(1, (int)missing).fill_(float.NaN);
            Assert.True(
                Predict(reference.Network, scans, subset, default, reference.Frame).bytes
                    .SequenceEqual(Predict(reference.Network, spoiled, subset, default, reference.Frame).bytes),
                $"{subset}: NaN in a missing scan changed the logits");
        }
    }

    private static string[] Masks(M3aeReference reference) =>
    [
        .. RivalFixture.Stored(reference.Data, "eval.")
            .Select(pair => pair.Name)
            .Where(name => name != "loc")
            .Select(name => name.Split('.')[0]),
    ];

    private static M3aeTrainerOptions Options(M3aeReference reference, double share) => new()
    {
        Architecture = reference.Architecture,
        Epochs = 2,
        PretrainingShare = share,
    };

    // What scoring gives, in the released order.
    private static Tensor Score(M3aeReference reference, string bits, long[] place) => Score(
        reference.Network,
        M3aeReference.Own(reference.Scans.narrow(0, 0, 1)),
        bits,
        M3aeReference.Start(place),
        reference.Frame);

    private static Tensor Score(M3aeNetwork network, Tensor scans, string bits, (int X, int Y, int Z) start, CaseFrame frame) =>
        ReleasedOrder.Axes(Predict(network, scans, M3aeReference.Set(bits.Select(bit => bit == '1')), start, frame));

    private static Tensor Predict(M3aeNetwork network, Tensor scans, ModalitySet seen, (int X, int Y, int Z) start, CaseFrame frame)
    {
        Tensor? logits = null;
        network.Predict(new(scans, [start], frame), [seen], (_, found) => logits = found.clone().DetachFromDisposeScope());
        using Tensor kept = logits!;
        return kept.alias(); // in the scope of the caller
    }

    private static (LossSum Losses, Tensor Reconstructed) Pretrain(M3aeReference reference)
    {
        long[] places = reference.Data["s1.loc"].ToInt64();
        Tensor image = reference.Module.Image;
        Tensor substitutes = cat([reference.Substitute(image, places.AsSpan(0, 3)), reference.Substitute(image, places.AsSpan(3, 3))], 0);
        Tensor tokens = reference.Data["s1.tokens"].ToTensor().to(ScalarType.Bool);
        Tensor seen = where(TokenMask.ToVoxels(tokens, 16), reference.Scans, substitutes);
        Tensor reconstructed = reference.Module.Reconstruct(seen);
        LossSum losses = new();
        M3aeObjective.Reconstruct(losses, new(), reference.Scans, reconstructed, ones([2, 4]), reference.Module.Image);
        losses.Finish();
        return (losses, reconstructed);
    }

    private static TrainingSample Sample(M3aeReference reference)
    {
        bool[][] kept = [.. reference.Data["s2.drop"].ToInt64().Select(bit => bit != 0).Chunk(ModalitySet.ModalityCount)];
        Tensor target = ReleasedOrder.Axes(reference.Data["target"].ToTensor()).contiguous(); // ET, TC, WT
        long[][] regions = [.. target.data<long>().ToArray().Chunk((int)reference.Architecture.Patch.Count)];
        return new()
        {
            Scans = [.. M3aeReference.Own(reference.Scans.narrow(0, 0, 1)).data<float>()],
            Labels =
            [
                .. Enumerable.Range(0, regions[0].Length).Select(
                    i => (byte)(regions[0][i] != 0 ? 3 : regions[1][i] != 0 ? 1 : regions[2][i] != 0 ? 2 : 0)),
            ],
            Available = ModalitySet.All,
            Masks = [.. kept.Select(bits => M3aeReference.Set(bits))],
            Start = M3aeReference.Start(reference.Data["s2.loc"].ToInt64()),
            Frame = reference.Frame,
        };
    }
}
