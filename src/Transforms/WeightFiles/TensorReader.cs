using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Smml.MLNet.WeightFiles;

/// <summary>Reads the elements of a tensor, last axis fastest, whatever its strides are.</summary>
internal static class TensorReader
{
    private const int ChunkBytes = 1 << 20;
    private const int FreeCover = 1 << 24;
    private const int MaxSparsity = 8;

    /// <summary>The elements as 32-bit floats.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">The tensor's name, for messages.</param>
    /// <param name="tensor">The tensor.</param>
    /// <param name="convertIntegers">Whether whole numbers are converted; false: they are refused.</param>
    /// <exception cref="CheckpointFormatException">The elements are of another type, or the file is damaged or has changed.</exception>
    public static float[] ReadSingles(string path, string name, StoredTensor tensor, bool convertIntegers)
    {
        if (tensor.ElementType == ElementType.Unsupported || !(tensor.ElementType.IsFloating || convertIntegers))
            throw OtherType(path, name, tensor, "floating-point numbers");
        using FileStream file = OpenFor(path, name, tensor);
        float[] values = new float[tensor.Count];
        int done = 0;
        Read(file, name, tensor, chunk =>
        {
            Span<float> target = values.AsSpan(done, chunk.Length / tensor.ElementType.Size);
            ToSingles(tensor.ElementType, chunk, target);
            done += target.Length;
        });
        return values;
    }

    /// <summary>The elements as 64-bit whole numbers.</summary>
    /// <inheritdoc cref="ReadSingles"/>
    public static long[] ReadIntegers(string path, string name, StoredTensor tensor)
    {
        if (tensor.ElementType == ElementType.Unsupported || tensor.ElementType.IsFloating)
            throw OtherType(path, name, tensor, "whole numbers");
        using FileStream file = OpenFor(path, name, tensor);
        long[] values = new long[tensor.Count];
        int done = 0;
        Read(file, name, tensor, chunk =>
        {
            Span<long> target = values.AsSpan(done, chunk.Length / tensor.ElementType.Size);
            ToIntegers(tensor.ElementType, chunk, target);
            done += target.Length;
        });
        return values;
    }

    private static CheckpointFormatException OtherType(string path, string name, StoredTensor tensor, string expected) =>
        new($"{path}: found the tensor {name} of {tensor.Storage.TypeName}, expected {expected}. Give a file of the network's weights.");

    private static FileStream OpenFor(string path, string name, StoredTensor tensor)
    {
        FileStream file = FileBytes.Open(path);
        try
        {
            return tensor.FindProblem(name, file.Length) is { } problem ? throw FileBytes.Damaged(file, problem) : file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static void Read(FileStream file, string name, StoredTensor tensor, Action<ReadOnlySpan<byte>> take)
    {
        StoredStorage storage = tensor.Storage;
        bool isWhole = tensor.IsContiguous && tensor.ByteCount == storage.ByteLength;
        if (!isWhole && storage is { Checksum: not null, IsVerified: false })
            ReadRun(file, name, storage, storage.FileOffset, storage.ByteLength, isWhole: true, _ => { });
        if (tensor.IsContiguous)
            ReadRun(file, name, storage, tensor.FileOffset, tensor.ByteCount, isWhole, take);
        else
            ReadStrided(file, tensor, take);
    }

    private static void ReadRun(
        FileStream file, string name, StoredStorage storage, long offset, long length, bool isWhole, Action<ReadOnlySpan<byte>> take)
    {
        byte[] buffer = new byte[Math.Min(ChunkBytes, length)];
        Crc32 checksum = new();
        for (long done = 0; done < length; done += buffer.Length)
        {
            Span<byte> chunk = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - done));
            FileBytes.Fill(file, offset + done, chunk);
            checksum.Append(chunk);
            take(chunk);
        }

        if (!isWhole || storage.Checksum is null)
            return;
        uint found = checksum.GetCurrentHashAsUInt32();
        if (found != storage.Checksum)
            throw FileBytes.Damaged(file, $"the checksum of the elements of {name} is {found:X8}, expected {storage.Checksum:X8}");
        storage.IsVerified = true;
    }

    // The part of the storage that the view covers is read at once, unless the view takes only few elements of a large part.
    private static void ReadStrided(FileStream file, StoredTensor tensor, Action<ReadOnlySpan<byte>> take)
    {
        int size = tensor.ElementType.Size, rank = tensor.Shape.Count;
        long coverBytes = (tensor.Last - tensor.Offset + 1) * size;
        byte[]? cover = coverBytes <= Math.Clamp(tensor.ByteCount * MaxSparsity, FreeCover, Array.MaxLength)
            ? FileBytes.ReadAt(file, tensor.FileOffset, coverBytes)
            : null;
        byte[] buffer = new byte[Math.Min(ChunkBytes, tensor.ByteCount)];
        long[] index = new long[rank];
        long element = 0;
        int filled = 0;
        for (long i = 0; i < tensor.Count; i++)
        {
            Span<byte> target = buffer.AsSpan(filled, size);
            if (cover is not null)
                cover.AsSpan((int)(element * size), size).CopyTo(target);
            else
                FileBytes.Fill(file, tensor.FileOffset + (element * size), target);
            filled += size;
            if (filled == buffer.Length)
            {
                take(buffer);
                filled = 0;
            }

            for (int axis = rank - 1; axis >= 0; axis--)
            {
                element += tensor.Strides[axis];
                if (++index[axis] < tensor.Shape[axis])
                    break;
                element -= tensor.Strides[axis] * tensor.Shape[axis];
                index[axis] = 0;
            }
        }

        take(buffer.AsSpan(0, filled));
    }

    private static void ToSingles(ElementType type, ReadOnlySpan<byte> bytes, Span<float> values)
    {
        switch (type)
        {
            case ElementType.Float32:
                MemoryMarshal.Cast<byte, float>(bytes).CopyTo(values);
                return;
            case ElementType.Float64:
                for (int i = 0; i < values.Length; i++)
                    values[i] = (float)BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * i)..]);
                return;
            case ElementType.Float16:
                for (int i = 0; i < values.Length; i++)
                    values[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(bytes[(2 * i)..]);
                return;
            case ElementType.BFloat16:
                for (int i = 0; i < values.Length; i++)
                    values[i] = BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]) << 16);
                return;
            default:
                for (int i = 0; i < values.Length; i++)
                    values[i] = Integer(type, bytes, i);
                return;
        }
    }

    private static void ToIntegers(ElementType type, ReadOnlySpan<byte> bytes, Span<long> values)
    {
        for (int i = 0; i < values.Length; i++)
            values[i] = Integer(type, bytes, i);
    }

    private static long Integer(ElementType type, ReadOnlySpan<byte> bytes, int index) => type switch
    {
        ElementType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(bytes[(8 * index)..]),
        ElementType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * index)..]),
        ElementType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(bytes[(2 * index)..]),
        ElementType.Int8 => (sbyte)bytes[index],
        ElementType.UInt8 => bytes[index],
        _ => bytes[index] == 0 ? 0 : 1,
    };
}
