using System.Security.Cryptography;

namespace Smml.MLNet.Checksums;

/// <summary>SHA-256 as 64 lower-case hexadecimal digits.</summary>
internal static class Sha256
{
    /// <summary>The hash of bytes.</summary>
    public static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>The hash of a file's content.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static string HexOfFile(string path) => HexOfFiles([path]);

    /// <summary>The hash of a stream, from its position to its end.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string HexOfStream(Stream stream) => Convert.ToHexStringLower(SHA256.HashData(stream));

    /// <summary>The hash of the contents of files, one after the other.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static string HexOfFiles(IEnumerable<string> paths)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[1 << 20];
        foreach (string path in paths)
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.SequentialScan);
            for (int count; (count = file.Read(buffer)) > 0;)
                hash.AppendData(buffer.AsSpan(0, count));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
