using Smml.MLNet.Networks;
using Smml.MLNet.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Onnx;

/// <summary>What a zip keeps, known without libtorch, is what the networks keep.</summary>
public sealed class WeightTableTests
{
    public static TheoryData<string> Keys =>
    [
        .. SegmentationMethods.All.Where(method => method.HasGraphs).SelectMany(method => new[]
        {
            $"{method.Name.Key} tiny BraTS2018", $"{method.Name.Key} tiny BraTS2015", $"{method.Name.Key} paper BraTS2018",
        }),
    ];

    [Theory]
    [MemberData(nameof(Keys))]
    public void Names_shapes_and_order_are_those_of_the_networks(string key)
    {
        string[] words = key.Split(' ');
        SegmentationMethod method = SegmentationMethods.Parse(words[0]);
        Check(
            method.CreateOptions(words[1] == "tiny" ? NetworkSize.Tiny : NetworkSize.Paper).Network,
            LabelConvention.FromName(words[2]));
    }

    [Fact]
    public void So_they_are_with_other_sizes()
    {
        Check(new RFNetArchitecture { BaseChannels = 12, Patch = new(16, 24, 32) }, LabelConvention.BraTS2024Ped);
        Check(TinyProblem.Architecture with { BranchCount = 1, Patch = new(32, 48, 64) }, LabelConvention.BraTS2018);
        Check(
            TinyProblem.Architecture.Backbone with { BaseChannels = 3, TransformerWidth = 24, FeedForwardWidth = 40, AttentionHeads = 3 },
            LabelConvention.BraTS2015);
    }

    private static void Check(NetworkArchitecture architecture, LabelConvention labels)
    {
        TorchRuntime.EnsureAvailable();
        using DisposeScope scope = NewDisposeScope();
        SegmentationMethod method = SegmentationMethods.Of(architecture);
        IReadOnlyList<SegmentationNetwork> networks = method.CreateNetworks(architecture, labels);
        NetworkGraph graph = method.CreateGraph(architecture, labels)!;
        Assert.Equal(networks.Select(network => network.Name), graph.Networks);
        Assert.Equal((networks[0].Readout.MapCount, architecture.Patch), (graph.Classes, graph.Window));
        Assert.Equal(ModalitySet.Subsets, networks[0].Subsets);
        string[] expected = Lines(networks[0].ScoringState().Select(pair => (pair.Key, pair.Value.shape)));
        Assert.Equal(expected, Lines(graph.Table.Tensors.Select(pair => (pair.Key, pair.Value))));
        Assert.All(networks, network => Assert.Equal(
            expected, Lines(network.ScoringState().Select(pair => (pair.Key, pair.Value.shape)))));
        Assert.Equal(networks.Sum(network => network.ScoringState().Sum(pair => pair.Value.numel())), OnnxWeights.CountOf(graph));
    }

    private static string[] Lines(IEnumerable<(string Name, long[] Shape)> tensors) =>
        [.. tensors.Select(tensor => $"{tensor.Name} [{string.Join(", ", tensor.Shape)}]")];
}
