using Smml.MLNet.Checksums;

namespace Smml.MLNet.Tests.Checksums;

public sealed class Sha256Tests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_hash_is_lower_case_hexadecimal_and_a_file_has_that_of_its_bytes()
    {
        const string Expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; // FIPS 180-2, appendix B.1
        string abc = _folder.Write("abc.bin", "abc"u8.ToArray()), def = _folder.Write("def.bin", "def"u8.ToArray());

        Assert.Equal(Expected, Sha256.Hex("abc"u8));
        Assert.Equal(Expected, Sha256.HexOfFile(abc));
        Assert.Equal(Sha256.Hex("abcdef"u8), Sha256.HexOfFiles([abc, def]));
    }
}
