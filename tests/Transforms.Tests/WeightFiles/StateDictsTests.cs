using Smml.MLNet.WeightFiles;

namespace Smml.MLNet.Tests.WeightFiles;

public sealed class StateDictsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("nested_2.pth")]
    [InlineData("nested_4.pth")]
    [InlineData("nested_legacy_2.pth")]
    public void Networks_are_candidates_and_optimizers_are_not(string name)
    {
        WeightFile file = WeightFile.Open(WeightFixture.PathOf(name));
        Assert.Equal(
            [("model_state_dict", true), ("d_style", false), ("models/0", false), ("models/1", false)],
            StateDicts.Find(file).Select(one => (one.Key, one.HadModulePrefix)));
        Assert.Contains(file.Tensors.Keys, key => key.StartsWith("optimizer/", StringComparison.Ordinal));
        StateDict weights = StateDicts.Choose(file, "model_state_dict");
        Assert.Equal(
            ["0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked"], weights.Tensors.Keys);
        Assert.Equal([1L], weights.ReadIntegers("1.num_batches_tracked"));
    }

    [Fact]
    public void The_one_state_dict_of_a_file_needs_no_key_and_of_several_one_is_named()
    {
        Assert.Equal("", StateDicts.Choose(WeightFile.Open(WeightFixture.PathOf("types.pth"))).Key);
        WeightFile several = WeightFile.Open(WeightFixture.PathOf("nested_2.pth"));
        foreach (string? key in new[] { null, "net" })
        {
            string message = Assert.Throws<CheckpointFormatException>(() => StateDicts.Choose(several, key)).Message;
            Assert.Contains("'model_state_dict' (7 tensors), 'd_style' (1 tensors)", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_prefix_that_only_some_names_have_stays()
    {
        string path = _folder["some.pth"];
        TorchWriter.Write(path, [WeightTensor.OfSingles("module.a", [1], new float[1]), WeightTensor.OfSingles("b", [1], new float[1])]);
        StateDict weights = StateDicts.Choose(WeightFile.Open(path));
        Assert.False(weights.HadModulePrefix);
        Assert.Equal(["module.a", "b"], weights.Tensors.Keys);
    }

    [Fact]
    public void One_dictionary_under_two_keys_is_found_under_both()
    {
        byte[] pickle =
        [
            0x80, 2, (byte)'}', .. PickleBytes.Text("model"), (byte)'}', .. PickleBytes.Text("w"), .. PickleBytes.Tensor([4], [1]),
            (byte)'s', (byte)'q', 1, (byte)'s', .. PickleBytes.Text("best"), (byte)'h', 1, .. "s."u8,
        ];
        WeightFile file = WeightFile.Open(_folder.Write("two.pth", PickleBytes.Torch(pickle)));
        Assert.Equal(["model", "best"], StateDicts.Find(file).Select(one => one.Key));
        Assert.Equal([0f, 1, 2, 3], StateDicts.Choose(file, "best").ReadSingles("w"));
    }

    public void Dispose() => _folder.Dispose();
}
