using System.Text.Json;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Methods;

/// <summary>One training step of a network against the reference: the gradients and the change of the weights.</summary>
/// <remarks>
/// Make it before the step. Adam's first step has the size of the learning rate whatever the gradient's. A stray element, whose gradient
/// with decay is so small that rounding can turn its sign, may step the other way; it is compared with that tolerance.
/// </remarks>
internal sealed class RivalStep
{
    private readonly RivalFixture _fixture;
    private readonly string _stage;
    private readonly double _tolerance;
    private readonly Dictionary<string, Parameter> _parameters;
    private readonly Dictionary<string, Tensor> _before;

    public RivalStep(RivalFixture fixture, nn.Module module)
        : this(fixture, module.named_parameters(), "")
    {
    }

    /// <summary>A step of one of several trainings that the reference has.</summary>
    /// <param name="fixture">The reference.</param>
    /// <param name="parameters">Each under its name in the reference.</param>
    /// <param name="stage">How names of that training begin, for example <c>s1</c>.</param>
    public RivalStep(RivalFixture fixture, IEnumerable<(string name, Parameter parameter)> parameters, string stage)
    {
        (_fixture, _stage) = (fixture, stage);
        _tolerance = fixture.LearningRate / 40; // a first step has the size of the learning rate
        _parameters = parameters.ToDictionary(pair => pair.name, pair => pair.parameter);
        _before = _parameters.ToDictionary(pair => pair.Key, pair => pair.Value.detach().clone());
    }

    /// <summary>Compares the norm of every gradient and the stored gradients.</summary>
    /// <param name="data">Has arrays <c>grad.name</c>.</param>
    /// <param name="dead">Names of reference weights that the network does not have.</param>
    public void CloseGradients(Dictionary<string, NumpyArray> data, params IEnumerable<string> dead)
    {
        JsonProperty[] norms = [.. _fixture.Info
            .GetProperty(Entry("grad_norm_f64"))
            .EnumerateObject()
            .Where(norm => norm.Value.ValueKind == JsonValueKind.Number && !dead.Contains(norm.Name))];
        RivalFixture.SameNames(norms.Select(norm => norm.Name), _parameters.Keys);
        foreach (JsonProperty norm in norms)
            CloseNorm(norm.Name, norm.Value.GetDouble());
        foreach ((string name, NumpyArray value) in RivalFixture.Stored(data, Array("grad.")))
        {
            Tensor gradient = value.ToTensor();
            double allowed = (0.02 * gradient.norm().item<float>()) + 1e-5;
            TensorAssert.Close(gradient, _parameters[name].grad!, allowed, $"gradient of {name}");
        }
    }

    /// <summary>Compares the norm of a gradient; one that is exactly 0 may have rounding noise.</summary>
    public Tensor CloseNorm(string name, double expected)
    {
        Tensor? gradient = _parameters[name].grad;
        Assert.True(gradient is not null, $"{name} has no gradient");
        double difference = Math.Abs(expected - gradient.to(ScalarType.Float64).norm().item<double>()), allowed = (0.02 * expected) + 1e-5;
        Assert.True(difference <= allowed, $"gradient norm of {name} differs by {difference:g3} from {expected:g3}, allowed {allowed:g3}");
        return gradient;
    }

    /// <summary>Compares the stored weights after the step.</summary>
    /// <param name="data">Has arrays <c>step1.name</c>.</param>
    public void CloseWeights(Dictionary<string, NumpyArray> data)
    {
        foreach ((string name, NumpyArray value) in RivalFixture.Stored(data, Array("step1.")))
        {
            Tensor expected = value.ToTensor(), found = _parameters[name].detach();
            TensorAssert.Close(expected, found, 2.05 * _fixture.LearningRate, $"{name} after a step");
            Tensor steady = where(Stray(name), expected, found);
            TensorAssert.Close(expected, steady, _tolerance, $"{name} after a step, without stray elements");
        }
    }

    /// <summary>Compares the sum and the length of every weight's change, but for weights of which
    /// the file says that rounding decides.</summary>
    /// <param name="dead">Names of reference weights that the network does not have.</param>
    public void CloseChanges(params IEnumerable<string> dead)
    {
        if (!_fixture.Info.TryGetProperty(Entry("step1"), out JsonElement steps))
            return;
        HashSet<string> skipped = [.. dead];
        if (_fixture.Info.TryGetProperty(Entry("step1_unstable"), out JsonElement unstable))
            skipped.UnionWith(unstable.EnumerateArray().Select(name => name.GetString()!));
        foreach (JsonProperty step in steps.EnumerateObject().Where(step => !skipped.Contains(step.Name)))
        {
            Tensor change = (_parameters[step.Name].detach() - _before[step.Name]).to(ScalarType.Float64);
            double largest = 2 * _fixture.LearningRate, strays = Stray(step.Name).sum().item<long>(), steady = change.numel() - strays;
            double sum = (_tolerance * steady) + (largest * strays);
            double length = Math.Sqrt((_tolerance * _tolerance * steady) + (largest * largest * strays));
            CloseTo(step.Value.GetProperty("delta_sum").GetDouble(), change.sum(), sum, $"sum of the step of {step.Name}");
            CloseTo(step.Value.GetProperty("delta_l2").GetDouble(), change.norm(), length, $"length of the step of {step.Name}");
        }

        static void CloseTo(double expected, Tensor found, double tolerance, string what)
        {
            double difference = Math.Abs(expected - found.item<double>());
            Assert.True(difference <= tolerance, $"{what} differs by {difference:g3}, allowed {tolerance:g3}");
        }
    }

    private string Entry(string name) => _stage.Length == 0 ? name : $"{_stage}_{name}";

    private string Array(string name) => _stage.Length == 0 ? name : $"{_stage}.{name}";

    private Tensor Stray(string name)
    {
        Tensor gradient = _parameters[name].grad!;
        if (gradient.norm().item<float>() == 0)
            return zeros_like(gradient, ScalarType.Bool);
        double noise = (0.02 * gradient.pow(2).mean().sqrt().item<float>()) + 1e-6;
        return (gradient + (_before[name] * _fixture.WeightDecay)).abs() < noise;
    }
}
