using Smml.MLNet.Methods.M3ae;
using Smml.MLNet.Networks;
using Smml.MLNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Methods.M3ae;

public sealed class M3aeModuleTests : IDisposable
{
    private static readonly M3aeArchitecture s_small = new()
    {
        BaseChannels = 8,
        Patch = new(16, 32, 16),
        SubstituteShape = new(20, 18, 16),
    };

    private readonly DisposeScope _scope = NewDisposeScope();

    public M3aeModuleTests() => TorchRuntime.EnsureAvailable();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_network_has_the_published_number_of_parameters(bool training)
    {
        using M3aeModule module = new(M3aeArchitecture.Paper, 3, training);
        Assert.Equal(35_712_000, module.Image.numel());
        long own = module.parameters().Sum(parameter => parameter.numel()) - module.Image.numel();
        Assert.Equal(training ? 4_704_505 + (4 * 17) : 4_704_211, own);
        Assert.Equal(training ? 4_704_228 : 4_704_160, module.named_parameters()
            .Where(pair => M3aeModule.IsPretrained(pair.name))
            .Sum(pair => pair.parameter.numel()));
    }

    [Fact]
    public void A_network_made_for_scoring_is_the_other_without_the_heads_of_training()
    {
        using M3aeModule trained = new(s_small, 3, training: true), scoring = new(s_small, 3, training: false);
        trained.DrawImage();
        Assert.Equal(1, trained.Image.std().item<float>(), 0.05);
        KeyValuePair<string, Tensor>[] state = [.. trained.ScoringState()];
        Assert.Equal(scoring.state_dict().Keys.Order(StringComparer.Ordinal), state.Select(pair => pair.Key));
        Assert.Equal(scoring.ScoringState().Select(pair => pair.Key), state.Select(pair => pair.Key));
        Assert.Equal(state.Length + 6, trained.state_dict().Count);
        Assert.Contains("limage", state.Select(pair => pair.Key));
        using IDisposable guard = no_grad();
        Assert.Throws<InvalidOperationException>(() => scoring.Reconstruct(zeros([1, 4, 16, 32, 16])));
    }

    [Theory]
    [InlineData(1, SubstitutePlacement.Frame)]
    [InlineData(2, SubstitutePlacement.Crop)]
    public void Subsets_that_are_scored_together_give_the_bits_of_each_alone(int batch, SubstitutePlacement placement)
    {
        M3aeArchitecture architecture = s_small with { SubstitutePlacement = placement };
        using M3aeNetwork network = new(architecture, M3aeNetwork.Regions(LabelConvention.BraTS2018), training: false);
        using IDisposable guard = no_grad();
        network.Module.DrawImage();
        Tensor scans = randn([batch, 4, 16, 32, 16]);
        Windows windows = new(scans, [.. Enumerable.Range(0, batch).Select(b => (b, 1, 2))], new((3, 2, 1), new(30, 50, 20)));
        Dictionary<int, byte[]> together = [];
        network.Predict(windows, ModalitySet.Subsets, (i, logits) => together.Add(i, [.. logits.bytes]));
        Assert.Equal(15, together.Count);
        foreach ((int i, byte[] bits) in together)
            network.Predict(windows, [ModalitySet.Subsets[i]], (_, logits) => Assert.True(bits.AsSpan().SequenceEqual(logits.bytes)));

        // Where the crop begins counts in the frame only.
        network.Predict(windows with { Frame = new((4, 2, 1), new(30, 50, 20)) }, [ModalitySet.Subsets[0]], (_, logits) =>
            Assert.Equal(placement == SubstitutePlacement.Crop, together[0].AsSpan().SequenceEqual(logits.bytes)));
    }

    [Fact]
    public void Pretraining_shows_an_eighth_of_all_tokens_none_of_them_of_a_scan_that_is_dropped_or_missing()
    {
        M3aeTrainerOptions options = new();
        ModalitySet available = ModalitySet.Of(Modality.Flair, Modality.T1, Modality.T2);
        int[] left = new int[5];
        for (ulong seed = 0; seed < 400; seed++)
        {
            bool[] seen = TokenMask.Draw(new(seed), available, 512, options);
            Assert.Equal(256, seen.Count(token => token));
            Assert.Equal(seen, TokenMask.Draw(new(seed), available, 512, options));
            int[] scans = [.. seen.Chunk(512).Index().Where(scan => scan.Item.Any(token => token)).Select(scan => scan.Index)];
            Assert.DoesNotContain((int)Modality.T1ce, scans);
            left[scans.Length]++;
        }

        Assert.All(left[1..4], count => Assert.InRange(count, 90, 180));
        bool[] few = TokenMask.Draw(new(3), ModalitySet.Of(Modality.T2), 8, options with { MaskRatio = 0.1 });
        Assert.Equal(Enumerable.Range(0, 32).Select(token => token >= 24), few); // T2 is the last scan
        bool[] all = TokenMask.Draw(new(3), ModalitySet.All, 8, options with { MaskRatio = 0, MaxDropped = 0 });
        Assert.DoesNotContain(false, all);
    }

    [Fact]
    public void Weights_of_the_objectives_scale_their_terms_and_0_leaves_a_term_out()
    {
        using M3aeModule module = new(s_small, 3, training: true);
        using IDisposable guard = no_grad();
        module.DrawImage();
        Tensor seen = randn([2, 4, 16, 32, 16]), targets = randint(0, 2, [2, 3, 16, 32, 16], dtype: ScalarType.Float32);
        M3aeModule.Output output = module.Segment(seen);
        M3aeLossOptions options = new() { DeepWeight = 0.5, ConsistencyWeight = 3 };
        Dictionary<string, float> terms = Terms(losses => M3aeObjective.Segment(losses, options, output, targets));
        TensorAssert.Close(
            terms["segmentation"] + (0.5 * terms["deep"]) + (3 * terms["consistency"]), terms["total"], 1e-5, "total");
        options = new() { DeepWeight = 0, ConsistencyWeight = 0, DiceWeight = 0 };
        Assert.Equal(["segmentation", "total"], Terms(losses => M3aeObjective.Segment(losses, options, output, targets)).Keys);
        Assert.Equal(
            nn.functional.binary_cross_entropy_with_logits(output.Logits, targets).item<float>() * 0.3,
            Terms(losses => M3aeObjective.Segment(losses, options, output, targets))["total"],
            1e-6);

        // A scan that a sample does not have is nothing to reconstruct.
        Tensor reconstructed = module.Reconstruct(seen), spoiled = reconstructed.clone();
        spoiled[1, 2].fill_(100);
        Tensor available = ones([2, 4]);
        available[1, 2] = tensor(0f);
        Dictionary<string, float> first = Pretraining(reconstructed), second = Pretraining(spoiled);
        Assert.Equal(first["reconstruction"], second["reconstruction"]);
        TensorAssert.Close(first["reconstruction"] + (2 * first["regulariser"]), first["total"], 1e-5, "total");
        Tensor centred = module.Image - module.Image.mean([2L, 3L, 4L], keepdim: true);
        TensorAssert.Close(centred.norm().item<float>(), first["regulariser"], 1e-5, "regulariser");

        Dictionary<string, float> Pretraining(Tensor found) => Terms(
            losses => M3aeObjective.Reconstruct(losses, new() { RegulariserWeight = 2 }, seen, found, available, module.Image));

        static Dictionary<string, float> Terms(Action<LossSum> add)
        {
            LossSum losses = new();
            add(losses);
            losses.Finish();
            return losses.Terms.ToDictionary(term => term.Label, term => term.Value.item<float>());
        }
    }

    [Fact]
    public void A_pass_in_bfloat16_is_near_that_in_single_precision()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("autocast is found by its name in Linux builds of libtorch");
        using M3aeModule module = new(s_small, 3, training: true);
        Tensor seen = randn([2, 4, 16, 32, 16]), targets = randint(0, 2, [2, 3, 16, 32, 16], dtype: ScalarType.Float32);
        double single = Loss(TrainingPrecision.Single), half = Loss(TrainingPrecision.BFloat16);
        Assert.InRange(half, single * 0.98, single * 1.02);

        double Loss(TrainingPrecision precision)
        {
            using IDisposable guard = no_grad();
            using Autocast? region = Autocast.Begin(precision, DeviceType.CPU);
            M3aeModule.Output output = module.Segment(seen);
            Assert.All(
                new[] { output.Logits, output.Quarter, output.Half, output.Bottleneck },
                tensor => Assert.Equal(ScalarType.Float32, tensor.dtype));
            Assert.Equal(ScalarType.Float32, module.Reconstruct(seen).dtype);
            LossSum losses = new();
            M3aeObjective.Segment(losses, new(), output, targets);
            return losses.Total.item<float>();
        }
    }

    [Fact]
    public void Wrong_sizes_weights_and_settings_are_named_with_what_is_expected()
    {
        Assert.Empty(M3aeArchitecture.Paper.Errors().Concat(M3aeArchitecture.Tiny.Errors()).Concat(new M3aeLossOptions().Errors()));
        M3aeTrainerOptions wrong = new()
        {
            Architecture = new()
            {
                BaseChannels = 12,
                Patch = new(0, 24, 528),
                SubstituteShape = new(240, 0, 155),
                SubstitutePlacement = (SubstitutePlacement)7,
            },
            Losses = new() { RegulariserWeight = -1, DiceWeight = 0, CrossEntropyWeight = 0, ConsistencyTarget = (ConsistencyTarget)7 },
            PretrainingShare = 1,
            ImageLearningRate = 0,
            MaskRatio = 1,
            MaxDropped = 4,
            TokenSide = 5,
        };
        string message = Assert.Throws<ArgumentException>(() => new Microsoft.ML.MLContext().Segmentation.Trainers.M3ae(wrong)).Message;
        foreach (string part in new[]
        {
            "M3aeTrainerOptions: 14 options are out of range",
            "BaseChannels is 12; expected a multiple of 8 from 8 to 64",
            "each side must be a multiple of 16 from 16 to 512, found 0",
            "each side must be a multiple of 16 from 16 to 512, found 24",
            "each side must be a multiple of 16 from 16 to 512, found 528",
            "each side must be 1 to 1024, found 0",
            "SubstitutePlacement is 7; expected Frame or Crop",
            "Losses.RegulariserWeight is -1; expected 0 to 100",
            "are both 0; expected at least one above 0",
            "ConsistencyTarget is 7; expected DeepLogits or Bottleneck",
            "PretrainingShare is 1; expected 0 to below 1",
            "ImageLearningRate is 0; expected above 0 to 1",
            "MaskRatio is 1; expected 0 to below 1",
            "MaxDropped is 4; expected 0 to 3",
            "TokenSide is 5; expected 4 or more, and a divisor of each side of the window (0x24x528)",
        })
            Assert.Contains(part, message, StringComparison.Ordinal);
    }
}
