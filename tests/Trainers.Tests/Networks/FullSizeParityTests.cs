using System.Text.Json;
using Smml.MLNet.Methods.MmFormer;
using Smml.MLNet.Methods.Smml;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Networks;

/// <summary>The published network size, 36.65 million parameters at 128^3, with weights from a formula.</summary>
public sealed class FullSizeParityTests
{
    [Fact]
    public void The_full_network_gives_the_reference_probabilities_at_128()
    {
        TorchRuntime.EnsureAvailable();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using Student branch = new(1, Architecture(), 4, training: true, refinement: false);
        JsonElement list = Fixtures.Json("mmformer_full128_formula.json").GetProperty("params");
        Dictionary<string, Tensor> state = branch.State();
        HashSet<string> filled = [];
        for (int k = 0; k < list.GetArrayLength(); k++)
        {
            string name = list[k][0].GetString()!;
            if (!state.TryGetValue(name, out Tensor? value))
                continue; // a dead parameter of the released network
            long[] shape = [.. list[k][1].EnumerateArray().Select(side => side.GetInt64())];
            Assert.Equal(shape, value.shape);
            using Tensor weights = tensor(Formula(name, shape, k), shape);
            value.copy_(weights);
            filled.Add(name);
        }

        Assert.Equal(state.Keys.Order(StringComparer.Ordinal), filled.Order(StringComparer.Ordinal));
        Assert.Equal(36_654_416 - 262_656, branch.Parameters.Sum(parameter => parameter.numel()));
        branch.Train(false);

        Tensor scans = tensor(Input(), [1, 4, 128, 128, 128]);
        Dictionary<string, NumpyArray> expected = Fixtures.Archive("mmformer_full128_formula.npz");
        foreach (string key in expected.Keys.Where(key => key.StartsWith("prob_stride8_mask", StringComparison.Ordinal)))
        {
            string bits = key[^4..];
            using DisposeScope inner = NewDisposeScope();
            Tensor mask = tensor(bits.Select(bit => bit == '1').ToArray()).unsqueeze(0);
            ModalitySet present = ModalitySet.Of([.. Enumerable.Range(0, 4).Where(m => bits[m] == '1').Select(m => (Modality)m)]);
            Tensor probabilities = branch.Backbone.Run(scans, mask, present, MmFormerModule.Heads.Fused).Logits.softmax(1)[0];
            TensorAssert.Close(expected[key].ToTensor(), probabilities.Thin(8), 1e-4, key);
            TensorAssert.Close(
                expected[$"mean_mask{bits}"].ToTensor(), probabilities.to(ScalarType.Float64).mean([1, 2, 3]), 1e-5, $"class means {bits}");
        }
    }

    [Theory]
    [InlineData(4, 78_817_672 - (2 * 262_656))] // the published count, less layers that the released code makes and never uses
    [InlineData(5, (39_430_671 - 262_656) * 2)]
    public void The_paper_configuration_has_the_published_number_of_parameters(int classes, long expected)
    {
        TorchRuntime.EnsureAvailable();
        using DisposeScope scope = NewDisposeScope();
        using Student branch = new(1, Architecture(), classes, training: true, refinement: true);
        Assert.Equal(expected, 2 * branch.Parameters.Sum(parameter => parameter.numel()));
        using Student scoring = new(1, Architecture(), 4, training: false, refinement: false);
        Assert.Equal(71_596_808 / 2, scoring.ScoringState().Sum(pair => pair.Value.numel()));
    }

    [Theory]
    [InlineData(TokenLayout.Aligned)]
    [InlineData(TokenLayout.Reference)]
    public void Windows_need_not_be_cubes(TokenLayout layout)
    {
        TorchRuntime.EnsureAvailable();
        using DisposeScope scope = NewDisposeScope();
        SmmlArchitecture architecture = new()
        {
            BaseChannels = 2,
            TransformerWidth = 16,
            FeedForwardWidth = 16,
            AttentionHeads = 2,
            Patch = new(32, 48, 64),
            RefinementChannels = 2,
            TokenLayout = layout,
        };
        using Student branch = new(1, architecture, 5, training: true, refinement: false);
        branch.Train(true);
        MmFormerModule.Output output = branch.Backbone.call(randn([1, 4, 32, 48, 64]), ones([1, 4], ScalarType.Bool));
        Assert.Equal([1, 5, 32, 48, 64], output.Logits.shape);
        Assert.All(output.Auxiliary.Concat(output.Separate), map => Assert.Equal([1, 5, 32, 48, 64], map.shape));
    }

    private static SmmlArchitecture Architecture() => new() { TokenLayout = TokenLayout.Reference };

    // splitmix64 of (k << 32) + i, scaled by the kind of parameter; the JSON beside the numbers says how.
    private static float[] Formula(string name, long[] shape, int k)
    {
        float[] values = new float[shape.Aggregate(1L, (product, side) => product * side)];
        double fan = shape.Skip(1).Aggregate(1.0, (product, side) => product * side);
        double scale = name.EndsWith("_pos", StringComparison.Ordinal) ? 0.1
            : shape.Length >= 2 ? Math.Sqrt(6 / fan)
            : name.EndsWith("bias", StringComparison.Ordinal) ? 0.05
            : 0.1;
        double offset = shape.Length == 1 && !name.EndsWith("bias", StringComparison.Ordinal) ? 1 : 0;
        for (int i = 0; i < values.Length; i++)
        {
            ulong z = ((ulong)k << 32) + (ulong)i + 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            values[i] = (float)(offset + (scale * ((2 * ((z >> 11) / (double)(1UL << 53))) - 1)));
        }

        return values;
    }

    private static float[] Input()
    {
        float[] values = new float[4 * 128 * 128 * 128];
        int index = 0;
        for (int c = 0; c < 4; c++)
        {
            for (int h = 0; h < 128; h++)
            {
                for (int w = 0; w < 128; w++)
                {
                    for (int z = 0; z < 128; z++)
                        values[index++] = (float)((Math.Sin((0.05 * h) + (0.07 * (c + 1) * w) + (0.03 * z)) * (1 + (0.1 * c)))
                            + (0.5 * Math.Cos((0.11 * z) - (0.02 * (c + 2) * h))));
                }
            }
        }

        return values;
    }
}
