using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Distributed;

/// <summary>Tensors between processes, through memory of the CPU, in pieces that fit a processor's cache: one large message
/// has a third of the bandwidth.</summary>
internal static class TensorExchange
{
    private const int Bucket = 25_000_000 / 16 * 16; // bytes

    /// <summary>Gives every process the values that one of them has.</summary>
    public static void Broadcast(this Communicator ranks, IEnumerable<Tensor> tensors, int root) =>
        InPlace(tensors, bytes => ranks.Broadcast(bytes, root), isChanged: ranks.Rank != root);

    /// <summary>Puts the sum over all processes in the place of each value; the tensors are of type float32.</summary>
    public static void Sum(this Communicator ranks, IEnumerable<Tensor> tensors) =>
        InPlace(tensors, bytes => ranks.Sum(MemoryMarshal.Cast<byte, float>(bytes)), isChanged: true);

    /// <summary>The tensors of every process, each like this one's, in the order of the ranks. That of this process is the
    /// same object.</summary>
    public static Tensor[] Gather(this Communicator ranks, Tensor own)
    {
        using IDisposable guard = no_grad();
        Tensor[] all = [.. Enumerable.Range(0, ranks.Size).Select(rank => rank == ranks.Rank ? own : empty(own.shape, own.dtype))];
        using DisposeScope scope = NewDisposeScope();
        Span<byte> source = own.detach().cpu().contiguous().bytes;
        byte[] received = new byte[Math.Min(source.Length, Bucket) * ranks.Size];
        for (int start = 0; start < source.Length; start += Bucket)
        {
            Span<byte> part = source.Slice(start, Math.Min(Bucket, source.Length - start));
            ranks.Gather(part, received.AsSpan(0, part.Length * ranks.Size));
            for (int rank = 0; rank < ranks.Size; rank++)
            {
                if (rank != ranks.Rank)
                    received.AsSpan(rank * part.Length, part.Length).CopyTo(all[rank].bytes[start..]);
            }
        }

        return [.. all.Select(tensor => ReferenceEquals(tensor, own) || own.device.type == DeviceType.CPU ? tensor
            : tensor.to(own.device).MoveToOuterDisposeScope())];
    }

    // Small tensors travel together, large ones in pieces.
    private static void InPlace(IEnumerable<Tensor> tensors, SpanAction exchange, bool isChanged)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        byte[] bucket = new byte[Bucket];
        List<(Tensor Host, int Start, int Position, int Length)> pieces = [];
        List<(Tensor Tensor, Tensor Host)> copies = [];
        int filled = 0;
        foreach (Tensor tensor in tensors)
        {
            Tensor host = tensor;
            if (tensor.device.type != DeviceType.CPU || !tensor.is_contiguous())
                copies.Add((tensor, host = tensor.detach().cpu().contiguous()));
            int size = host.bytes.Length;
            for (int done = 0; done < size;)
            {
                int length = Math.Min(size - done, Bucket - filled);
                host.bytes.Slice(done, length).CopyTo(bucket.AsSpan(filled));
                pieces.Add((host, done, filled, length));
                (done, filled) = (done + length, filled + length);
                if (filled == Bucket)
                    Flush();
            }
        }

        Flush();
        foreach ((Tensor tensor, Tensor host) in copies.Where(_ => isChanged))
            tensor.detach().copy_(host);

        void Flush()
        {
            if (filled > 0)
                exchange(bucket.AsSpan(0, filled));
            foreach ((Tensor host, int start, int position, int length) in pieces.Where(_ => isChanged))
                bucket.AsSpan(position, length).CopyTo(host.bytes[start..]);
            pieces.Clear();
            filled = 0;
        }
    }

    private delegate void SpanAction(Span<byte> bytes);
}
