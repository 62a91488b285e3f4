using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace Smml.MLNet.WeightFiles;

/// <summary>Finds the tensors of a file that <c>torch.save</c> of PyTorch 0.1.10 to 1.5 wrote: five pickles, then the elements of each
/// storage behind their number.</summary>
internal static class TorchLegacy
{
    private const int MaxPickleBytes = 64 << 20;
    private const long ProtocolVersion = 1001;

    private static readonly BigInteger s_magic =
        BigInteger.Parse("1950A86A20F9469CFC6C", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    // What this library does not read, but has to step over.
    private static readonly Dictionary<string, int> s_otherSizes = new(StringComparer.Ordinal)
    {
        ["ComplexDoubleStorage"] = 16,
        ["ComplexFloatStorage"] = 8,
        ["QInt32Storage"] = 4,
        ["QInt8Storage"] = 1,
        ["QUInt8Storage"] = 1,
        ["UntypedStorage"] = 1,
    };

    /// <summary>Whether a pickle at the beginning of a file is the magic number.</summary>
    public static bool IsMagic(ReadOnlySpan<byte> start)
    {
        try
        {
            return PickleReader.Read(start, new(), out _) is BigInteger number && number == s_magic;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>The content of the pickle.</summary>
    /// <exception cref="CheckpointFormatException">The file is damaged.</exception>
    public static object? Read(FileStream file)
    {
        byte[] start = FileBytes.ReadAt(file, 0, Math.Min(file.Length, MaxPickleBytes));
        int position = 0;
        TorchObjects objects = new();
        Next(file, start, ref position, "magic number", new());
        if (Next(file, start, ref position, "protocol version", new()) is not ProtocolVersion)
            throw FileBytes.Damaged(file, $"its protocol version is not {ProtocolVersion}");
        if (Next(file, start, ref position, "system", new()) is NamedValues system && system.GetValueOrDefault("little_endian") is false)
            throw new CheckpointFormatException(
                $"{file.Name}: found another byte order than little-endian. Load it with PyTorch on a little-endian machine and save it "
                + "again.");
        object? root = Next(file, start, ref position, "object", objects);
        if (Next(file, start, ref position, "list of storages", new()) is not List<object?> keys)
            throw FileBytes.Damaged(file, "the list of its storages is missing");
        Locate(file, position, keys, objects);
        return root;
    }

    private static object? Next(FileStream file, byte[] bytes, ref int position, string part, TorchObjects objects)
    {
        try
        {
            object? value = PickleReader.Read(bytes.AsSpan(position), objects, out int length);
            position += length;
            return value;
        }
        catch (FormatException error)
        {
            throw new CheckpointFormatException(
                $"{file.Name}: its {part} cannot be read: {error.Message}. Download the file again.", error);
        }
    }

    private static void Locate(FileStream file, long position, List<object?> keys, TorchObjects objects)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        foreach (object? key in keys)
        {
            if (key is not string name || !objects.Storages.TryGetValue(name, out StoredStorage? storage) || storage.IsLocated)
                throw FileBytes.Damaged(file, "the list of its storages does not fit its tensors");
            int size = storage.Type == ElementType.Unsupported ? s_otherSizes.GetValueOrDefault(storage.TypeName) : storage.Type.Size;
            if (size == 0)
                throw new CheckpointFormatException(
                    $"{file.Name}: found a storage of {storage.TypeName}, whose size is not known. Load the file with PyTorch and save the "
                    + "state dict with torch.save.");
            FileBytes.Fill(file, position, number);
            long elements = BinaryPrimitives.ReadInt64LittleEndian(number);
            position += sizeof(long);
            if (elements != storage.Elements || elements < 0 || elements > (file.Length - position) / size)
                throw FileBytes.Damaged(
                    file, $"the storage {name} has {elements} elements at byte {position}, expected {storage.Elements} inside the file");
            storage.Locate(position, elements * size);
            position += elements * size;
        }
    }
}
