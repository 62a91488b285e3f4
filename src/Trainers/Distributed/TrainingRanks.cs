using System.Text.Json;
using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Smml.MLNet.Distributed;

/// <summary>The processes that train one model together, of which this is one; or this process alone.</summary>
/// <remarks>Each member but <see cref="Rank"/>, <see cref="IsFirst"/> and <see cref="Branch"/> is for all ranks at one moment.</remarks>
internal sealed class TrainingRanks
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        Converters = { new JsonStringEnumConverter() },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // a region that no case has scores NaN
    };

    private readonly Communicator? _world;

    private TrainingRanks(Communicator? world) => _world = world;

    /// <summary>A process that trains by itself.</summary>
    public static TrainingRanks Alone { get; } = new(null);

    /// <summary>Whether there are others.</summary>
    public bool AreSeveral => _world is not null;

    /// <summary>The number of this process, counted from 0.</summary>
    public int Rank => _world?.Rank ?? 0;

    /// <summary>Whether this process keeps checkpoints, validates and writes.</summary>
    public bool IsFirst => Rank == 0;

    /// <summary>The branch that this process trains, counted from 0; null for all.</summary>
    public int? Branch => _world?.Rank;

    /// <summary>Bytes that this process gave to others so far.</summary>
    public long BytesSent => _world?.BytesSent ?? 0;

    /// <summary>Joins the processes.</summary>
    /// <param name="session">MPI.</param>
    /// <param name="method">The method's title, for messages.</param>
    /// <param name="branches">How many branches the training has that train each other.</param>
    /// <param name="launched">How many processes the launcher says that it has started.</param>
    /// <exception cref="InvalidOperationException">There are more or fewer processes than the method can use.</exception>
    /// <exception cref="MpiUnavailableException">The library is not that of the launcher.</exception>
    public static TrainingRanks Join(MpiSession session, string method, int branches, int launched)
    {
        int size = session.World.Size;
        if (size == 1 && launched > 1)
            throw new MpiUnavailableException(
                $"the launcher started {launched} processes, and {session.Description} finds 1, so it is the library of another launcher");
        if (size == 1)
            return Alone;
        if (size == branches)
            return new(session.World);
        string expected = branches > 1
            ? $"expected {branches}, one for each branch of {method}, or 1"
            : $"expected 1: {method} as it is set here has no branches that train each other";
        throw new InvalidOperationException($"{size} processes were started, {expected}. Start as many with mpirun -np or srun -n.");
    }

    /// <summary>Whether it is so for any process.</summary>
    public bool Any(bool own)
    {
        if (_world is null)
            return own;
        double[] count = [own ? 1 : 0];
        _world.Sum(count.AsSpan());
        return count[0] > 0;
    }

    /// <summary>What the first process has found out; the others do not ask.</summary>
    public T OfFirst<T>(Func<T> find)
    {
        if (_world is null)
            return find();
        T found = IsFirst ? find() : default!;
        byte[] json = _world.Broadcast(IsFirst ? JsonSerializer.SerializeToUtf8Bytes(found, s_json) : null);
        return IsFirst ? found : JsonSerializer.Deserialize<T>(json, s_json)!;
    }

    /// <summary>The bytes that the first process has.</summary>
    public byte[] OfFirst(byte[]? bytes) => _world is null ? bytes! : _world.Broadcast(bytes);

    /// <summary>A text of each process, in the order of the ranks.</summary>
    public string[] OfAll(string own) => _world is null
        ? [own]
        : [.. _world.GatherAll(System.Text.Encoding.UTF8.GetBytes(own)).Select(System.Text.Encoding.UTF8.GetString)];

    /// <summary>A tensor of each process, all of one shape, in the order of the ranks; that of this process is the same object.</summary>
    public Tensor[] OfAll(Tensor own) => _world is null ? [own] : _world.Gather(own);

    /// <summary>Fills tensors with the values that one process has.</summary>
    public void Share(IEnumerable<Tensor> tensors, int root) => _world?.Broadcast(tensors, root);
}
