using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>One checkpoint: magic, length of the header, header, the bytes of every tensor, and a SHA-256 of all that.</summary>
/// <remarks>An open one is whole: the hash was compared before anything of it is used. Numbers are little-endian.</remarks>
internal sealed class CheckpointFile : IDisposable
{
    private const int MagicLength = 8;
    private const int Prefix = MagicLength + sizeof(int);
    private const int Buffer = 1 << 20;

    private readonly FileStream _stream;
    private readonly Dictionary<string, (CheckpointTensor Entry, long Position)> _tensors = new(StringComparer.Ordinal);

    private CheckpointFile(string path, FileStream stream, CheckpointHeader header, long position)
    {
        Path = path;
        _stream = stream;
        Header = header;
        foreach (CheckpointTensor entry in header.Tensors)
        {
            _tensors.Add(entry.Name, (entry, position));
            position += entry.Bytes;
        }
    }

    public string Path { get; }

    public CheckpointHeader Header { get; }

    private static ReadOnlySpan<byte> Magic => "SMMLCKPT"u8;

    /// <summary>The entry of a tensor in the header.</summary>
    public static CheckpointTensor Describe(string name, Tensor value) =>
        new(name, value.dtype.ToString(), value.shape, value.numel() * value.element_size());

    /// <summary>The bytes that a checkpoint takes.</summary>
    public static long Length(byte[] header, CheckpointHeader content) =>
        Prefix + header.Length + content.Tensors.Sum(entry => entry.Bytes) + SHA256.HashSizeInBytes;

    /// <summary>Writes a checkpoint.</summary>
    public static void Write(Stream stream, byte[] header, IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] prefix = new byte[Prefix];
        Magic.CopyTo(prefix);
        BinaryPrimitives.WriteInt32LittleEndian(prefix.AsSpan(MagicLength), header.Length);
        Append(prefix);
        Append(header);
        foreach ((_, Tensor value) in tensors)
        {
            using DisposeScope scope = NewDisposeScope();
            Append(value.detach().cpu().contiguous().bytes);
        }

        stream.Write(hash.GetHashAndReset());

        void Append(ReadOnlySpan<byte> bytes)
        {
            hash.AppendData(bytes);
            stream.Write(bytes);
        }
    }

    /// <summary>Opens a checkpoint and proves that it is whole.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or no checkpoint.</exception>
    /// <exception cref="NotSupportedException">A newer version wrote it.</exception>
    public static CheckpointFile Open(string path)
    {
        FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, Buffer);
        try
        {
            Verify(path, stream);
            Span<byte> prefix = stackalloc byte[Prefix];
            stream.Position = 0;
            stream.ReadExactly(prefix);
            int length = BinaryPrimitives.ReadInt32LittleEndian(prefix[MagicLength..]);
            if (!prefix[..MagicLength].SequenceEqual(Magic) || length < 0 || length > stream.Length - Prefix - SHA256.HashSizeInBytes)
                throw Damaged(path, "it does not begin as a checkpoint does");
            byte[] header = new byte[length];
            stream.ReadExactly(header);
            CheckpointHeader parsed = Parse(path, header);
            long found = stream.Length - Prefix - length - SHA256.HashSizeInBytes, expected = parsed.Tensors.Sum(entry => entry.Bytes);
            return found == expected
                ? new(path, stream, parsed, Prefix + length)
                : throw Damaged(path, $"its tensors have {found} bytes, expected {expected}");
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Fills tensors with what the checkpoint holds under their names.</summary>
    /// <exception cref="InvalidDataException">The checkpoint has others.</exception>
    public void CopyTo(IReadOnlyList<KeyValuePair<string, Tensor>> targets)
    {
        CheckpointTensor[] expected = [.. targets.Select(target => Describe(target.Key, target.Value))];
        string[] others =
        [
            .. Header.Tensors.Select(entry => entry.ToString()).Except(expected.Select(entry => entry.ToString()), StringComparer.Ordinal),
        ];
        if (others.Length > 0 || expected.Length != Header.Tensors.Count)
        {
            throw new InvalidDataException(
                $"{Path}: found {Header.Tensors.Count} tensors{(others.Length > 0 ? $" with {others[0]}" : "")}, "
                + $"expected {expected.Length} of other names or shapes. The checkpoint is of Smml.MLNet {Header.Library}: "
                + "go on with that version, or train anew in another folder.");
        }

        using IDisposable guard = no_grad();
        foreach ((string name, Tensor target) in targets)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor value = empty(target.shape, dtype: target.dtype);
            Read(name, value.bytes);
            target.copy_(value);
        }
    }

    /// <summary>The bytes of one tensor.</summary>
    public void Read(string name, Span<byte> target)
    {
        _stream.Position = _tensors[name].Position;
        _stream.ReadExactly(target);
    }

    /// <summary>How many bytes a tensor has; null where there is none of that name.</summary>
    public long? Size(string name) =>
        _tensors.TryGetValue(name, out (CheckpointTensor Entry, long Position) found) ? found.Entry.Bytes : null;

    public void Dispose() => _stream.Dispose();

    private static void Verify(string path, FileStream stream)
    {
        long rest = stream.Length - SHA256.HashSizeInBytes;
        if (rest < Prefix)
            throw Damaged(path, $"it has {stream.Length} bytes, too few for a checkpoint");
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[Buffer];
        for (; rest > 0; rest -= buffer.Length)
        {
            Span<byte> part = buffer.AsSpan(0, (int)Math.Min(rest, buffer.Length));
            stream.ReadExactly(part);
            hash.AppendData(part);
        }

        Span<byte> expected = stackalloc byte[SHA256.HashSizeInBytes];
        stream.ReadExactly(expected);
        byte[] found = hash.GetHashAndReset();
        if (!expected.SequenceEqual(found))
            throw Damaged(path, $"its SHA-256 is {Convert.ToHexStringLower(found)}, expected {Convert.ToHexStringLower(expected)}");
    }

    private static CheckpointHeader Parse(string path, byte[] header)
    {
        try
        {
            return CheckpointHeader.Parse(header);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw Damaged(path, $"its header cannot be read ({exception.Message.TrimEnd('.')})");
        }
        catch (NotSupportedException exception)
        {
            throw new NotSupportedException($"{path}: {exception.Message}.", exception);
        }
    }

    private static InvalidDataException Damaged(string path, string found) => new($"{path}: the checkpoint is damaged: {found}.");
}
