using Smml.MLNet.Inference;
using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Smml.MLNet.Tests.Networks;

/// <summary>Maps of overlapping regions, and the classes that they make up.</summary>
public sealed class RegionReadoutTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public RegionReadoutTests() => TorchRuntime.EnsureAvailable();

    public static TheoryData<string> Conventions => [.. LabelConvention.Known.Select(labels => labels.Name)];

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Conventions))]
    public void Labels_become_regions_and_regions_the_same_labels(string name)
    {
        LabelConvention labels = LabelConvention.FromName(name);
        RegionReadout regions = new(labels);
        Assert.Equal(labels.ClassCount - 1, regions.MapCount);
        Tensor classes = arange(labels.ClassCount, ScalarType.Int64).view(1, 1, 1, -1); // (B, X, Y, Z)
        Tensor targets = regions.Targets(F.one_hot(classes, labels.ClassCount).permute(0, 4, 1, 2, 3).to(ScalarType.Float32));
        Assert.Equal([1, labels.ClassCount - 1, 1, 1, labels.ClassCount], targets.shape);
        Assert.True(targets.max().item<float>() == 1);
        Same(regions.Classes(targets[0], WindowAverage.Probabilities));
        Same(regions.Classes(targets[0].Times(2).Plus(-1), WindowAverage.Logits));
        Assert.Equal(0, regions.Classes(zeros([regions.MapCount, 1, 1, 1]), WindowAverage.Logits).sum().item<long>());

        TumorRegion[] nested = [.. Enum.GetValues<TumorRegion>().Where(labels.Has)];
        for (int map = 0; map < nested.Length; map++)
        {
            for (int one = 0; one < labels.ClassCount; one++)
                Assert.Equal(labels.IsIn(nested[map], one), targets[0, map, 0, 0, one].item<float>() == 1);
        }

        void Same(Tensor found) => Assert.Equal(Enumerable.Range(0, labels.ClassCount), found.data<long>().Select(one => (int)one));
    }

    [Theory]
    [InlineData("BraTS2018", "1000 2, 1100 1, 1110 3, 0010 3, 0110 3, 1010 3, 0100 1, 0000 0")]
    [InlineData("BraTS2015", "1000 2, 1100 1, 1110 4, 0010 4, 1101 3, 1111 4, 0001 3, 0000 0")]
    [InlineData("BraTS2024", "1000 2, 1100 1, 1110 3, 0001 4, 1001 2, 0000 0")]
    [InlineData("BraTS2012", "1000 1, 1100 2, 0100 2, 0000 0")]
    public void The_innermost_region_that_is_found_decides_even_outside_the_others(string name, string expected)
    {
        RegionReadout regions = new(LabelConvention.FromName(name));
        foreach (string[] pair in expected.Split(", ").Select(one => one.Split(' ')))
        {
            float[] logits = [.. pair[0].Take(regions.MapCount).Select((bit, map) => bit == '1' ? 0.1f + map : -5f)];
            Tensor found = regions.Classes(tensor(logits).view(-1, 1, 1, 1), WindowAverage.Logits);
            Assert.Equal(pair[1], $"{found.item<long>()}");
        }
    }

    [Fact]
    public void Voxels_that_no_window_sees_are_background()
    {
        using WindowSums sums = new(new(4, 4, 4), 3, 1, new(4, 4, 4), WindowBlending.Constant, CPU) { HasBackground = false };
        Tensor mean = sums.Means([1])[0];
        Assert.Equal(0, mean.abs().max().item<float>());
        RegionReadout regions = new(LabelConvention.BraTS2018);
        foreach (WindowAverage average in Enum.GetValues<WindowAverage>())
            Assert.Equal(0, regions.Classes(mean, average).sum().item<long>());
    }
}
