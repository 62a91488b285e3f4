using System.Text.Json;
using Smml.MLNet.Losses;
using Smml.MLNet.Methods.MctSeg;
using Smml.MLNet.Networks;
using Smml.MLNet.Training;
using TorchSharp;
using TorchSharp.Modules;
using Xunit.Sdk;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Methods.MctSeg;

/// <summary>MCTSeg against numbers of the released network.</summary>
/// <remarks>
/// The released code in float32 and in float64 differs by up to 3e-5 in probabilities, because instance norms amplify rounding. A mistake
/// in the network makes 0.05 and more.
/// </remarks>
public sealed class MctSegParityTests : IDisposable
{
    private const double ProbabilityTolerance = 2e-4;
    private const double AverageTolerance = 5e-5;
    private const double LossTolerance = 2e-5;

    // The weights do not show the number of attention heads; the released code has 8.
    private const int ReleasedHeads = 8;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly RivalFixture _fixture = new("mctseg");
    private readonly Dictionary<string, NumpyArray> _data;
    private readonly Dictionary<string, NumpyArray> _weights;
    private readonly MctSegArchitecture _architecture;
    private readonly MctSegNetwork _network;
    private readonly Tensor _scans;

    public MctSegParityTests()
    {
        TorchRuntime.EnsureAvailable();
        _data = _fixture.Archive("data.npz");
        _weights = _fixture.Archive("state.npz");
        _scans = _data["input"].ToTensor();
        _architecture = ArchitectureOf(
            _weights.ToDictionary(pair => pair.Key, pair => pair.Value.Shape),
            _data["input"].Shape,
            (int)_fixture.Number("heads", ReleasedHeads));
        _network = Reference(_architecture);
    }

    public void Dispose()
    {
        _network.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Every_mask_gives_the_reference_probabilities()
    {
        using IDisposable guard = no_grad();
        CloseEvaluation(_network);
    }

    [Theory]
    [InlineData("padding")]
    [InlineData("layout")]
    [InlineData("adapter")]
    [InlineData("fusion")]
    [InlineData("scans")]
    public void The_comparison_notices_a_network_that_is_a_little_different(string mistake)
    {
        using IDisposable guard = no_grad();
        using MctSegNetwork network = Reference(mistake switch
        {
            "padding" => _architecture with { Padding = ConvolutionPadding.Reflect },
            "layout" => _architecture with { TokenLayout = TokenLayout.Aligned },
            _ => _architecture,
        });
        Dictionary<string, Tensor> state = network.State();
        switch (mistake)
        {
            case "adapter":
                state["t1_trans.cross_ffn_list.0.fn.fn2.adapter_up.weight"].mul_(1.1);
                break;
            case "fusion":
                state["cmf.conv_pass.adapter_conv.weight"].mul_(1.1);
                break;
            case "scans":
                _scans.copy_(_scans.index_select(1, tensor(new long[] { 0, 2, 1, 3 })));
                break;
        }

        XunitException error = Assert.ThrowsAny<XunitException>(() => CloseEvaluation(network));
        Assert.Contains("the largest difference is", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_head_of_a_training_pass_gives_the_reference_probabilities()
    {
        using IDisposable guard = no_grad();
        MctSegModule.Output output = Pass();
        Dictionary<string, Tensor> actual = new()
        {
            ["fuse"] = output.Logits.softmax(1),
            ["all"] = output.Whole!,
            ["all_x5"] = output.Teacher[^1],
            ["flair_x5"] = output.Levels[0][^1],
        };
        foreach (Modality modality in ModalitySet.All)
            actual[$"mod.{modality.ToString().ToLowerInvariant()}"] = output.Separate[(int)modality];
        for (int level = 0; level < output.Auxiliary.Length; level++)
            actual[$"prm{level + 1}"] = output.Auxiliary[level];
        (string Name, NumpyArray Value)[] stored = [.. RivalFixture.Stored(_data, "train.")];
        Assert.True(stored.Length >= 10, "the reference file holds too few of the heads to compare");
        foreach ((string head, NumpyArray value) in stored)
        {
            double tolerance = head.EndsWith("_x5", StringComparison.Ordinal)
                ? ProbabilityTolerance * actual[head].abs().max().item<float>()
                : ProbabilityTolerance;
            RivalFixture.CloseSampled(value, actual[head], tolerance, head);
        }
    }

    [Fact]
    public void Every_loss_is_that_of_the_reference()
    {
        Dictionary<string, double> actual = [];
        using (no_grad())
        {
            MctSegModule.Output output = Pass();
            SegmentationLoss target = new(_data["label"].ToTensor(), _fixture.Classes);

            // The file calls the predictions of the fusion decoder's levels "sep", and those of the modalities "mod".
            Dictionary<string, Tensor[]> kinds = new()
            {
                ["fuse"] = [output.Logits.softmax(1)],
                ["all"] = [output.Whole!],
                ["sep"] = output.Auxiliary,
                ["mod"] = output.Separate,
            };
            foreach ((string kind, Tensor[] predictions) in kinds)
            {
                actual[$"{kind}_cross"] = predictions.Sum(prediction => target.CrossEntropy(prediction).item<float>());
                actual[$"{kind}_dice"] = predictions.Sum(prediction => target.Dice(prediction).item<float>());
            }

            foreach (Modality modality in ModalitySet.All)
            {
                Tensor only = tensor(ModalitySet.All.Select(one => one == modality).ToArray()).unsqueeze(0).repeat(_scans.shape[0], 1);
                actual[$"l1_{modality.ToString().ToLowerInvariant()}"] =
                    FeatureDistillation.Compute(output.Teacher, output.Levels, only, detach: false).item<float>();
            }
        }

        Dictionary<string, double> terms = Train().ToDictionary(loss => loss.Label, loss => loss.Value);
        actual["total"] = terms["total"];
        _fixture.CloseLosses(actual, LossTolerance);
        foreach ((string kind, string term) in new[]
        {
            ("fuse", "segmentation"), ("all", "teacher"), ("sep", "auxiliary"), ("mod", "separate"),
        })
            TensorAssert.Close(actual[$"{kind}_cross"] + actual[$"{kind}_dice"], terms[term], LossTolerance, term);
        TensorAssert.Close(
            actual.Where(pair => pair.Key.StartsWith("l1_", StringComparison.Ordinal)).Sum(pair => pair.Value),
            terms["distillation"],
            LossTolerance,
            "distillation");
    }

    [Fact]
    public void One_step_has_the_gradients_and_the_changes_of_the_reference()
    {
        string[] dead = [.. Dead(_weights.Keys)];
        if (_fixture.Info.TryGetProperty("no_gradient", out JsonElement without))
            RivalFixture.SameNames(dead.Where(name => !IsPosition(name)), without.EnumerateArray().Select(name => name.GetString()!));
        RivalStep step = new(_fixture, _network.Module);
        Train();
        step.CloseGradients(_data, dead);
        step.CloseWeights(_data);
        step.CloseChanges(dead);
    }

    [Fact]
    public void Positions_that_are_learnt_begin_at_zero_with_the_gradients_of_the_reference()
    {
        using MctSegNetwork network = Reference(_architecture with { LearnPositions = true });
        Train(network);
        JsonElement norms = _fixture.Info.GetProperty("grad_norm_f64");
        Dictionary<string, Parameter> parameters = network.NamedParameters.ToDictionary(pair => pair.Name, pair => pair.Parameter);

        // The released code adds the positions of T1ce to the tokens of T1, too, so that those two have other gradients.
        foreach (string name in new[] { "flair_pos", "t2_pos" })
        {
            double expected = norms.GetProperty(name).GetDouble(), found = parameters[name].grad!.norm().item<float>();
            Assert.InRange(found, expected * 0.98, expected * 1.02);
        }

        Assert.All(parameters.Where(pair => IsPosition(pair.Key)), pair => Assert.True(pair.Value.abs().max().item<float>() > 0));
    }

    [Fact]
    public void The_full_width_gives_the_reference_probabilities()
    {
        JsonElement formula = JsonDocument.Parse(File.ReadAllText(_fixture.Alone("full_formula.json"))).RootElement;
        Dictionary<string, NumpyArray> expected = NumpyArray.LoadArchive(_fixture.Alone("full_formula.npz"));
        Dictionary<string, long[]> shapes = formula.GetProperty("params")
            .EnumerateArray()
            .ToDictionary(pair => pair[0].GetString()!, pair => RivalFixture.ShapeOf(pair[1]));
        using IDisposable guard = no_grad();
        MctSegArchitecture architecture = MctSegArchitecture.Paper with { TokenLayout = TokenLayout.Reference };
        using MctSegModule module = new(architecture, (int)shapes["decoder_fuse.seg_layer.weight"][0], training: false);
        module.eval();
        RivalFixture.LoadFormula(module, formula.GetProperty("params"));
        foreach ((string bits, NumpyArray value) in expected)
        {
            using DisposeScope pass = NewDisposeScope();
            JsonElement statistics = formula.GetProperty("stats").GetProperty($"stats.{bits}");
            Tensor scans = RivalFixture.FormulaInput(RivalFixture.ShapeOf(statistics[0].GetProperty("shape"))[1..]);
            ModalitySet seen = ModalitySet.Of([.. ModalitySet.All.Where(modality => bits[(int)modality] == '1')]);
            Tensor probabilities = module
                .Run(scans, RivalFixture.Mask(bits, 1), seen, MctSegModule.Heads.Fused)
                .Logits.softmax(1);
            RivalFixture.CloseSampled(value, probabilities, ProbabilityTolerance, bits);
            RivalFixture.CloseStatistics(statistics, probabilities, AverageTolerance, ProbabilityTolerance, bits);
        }
    }

    [Fact]
    public void The_state_has_the_names_and_shapes_of_a_released_checkpoint_but_for_what_is_dead()
    {
        Dictionary<string, long[]> expected = _fixture.Keys("keys_full.txt").ToDictionary(pair => pair.Name, pair => pair.Shape);
        string[] dead = [.. Dead(expected.Keys)];
        int classes = (int)expected["decoder_fuse.seg_layer.weight"][0];
        using MctSegModule module = new(MctSegArchitecture.Paper, classes, training: true);
        RivalFixture.SameState(module, expected, dead);
        long unused = Dead(_weights.Keys).Sum(name => (long)_weights[name].Count);
        long parameters = _network.Parameters.Sum(parameter => parameter.numel());
        Assert.Equal(_fixture.Info.GetProperty("params").GetInt64(), parameters + unused);

        using MctSegModule learning = new(MctSegArchitecture.Paper with { LearnPositions = true }, classes, training: true);
        RivalFixture.SameState(learning, expected, dead.Where(name => !IsPosition(name)));
    }

    [Fact]
    public void A_masked_modality_never_changes_the_prediction_not_even_with_NaN()
    {
        _network.Train(false);
        using IDisposable guard = no_grad();
        Tensor scans = _scans.narrow(0, 0, 1);
        TokenEncoding clean = _network.Module.Encode(scans, ModalitySet.All);
        foreach (ModalitySet subset in ModalitySet.Subsets)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor mask = tensor(ModalitySet.All.Select(subset.Contains).ToArray()).unsqueeze(0), spoiled = scans.clone();
            foreach (Modality missing in subset.Complement)
                spoiled.select(1, (int)missing).fill_(float.NaN);
            byte[] expected = Bits(clean);
            Same(_network.Module.Encode(spoiled, ModalitySet.All), "NaN in a masked scan");
            Same(_network.Module.Encode(spoiled, subset), "skipping masked encoders");
            Same(clean.Only(subset), "leaving masked features out");

            void Same(TokenEncoding encoding, string what) =>
                Assert.True(expected.SequenceEqual(Bits(encoding)), $"{subset}: {what} changed the logits");

            byte[] Bits(TokenEncoding encoding) => [.. _network.Module.Decode(encoding, mask, withAuxiliary: false).Logits.bytes];
        }
    }

    private static MctSegArchitecture ArchitectureOf(Dictionary<string, long[]> shapes, long[] input, int heads) => new()
    {
        Name = "reference",
        BaseChannels = (int)shapes["flair_encoder.e1_c1.weight"][0],
        TransformerWidth = (int)shapes["flair_encode_conv.weight"][0],
        FeedForwardWidth = (int)shapes["cmf.conv_trans.ffn.net.0.weight"][0],
        AttentionHeads = heads,
        AdapterWidth = (int)shapes["flair_trans.cross_ffn_list.0.fn.fn2.adapter_conv.weight"][0],
        FusionAdapterWidth = (int)shapes["cmf.conv_pass.adapter_conv.weight"][0],
        Dropout = 0,
        Patch = new((int)input[^3], (int)input[^2], (int)input[^1]),
        TokenLayout = TokenLayout.Reference,
    };

    // The released network makes these and no output depends on them; its positions are zeros in every pass.
    private static IEnumerable<string> Dead(IEnumerable<string> names) => names.Where(name => IsPosition(name)
        || name.Contains(".byconv.", StringComparison.Ordinal)
        || name.StartsWith("decoder_all.", StringComparison.Ordinal)
        || name.StartsWith("encode_conv.", StringComparison.Ordinal));

    private static bool IsPosition(string name) => name.EndsWith("_pos", StringComparison.Ordinal);

    private void CloseEvaluation(MctSegNetwork network)
    {
        network.Train(false);
        TokenEncoding encoding = network.Module.Encode(_scans, ModalitySet.All);
        _fixture.CloseEvaluation(
            _data,
            "eval",
            mask => network.Module.Decode(encoding, mask, withAuxiliary: false).Logits,
            AverageTolerance,
            ProbabilityTolerance);
    }

    private MctSegModule.Output Pass() => _network.Module.call(_scans, _data["train_mask"].ToTensor());

    private IReadOnlyList<LossValue> Train() => Train(_network);

    // One pass of the method itself: its loss terms, the backward pass and a step of its optimizer.
    private IReadOnlyList<LossValue> Train(MctSegNetwork network)
    {
        MctSegTrainerOptions options = new()
        {
            Architecture = _architecture,
            Optimizer = new() { LearningRate = _fixture.LearningRate, WeightDecay = _fixture.WeightDecay },
        };
        using MctSegTraining training = new(options, network, _fixture.Classes);
        using EpochLosses losses = new();
        training.Run(new(RivalFixture.Samples(_data), Epoch: 0, Passes: 1, IsLast: true, losses));
        return losses.Means();
    }

    private MctSegNetwork Reference(MctSegArchitecture architecture)
    {
        MctSegNetwork network = new(architecture, _fixture.Classes, training: true);
        RivalFixture.Load(network.Module, _weights, Dead(_weights.Keys).Where(name => !(architecture.LearnPositions && IsPosition(name))));
        network.Train(true);
        return network;
    }
}
