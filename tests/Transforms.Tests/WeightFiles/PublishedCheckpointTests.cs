using Smml.MLNet.WeightFiles;

namespace Smml.MLNet.Tests.WeightFiles;

/// <summary>Checkpoints with the names and the structure that the training scripts of RFNet and mmFormer write.</summary>
public sealed class PublishedCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("rfnet_mini.pth", "rfnet", false)]
    [InlineData("rfnet_mini_legacy.pth", "rfnet", true)]
    [InlineData("mmformer_mini.pth", "mmformer", false)]
    public void Every_weight_of_a_checkpoint_is_what_PyTorch_saved(string name, string method, bool isLegacy)
    {
        WeightFile file = WeightFile.Open(WeightFixture.Checkpoint(_folder, name));
        Assert.Equal(isLegacy ? WeightFileKind.TorchLegacy : WeightFileKind.TorchZip, file.Kind);
        Assert.Equal(["epoch", "state_dict", "optim_dict"], Assert.IsType<NamedValues>(file.Root).Keys);
        StateDict weights = StateDicts.Choose(file);
        Assert.Equal("state_dict", weights.Key);
        Assert.True(weights.HadModulePrefix);
        Dictionary<string, NumpyArray> expected = Fixtures.Archive($"rivals/{method}/state.npz");
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), weights.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach ((string key, NumpyArray array) in expected)
        {
            Assert.Equal(array.Shape, weights.Tensors[key].Shape);
            if (weights.Tensors[key].ElementType.IsFloating)
                Assert.Equal(array.ToSingle(), weights.ReadSingles(key));
            else
                Assert.Equal(array.ToInt64(), weights.ReadIntegers(key));
        }
    }

    public void Dispose() => _folder.Dispose();
}
