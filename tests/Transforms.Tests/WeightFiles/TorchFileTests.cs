using System.Formats.Tar;
using System.Text.Json;
using Smml.MLNet.WeightFiles;

namespace Smml.MLNet.Tests.WeightFiles;

public sealed class TorchFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => [.. WeightFixture.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_tensor_has_the_type_shape_and_values_that_PyTorch_saved(string name)
    {
        WeightFile file = WeightFile.Open(WeightFixture.PathOf(name));
        foreach (JsonProperty expected in WeightFixture.Expected.GetProperty(name).EnumerateObject())
        {
            StoredTensor tensor = file.Tensors[expected.Name];
            Assert.Equal(expected.Value.GetProperty("type").GetString(), tensor.ElementType.ToString());
            Assert.Equal(expected.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64()), tensor.Shape);
            double[] values = [.. expected.Value.GetProperty("values").EnumerateArray().Select(value => value.GetDouble())];
            Assert.Equal([.. values.Select(value => (float)value)], file.ReadSingles(expected.Name, convertIntegers: true));
            if (!tensor.ElementType.IsFloating)
                Assert.Equal([.. values.Select(value => (long)value)], file.ReadIntegers(expected.Name));
        }
    }

    [Fact]
    public void Whole_numbers_become_floats_only_on_request_and_floats_never_become_whole_numbers()
    {
        WeightFile file = WeightFile.Open(WeightFixture.PathOf("types.pth"));
        Assert.Contains(
            "Int32 of IntStorage, expected floating-point numbers",
            Assert.Throws<CheckpointFormatException>(() => file.ReadSingles("Int32")).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "Float16 of HalfStorage, expected whole numbers",
            Assert.Throws<CheckpointFormatException>(() => file.ReadIntegers("Float16")).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "but not none", Assert.Throws<CheckpointFormatException>(() => file.ReadSingles("none")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nested_2.pth")]
    [InlineData("nested_5.pth")]
    [InlineData("nested_legacy_4.pth")]
    public void What_is_saved_beside_the_weights_is_kept_or_opaque(string name)
    {
        NamedValues root = Assert.IsType<NamedValues>(WeightFile.Open(WeightFixture.PathOf(name)).Root);
        Assert.Equal(12L, root["epoch"]);
        Assert.Equal("argparse.Namespace", Assert.IsType<PickleOpaque>(root["args"]).Name);
        Assert.Equal([2L, 3L], Assert.IsType<object?[]>(root["size"]));
        Assert.Equal(ElementType.Unsupported, Assert.IsType<StoredTensor>(root["complex"]).ElementType);
        Assert.IsType<PickleOpaque>(root["best"]);
        Assert.IsType<PickleOpaque>(root["device"]);
        Assert.IsType<NamedValues>(root["default"]);
        Assert.Equal([1L, 0.5], Assert.IsType<object?[]>(Assert.IsType<List<object?>>(root["history"])[0]));
    }

    [Fact]
    public void Other_files_of_PyTorch_are_named_with_a_remedy()
    {
        Assert.Contains("TorchScript", Refused("script.pt"), StringComparison.Ordinal);
        Assert.Contains("torch.nn.modules.linear.Linear", Refused("whole.pth"), StringComparison.Ordinal);
        Assert.Contains("single tensor", Refused("tensor.pth"), StringComparison.Ordinal);

        static string Refused(string name) => Assert
            .Throws<CheckpointFormatException>(() => StateDicts.Choose(WeightFile.Open(WeightFixture.PathOf(name))))
            .Message;
    }

    [Fact]
    public void The_tar_format_of_before_0_1_10_is_refused_by_name()
    {
        string source = _folder["source"], path = _folder["old.pth"];
        Directory.CreateDirectory(source);
        File.WriteAllText(Path.Combine(source, "sys_info"), "");
        TarFile.CreateFromDirectory(source, path, includeBaseDirectory: false);
        Assert.Contains(
            "before PyTorch 0.1.10",
            Assert.Throws<CheckpointFormatException>(() => WeightFile.Open(path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_legacy_file_of_a_big_endian_machine_is_refused()
    {
        byte[] bytes = WeightFixture.Bytes("types_legacy.pth");
        int at = bytes.AsSpan().IndexOf("little_endian"u8) + "little_endian".Length;
        at += bytes.AsSpan(at).IndexOf((byte)0x88);
        bytes[at] = 0x89; // true becomes false
        Assert.Contains(
            "byte order",
            Assert.Throws<CheckpointFormatException>(() => WeightFile.Open(_folder.Write("big.pth", bytes))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_hash_is_that_of_the_file()
    {
        WeightFile file = WeightFile.Open(WeightFixture.PathOf("types.pth"));
        Assert.Equal(
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(WeightFixture.Bytes("types.pth"))), file.Sha256);
    }

    public void Dispose() => _folder.Dispose();
}
