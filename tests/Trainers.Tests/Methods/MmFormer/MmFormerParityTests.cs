using System.Text.Json;
using Smml.MLNet.Losses;
using Smml.MLNet.Methods.MmFormer;
using Smml.MLNet.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Methods.MmFormer;

/// <summary>The backbone against numbers of the released network (random weights, dropout 0).</summary>
public sealed class MmFormerParityTests : IDisposable
{
    private const double ProbabilityTolerance = 1e-4;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly NumpyArray _input = Fixtures.Array("mmformer_mini_input.npy");
    private readonly JsonElement _numbers = Fixtures.Json("mmformer_mini.json");
    private readonly MmFormerNetwork _branch;
    private readonly Tensor _scans;
    private readonly Tensor _mask;
    private readonly Tensor _labels;

    public MmFormerParityTests()
    {
        TorchRuntime.EnsureAvailable();
        Dictionary<string, NumpyArray> weights = Fixtures.Archive("mmformer_mini_state.npz");
        JsonElement configuration = _numbers.GetProperty("config");
        _branch = new("network", TensorAssert.ArchitectureOf(weights, _input, configuration.GetProperty("num_heads").GetInt32()).Backbone, configuration.GetProperty("num_cls").GetInt32(), training: true);
        _branch.Load(weights);
        _branch.Train(true);
        _scans = _input.ToTensor();
        _mask = Fixtures.Array("mmformer_mini_mask.npy").ToTensor();
        _labels = Fixtures.Array("mmformer_mini_label.npy").ToTensor();
    }

    public void Dispose()
    {
        _branch.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Every_head_gives_the_reference_probabilities()
    {
        Dictionary<string, NumpyArray> expected = Fixtures.Archive("mmformer_mini_out.npz");
        using IDisposable guard = no_grad();
        MmFormerModule.Output output = _branch.Backbone.call(_scans, _mask);
        Dictionary<string, Tensor> actual = new()
        {
            ["fuse"] = output.Logits.softmax(1),
            ["sep0"] = output.Separate[0],
            ["sep3"] = output.Separate[3],
            ["prm0"] = output.Auxiliary[0],
            ["prm3"] = output.Auxiliary[3],
            ["act.multimodal_decode_conv"] = output.Fused,
        };
        int compared = actual.Count(pair => TensorAssert.CloseAsStored(expected, pair.Key, pair.Value, ProbabilityTolerance));
        Assert.True(compared >= 2, "the reference file holds too few of the heads to compare");
    }

    [Fact]
    public void Losses_and_gradients_are_those_of_the_reference()
    {
        (Tensor total, Dictionary<string, double> terms) = Objective();
        foreach (JsonProperty term in _numbers.GetProperty("loss").EnumerateObject().Where(term => term.Value.ValueKind == JsonValueKind.Number))
            TensorAssert.Close(term.Value.GetDouble(), terms[term.Name], 2e-5, term.Name);

        total.backward();
        Dictionary<string, Parameter> parameters = _branch.Backbone.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter);
        int compared = 0;
        foreach (JsonProperty gradient in _numbers.GetProperty("grad_norm_l1_first4").EnumerateObject())
        {
            if (!parameters.TryGetValue(gradient.Name, out Parameter? parameter) || gradient.Value.ValueKind != JsonValueKind.Array)
                continue;
            Tensor actual = parameter.grad!;
            double norm = gradient.Value[0].GetDouble(), slack = Math.Max(norm * 2e-3, 2e-5);
            Assert.InRange(actual.norm().item<float>(), norm - slack, norm + slack);
            JsonElement first = gradient.Value[2];
            Tensor flat = actual.flatten();
            for (int i = 0; i < first.GetArrayLength(); i++)
                Assert.InRange(flat[i].item<float>(), first[i].GetDouble() - slack, first[i].GetDouble() + slack);
            compared++;
        }

        Assert.True(compared > 100, $"only {compared} parameters were compared");
    }

    [Fact]
    public void Three_optimizer_steps_follow_the_reference()
    {
        double[] losses = [.. _numbers.GetProperty("loss").GetProperty("total_step0_1_2").EnumerateArray().Select(value => value.GetDouble())];
        Dictionary<string, NumpyArray> steps = Fixtures.Archive("mmformer_mini_step.npz");
        using AdamOptimizer optimizer = new(_branch.Parameters, 2e-4, new(WeightDecay: 1e-4));
        for (int step = 0; step < losses.Length; step++)
        {
            optimizer.ZeroGradients();
            (Tensor total, _) = Objective();
            TensorAssert.Close(losses[step], total.item<float>(), 5e-5, $"loss of step {step}");
            total.backward();
            optimizer.Step();
            string prefix = $"after{step + 1}.";
            Dictionary<string, Tensor> state = _branch.State();
            foreach ((string name, NumpyArray value) in steps.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)))
                AssertStepped(value.ToTensor(), state[name[prefix.Length..]], 2e-4 * (step + 1), name);
        }
    }

    // Adam's first steps have the size of the learning rate whatever the gradient's: an element whose gradient is rounding noise may step the other way.
    private static void AssertStepped(Tensor expected, Tensor actual, double largestMove, string what)
    {
        Tensor difference = (expected - actual.detach()).abs();
        TensorAssert.Close(expected, actual, 2.05 * largestMove, what);
        double stray = difference.gt(0.05 * largestMove).to(ScalarType.Float32).mean().item<float>();
        Assert.True(stray <= 0.05, $"{what}: {stray:p1} of the elements stepped another way than the reference, allowed 5 %");
    }

    [Fact]
    public void All_15_masks_give_the_reference_probabilities()
    {
        Dictionary<string, NumpyArray> expected = Fixtures.Archive("mmformer_mini_15masks.npz");
        Tensor masks = expected["masks"].ToTensor(), probabilities = expected["prob_stride4"].ToTensor();
        _branch.Train(false);
        using IDisposable guard = no_grad();
        Assert.Equal(15, masks.shape[0]);
        for (int i = 0; i < 15; i++)
        {
            Tensor mask = masks[i].unsqueeze(0);
            Tensor actual = _branch.Backbone.call(_scans.narrow(0, 0, 1), mask).Logits.softmax(1)[0];
            TensorAssert.Close(probabilities[i], actual.Thin(4), ProbabilityTolerance, $"mask {i}");
        }
    }

    [Fact]
    public void A_masked_modality_never_changes_the_prediction_not_even_with_NaN()
    {
        _branch.Train(false);
        using IDisposable guard = no_grad();
        foreach (ModalitySet subset in ModalitySet.Subsets)
        {
            Tensor mask = tensor(Enumerable.Range(0, 4).Select(m => subset.Contains((Modality)m)).ToArray()).unsqueeze(0);
            Tensor clean = _scans.narrow(0, 0, 1).clone();
            Tensor expected = _branch.Backbone.call(clean, mask).Logits;
            foreach (Modality missing in subset.Complement)
                clean.select(1, (int)missing).fill_(missing == Modality.T1 ? float.NaN : 1e30f);
            Tensor poisoned = _branch.Backbone.call(clean, mask).Logits;
            Tensor skipped = _branch.Backbone.Run(clean, mask, subset, MmFormerModule.Heads.Fused).Logits;
            Assert.True(expected.bytes.SequenceEqual(poisoned.bytes), $"{subset}: garbage in a masked modality changed the logits");
            Assert.True(expected.bytes.SequenceEqual(skipped.bytes), $"{subset}: skipping the masked encoders changed the logits");
        }
    }

    private (Tensor Total, Dictionary<string, double> Terms) Objective()
    {
        MmFormerModule.Output output = _branch.Backbone.call(_scans, _mask);
        SegmentationLoss target = new(_labels, (int)output.Logits.shape[1]);
        Tensor fused = output.Logits.softmax(1);
        Dictionary<string, Tensor> terms = new()
        {
            ["fuse_ce"] = target.CrossEntropy(fused),
            ["fuse_dice"] = target.Dice(fused),
            ["sep_ce"] = output.Separate.Select(target.CrossEntropy).Aggregate((sum, term) => sum + term),
            ["sep_dice"] = output.Separate.Select(target.Dice).Aggregate((sum, term) => sum + term),
            ["prm_ce"] = output.Auxiliary.Select(target.CrossEntropy).Aggregate((sum, term) => sum + term),
            ["prm_dice"] = output.Auxiliary.Select(target.Dice).Aggregate((sum, term) => sum + term),
        };
        return (terms.Values.Aggregate((sum, term) => sum + term), terms.ToDictionary(pair => pair.Key, pair => (double)pair.Value.item<float>()));
    }
}
