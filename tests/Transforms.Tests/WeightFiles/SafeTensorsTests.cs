using System.Buffers.Binary;
using System.Text;
using Smml.MLNet.WeightFiles;

namespace Smml.MLNet.Tests.WeightFiles;

/// <summary>Headers of <c>.safetensors</c> files, right ones and such as lie.</summary>
public sealed class SafeTensorsTests : IDisposable
{
    private const string A = """ "a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]} """;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Elements_may_lie_in_another_order_than_the_names()
    {
        byte[] data = new byte[12];
        BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(4), 3);
        BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(8), 4);
        data[1] = 0xFF;
        string path = Write(
            """{"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},"a":{"dtype":"I16","shape":[1,2],"data_offsets":[0,4]},"""
            + """ "none":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}}   """,
            data);
        WeightFile file = WeightFile.Open(path);
        Assert.Equal(["b", "a", "none"], file.Tensors.Keys);
        Assert.Equal([3f, 4f], file.ReadSingles("b"));
        Assert.Equal([-256L, 0], file.ReadIntegers("a"));
        Assert.Empty(file.ReadIntegers("none"));
    }

    [Theory]
    [InlineData("F64", 8)]
    [InlineData("F32", 4)]
    [InlineData("F16", 2)]
    [InlineData("BF16", 2)]
    [InlineData("I64", 8)]
    [InlineData("I32", 4)]
    [InlineData("I16", 2)]
    [InlineData("I8", 1)]
    [InlineData("U8", 1)]
    [InlineData("BOOL", 1)]
    public void Every_type_is_read(string type, int size)
    {
        WeightFile file = WeightFile.Open(
            Write($$$"""{"a":{"dtype":"{{{type}}}","shape":[3],"data_offsets":[0,{{{3 * size}}}]}}""", new byte[3 * size]));
        Assert.Equal([0f, 0, 0], file.ReadSingles("a", convertIntegers: true));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"\u0061":{}}""", "twice")]
    [InlineData("""{"__metadata__":{},"__metadata__":{}}""", "twice")]
    [InlineData("""{"__metadata__":{"x":"1","x":"2"}}""", "twice")]
    [InlineData("""{"__metadata__":{"x":1}}""", "text")]
    [InlineData("""{"__metadata__":[]}""", "an object under __metadata__")]
    [InlineData("""{"__metadata__":null}""", "an object under __metadata__")]
    [InlineData("""{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}""", "F8_E4M3")]
    [InlineData("""{"a":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}}""", "expected one of F32")]
    [InlineData("""{"a":{"dtype":1,"shape":[2],"data_offsets":[0,8]}}""", "dtype of a")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}}""", "more")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "repeated dtype")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", "lacks")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", "lacks")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}""", "lacks")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "the bytes 0 to 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}""", "the bytes 0 to 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "the bytes 8 to 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,0]}}""", "the bytes 0 to 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387906],"data_offsets":[0,8]}}""", "the bytes 0 to 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "no size")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}""", "no size")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,99999999999999999999]}}""", "no size")]
    [InlineData("""{"a":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}""", "numbers under a")]
    [InlineData("""{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""", "numbers under a")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", "gap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[3],"data_offsets":[5,8]}}""", "gap")]
    [InlineData("""{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"b":{"dtype":"I8","shape":[1],"data_offsets":[4,5]}}""", "overlap")]
    [InlineData("""{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}""", "overlap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", "end at byte")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "end at byte")]
    [InlineData("""{"a":{"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}}""", "the bytes 0 to")]
    [InlineData("""{"a":[]}""", "an object under a")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}} {}""", "cannot be read")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},}""", "cannot be read")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}""", "cannot be read")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "cannot be read")]
    [InlineData("""{"a":{"dtype":"\ud800","shape":[2],"data_offsets":[0,8]}}""", "cannot be read")]
    [InlineData("{}", "end at byte")]
    [InlineData("{", "cannot be read")]
    public void A_header_that_lies_is_refused(string header, string part) => Refuse(Write(header, new byte[8]), part);

    [Fact]
    public void A_length_that_lies_is_refused()
    {
        byte[] right = File.ReadAllBytes(Write($"{{{A}}}", new byte[8]));
        WeightFile.Open(_folder.Write("right", right));
        ulong[] lengths = [0, 1, 20, (ulong)right.Length, 100_000_001, int.MaxValue, uint.MaxValue, long.MaxValue, ulong.MaxValue];
        foreach (ulong length in lengths)
        {
            byte[] bytes = [.. right];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
            Refuse(_folder.Write("length", bytes), "length");
        }
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused()
    {
        byte[] bytes = File.ReadAllBytes(Write($"{{{A}}}", new byte[8]));
        bytes[bytes.AsSpan().IndexOf("a"u8)] = 0xFF;
        Refuse(_folder.Write("text", bytes), "UTF-8");
    }

    [Fact]
    public void Deep_nesting_is_refused() => Refuse(Write("{\"a\":" + new string('[', 1_000_000), new byte[8]), "an object under a");

    public void Dispose() => _folder.Dispose();

    private static void Refuse(string path, string part)
    {
        string message = Assert.Throws<CheckpointFormatException>(() => WeightFile.Open(path)).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.Contains(part, message, StringComparison.Ordinal);
    }

    private string Write(string header, byte[] data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header), length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)text.Length);
        return _folder.Write("a.safetensors", [.. length, .. text, .. data]);
    }
}
