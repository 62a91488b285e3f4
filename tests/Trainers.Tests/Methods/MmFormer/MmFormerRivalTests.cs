using System.Text.Json;
using Smml.MLNet.Losses;
using Smml.MLNet.Methods.MmFormer;
using Smml.MLNet.Networks;
using Smml.MLNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Methods.MmFormer;

/// <summary>mmFormer as a method of its own, with its optimizer and its objective, against numbers of the released network.</summary>
/// <remarks>
/// The released code in float32 and in float64 differs by up to 5e-5 in probabilities, because instance norms amplify rounding. A mistake
/// in the network makes 0.05 and more.
/// </remarks>
public sealed class MmFormerRivalTests : IDisposable
{
    private const double ProbabilityTolerance = 2e-4;
    private const double AverageTolerance = 5e-5;
    private const double LossTolerance = 2e-5;

    // The weights do not show the number of attention heads; the released code has 8.
    private const int ReleasedHeads = 8;

    // The released network makes one 1x1x1 convolution per modality that it never calls. No
    // output depends on them and they have no gradient.
    private static readonly string[] s_dead =
    [
        "flair_decode_conv.weight", "flair_decode_conv.bias",
        "t1ce_decode_conv.weight", "t1ce_decode_conv.bias",
        "t1_decode_conv.weight", "t1_decode_conv.bias",
        "t2_decode_conv.weight", "t2_decode_conv.bias",
    ];

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly RivalFixture _fixture = new("mmformer");
    private readonly Dictionary<string, NumpyArray> _data;
    private readonly Dictionary<string, NumpyArray> _weights;
    private readonly MmFormerArchitecture _architecture;
    private readonly MmFormerNetwork _network;
    private readonly Tensor _scans;

    public MmFormerRivalTests()
    {
        TorchRuntime.EnsureAvailable();
        _data = _fixture.Archive("data.npz");
        _weights = _fixture.Archive("state.npz");
        _scans = _data["input"].ToTensor();
        int heads = (int)_fixture.Number("heads", _fixture.Number("num_heads", ReleasedHeads));
        _architecture = TensorAssert.ArchitectureOf(_weights, _data["input"], heads).Backbone;
        _network = Reference(_architecture);
    }

    public void Dispose()
    {
        _network.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData("eval", ConvolutionPadding.Reflect)]
    [InlineData("evalzeros", ConvolutionPadding.Zeros)]
    public void Every_mask_gives_the_reference_probabilities(string kind, ConvolutionPadding padding)
    {
        using MmFormerNetwork network = Reference(_architecture with { Padding = padding });
        network.Train(false);
        using IDisposable guard = no_grad();
        TokenEncoding encoding = network.Backbone.Encode(_scans, ModalitySet.All);
        _fixture.CloseEvaluation(
            _data,
            kind,
            mask => network.Backbone.Decode(encoding, mask, MmFormerModule.Heads.Fused).Logits,
            AverageTolerance,
            ProbabilityTolerance);
    }

    [Fact]
    public void Every_head_of_a_training_pass_gives_the_reference_probabilities()
    {
        using IDisposable guard = no_grad();
        MmFormerModule.Output output = _network.Backbone.call(_scans, _data["train_mask"].ToTensor());
        RivalFixture.CloseHeads(_data, output.Logits, output.Separate, output.Auxiliary, ProbabilityTolerance);
    }

    [Fact]
    public void Every_loss_is_that_of_the_reference()
    {
        Dictionary<string, double> actual;
        using (no_grad())
        {
            MmFormerModule.Output output = _network.Backbone.call(_scans, _data["train_mask"].ToTensor());
            SegmentationLoss target = new(_data["label"].ToTensor(), _fixture.Classes);
            actual = RivalFixture.Losses(target, output.Logits, output.Separate, output.Auxiliary);
        }

        Dictionary<string, double> terms = Train().ToDictionary(loss => loss.Label, loss => loss.Value);
        actual["total"] = terms["total"];
        _fixture.CloseLosses(actual, LossTolerance);
        foreach ((string kind, string term) in new[] { ("fuse", "segmentation"), ("sep", "separate"), ("prm", "auxiliary") })
            TensorAssert.Close(actual[$"{kind}_cross"] + actual[$"{kind}_dice"], terms[term], LossTolerance, term);
    }

    [Fact]
    public void One_step_has_the_gradients_and_the_changes_of_the_reference()
    {
        if (_fixture.Info.TryGetProperty("no_gradient", out JsonElement dead))
            RivalFixture.SameNames(s_dead, dead.EnumerateArray().Select(name => name.GetString()!));
        RivalStep step = new(_fixture, _network.Backbone);
        Train();
        step.CloseGradients(_data, s_dead);
        step.CloseWeights(_data);
        step.CloseChanges(s_dead);
    }

    [Fact]
    public void The_state_has_the_names_and_shapes_of_a_released_checkpoint()
    {
        Dictionary<string, long[]> expected = _fixture.Keys("keys_full.txt").ToDictionary(pair => pair.Name, pair => pair.Shape);
        int classes = (int)expected["decoder_fuse.seg_layer.weight"][0];
        using MmFormerModule module = new(MmFormerArchitecture.Paper, classes, training: true);
        RivalFixture.SameState(module, expected, s_dead);
        long unused = s_dead.Sum(name => _weights[name].Count);
        long parameters = _network.Parameters.Sum(parameter => parameter.numel());
        Assert.Equal(_fixture.Info.GetProperty("params").GetInt64(), parameters + unused);
    }

    // One pass of the method itself: its loss terms, the backward pass and a step of its optimizer.
    private IReadOnlyList<LossValue> Train()
    {
        MmFormerTrainerOptions options = new()
        {
            Architecture = _architecture,
            Optimizer = new() { LearningRate = _fixture.LearningRate, WeightDecay = _fixture.WeightDecay },
        };
        using MmFormerTraining training = new(options, _network, _fixture.Classes);
        using EpochLosses losses = new();
        training.Run(new(RivalFixture.Samples(_data), Epoch: 0, Passes: 1, IsLast: true, losses));
        return losses.Means();
    }

    private MmFormerNetwork Reference(MmFormerArchitecture architecture)
    {
        MmFormerNetwork network = new("network", architecture, _fixture.Classes, training: true);
        RivalFixture.Load(network.Backbone, _weights, s_dead);
        network.Train(true);
        return network;
    }
}
