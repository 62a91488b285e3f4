using System.Runtime.InteropServices;

namespace Smml.MLNet.Distributed;

/// <summary>Processes that exchange data. Every one of them must make the same calls in the same order.</summary>
internal sealed class Communicator
{
    private readonly MpiLibrary _library;
    private readonly nint _handle;

    public Communicator(MpiLibrary library, nint handle)
    {
        (_library, _handle) = (library, handle);
        _ = library.Rank(handle, out int rank);
        _ = library.Size(handle, out int size);
        (Rank, Size) = (rank, size);
    }

    /// <summary>The number of this process, counted from 0.</summary>
    public int Rank { get; }

    /// <summary>How many processes there are.</summary>
    public int Size { get; }

    /// <summary>Bytes that were handed to MPI for others so far.</summary>
    public long BytesSent { get; private set; }

    /// <summary>Waits for all.</summary>
    public void Barrier() => _ = _library.Barrier(_handle);

    /// <summary>The processes that name the same color, in the order of their ranks.</summary>
    public Communicator Split(int color)
    {
        nint made = 0;
        _ = _library.Split(_handle, color, Rank, ref made);
        return new(_library, made);
    }

    /// <summary>Puts the sum over all processes in the place of each number.</summary>
    public void Sum(Span<float> numbers) => Sum(MemoryMarshal.AsBytes(numbers), numbers.Length, _library.Abi.Float);

    /// <inheritdoc cref="Sum(Span{float})"/>
    public void Sum(Span<double> numbers) => Sum(MemoryMarshal.AsBytes(numbers), numbers.Length, _library.Abi.Double);

    /// <summary>Gives every process the bytes that one of them has.</summary>
    public void Broadcast(Span<byte> bytes, int root)
    {
        if (bytes.IsEmpty)
            return;
        _ = _library.Broadcast(ref MemoryMarshal.GetReference(bytes), bytes.Length, _library.Abi.Byte, root, _handle);
        BytesSent += Rank == root ? bytes.Length : 0;
    }

    /// <summary>Gives every process the bytes of all, in the order of the ranks; each has as many.</summary>
    /// <param name="own">What this process gives.</param>
    /// <param name="all">As long as the bytes of all.</param>
    public void Gather(Span<byte> own, Span<byte> all)
    {
        if (all.Length != (long)own.Length * Size)
            throw new ArgumentException($"The bytes of all are {all.Length}, expected {Size} times {own.Length}.", nameof(all));
        if (own.IsEmpty)
            return;
        nint type = _library.Abi.Byte;
        _ = _library.AllGather(
            ref MemoryMarshal.GetReference(own), own.Length, type, ref MemoryMarshal.GetReference(all), own.Length, type, _handle);
        BytesSent += own.Length;
    }

    /// <summary>The bytes of a message that one process has; the others give null.</summary>
    public byte[] Broadcast(byte[]? message, int root = 0)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        MemoryMarshal.Write(length, message?.Length ?? 0);
        Broadcast(length, root);
        byte[] bytes = Rank == root ? message! : new byte[MemoryMarshal.Read<int>(length)];
        Broadcast(bytes.AsSpan(), root);
        return bytes;
    }

    /// <summary>The messages of all processes, whose lengths may differ, in the order of the ranks.</summary>
    public byte[][] GatherAll(byte[] message)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        MemoryMarshal.Write(length, message.Length);
        byte[] lengths = new byte[Size * sizeof(int)];
        Gather(length, lengths);
        int[] each = MemoryMarshal.Cast<byte, int>(lengths).ToArray();
        int longest = each.Max();
        byte[] padded = new byte[longest], all = new byte[longest * Size];
        message.CopyTo(padded, 0);
        Gather(padded, all);
        return [.. each.Select((count, rank) => all.AsSpan(rank * longest, count).ToArray())];
    }

    private void Sum(Span<byte> bytes, int count, nint type)
    {
        if (count == 0)
            return;
        _ = _library.AllReduce(_library.Abi.InPlace, ref MemoryMarshal.GetReference(bytes), count, type, _library.Abi.Sum, _handle);
        BytesSent += bytes.Length;
    }
}
