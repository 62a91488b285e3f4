using Smml.MLNet.Networks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Networks;

public sealed class ResidualUNetTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public ResidualUNetTests() => TorchRuntime.EnsureAvailable();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(4, 4, 4_704_228)]
    [InlineData(1, 4, 4_702_932)]
    public void It_has_the_published_number_of_parameters(int inputs, int outputs, long expected)
    {
        using ResidualUNet network = new(inputs, outputs, 16);
        Assert.Equal(expected, network.parameters().Sum(parameter => parameter.numel()));
    }

    [Fact]
    public void Its_levels_have_the_shapes_that_they_are_said_to_have()
    {
        using ResidualUNet network = new(4, 3, 8);
        using IDisposable guard = no_grad();
        Tensor input = randn([2, 4, 8, 16, 24]);
        ResidualUNet.Encoding encoding = network.Encode(input);
        Assert.Equal([2, 8, 8, 16, 24], encoding.Fine.shape);
        Assert.Equal([2, 16, 4, 8, 12], encoding.Half.shape);
        Assert.Equal([2, 32, 2, 4, 6], encoding.Quarter.shape);
        Assert.Equal([2, 64, 1, 2, 3], encoding.Eighth.shape);
        Assert.Equal(encoding.Quarter.shape, encoding.QuarterEntry.shape);
        Assert.Equal(encoding.Eighth.shape, encoding.EighthEntry.shape);
        ResidualUNet.Decoding decoding = network.Decode(encoding);
        Assert.Equal(encoding.Quarter.shape, decoding.Quarter.shape);
        Assert.Equal(encoding.Half.shape, decoding.Half.shape);
        Assert.True(network.Predict(decoding.Fine).bytes.SequenceEqual(network.call(input).bytes));
    }

    [Fact]
    public void The_way_up_begins_at_what_it_is_given()
    {
        using ResidualUNet network = new(4, 3, 8);
        using IDisposable guard = no_grad();
        ResidualUNet.Encoding encoding = network.Encode(randn([1, 4, 16, 16, 16]));
        Tensor plain = network.Decode(encoding).Fine;
        Assert.True(plain.bytes.SequenceEqual(network.Decode(encoding, encoding.Eighth).Fine.bytes));
        Assert.False(plain.bytes.SequenceEqual(network.Decode(encoding, zeros_like(encoding.Eighth)).Fine.bytes));
    }

    [Fact]
    public void Every_weight_starts_as_PyTorch_starts_it()
    {
        using ResidualUNet network = new(4, 3, 16);
        Dictionary<string, Parameter> all = network.named_parameters().ToDictionary(pair => pair.name, pair => pair.parameter);
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
}
