using System.Globalization;
using System.Text;
using Smml.MLNet.Distributed;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests;

/// <summary>Every exchange between processes, with results that are known.</summary>
internal static class Exchanges
{
    public static void Check()
    {
        Communicator world = MpiSession.Start().World;
        (int rank, int size) = (world.Rank, world.Size);
        Expect(rank == MpiRuntime.Rank && size == MpiRuntime.Size && MpiRuntime.LocalRank == rank, "ranks of one node");

        float[] floats = [.. Enumerable.Range(0, 1000).Select(i => (float)(i + rank))];
        world.Sum(floats.AsSpan());
        Expect(floats.Select((value, i) => value == (size * i) + (size * (size - 1) / 2)).All(same => same), "sum of floats");
        double[] doubles = [1e-3 * (rank + 1)];
        world.Sum(doubles.AsSpan());
        Expect(Math.Abs(doubles[0] - (1e-3 * size * (size + 1) / 2)) < 1e-15, "sum of doubles");

        byte[] message = world.Broadcast(rank == 1 ? [7, 8, 9] : null, root: 1);
        Expect(message.SequenceEqual(new byte[] { 7, 8, 9 }), "broadcast of a message");
        Expect(world.Broadcast(rank == 0 ? [] : null).Length == 0, "broadcast of nothing");
        string[] texts = [.. world.GatherAll(Encoding.UTF8.GetBytes(new string('x', rank * 3))).Select(Encoding.UTF8.GetString)];
        Expect(texts.Select(text => text.Length).SequenceEqual(Enumerable.Range(0, size).Select(r => r * 3)), "texts of any length");

        // Small ones that share a piece, one that is not contiguous, and one of more than two pieces.
        using Tensor small = full([3], (float)rank), large = full([14_000_000], rank + 0.5f), turned = full([5, 7], (float)rank).t();
        world.Broadcast([small, large, turned], root: 1);
        Expect(small.sum().item<float>() == 3 && large.eq(1.5f).all().item<bool>(), "broadcast of tensors");
        Expect(turned.sum().item<float>() == 35, "broadcast of a tensor that is not contiguous");
        world.Sum([large, small]);
        Expect(large.eq(1.5f * size).all().item<bool>() && small.sum().item<float>() == 3 * size, "sum of tensors");
        using Tensor own = full([9_000_000], rank + 1f);
        Tensor[] all = world.Gather(own);
        Expect(ReferenceEquals(all[rank], own), "the own tensor as it was");
        for (int other = 0; other < size; other++)
            Expect(all[other].eq(other + 1f).all().item<bool>(), $"the tensor of rank {other}");

        Communicator pair = world.Split(rank % 2);
        Expect(pair.Rank == rank / 2 && pair.Size == (size + 1 - (rank % 2)) / 2, "a part of the processes");
        world.Barrier();
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"rank {rank} of {size}: all as expected"));
    }

    private static void Expect(bool isTrue, string what)
    {
        if (!isTrue)
            throw new InvalidOperationException($"{what}: not as expected");
    }
}
