using System.Text;

namespace Smml.MLNet.Distributed;

/// <summary>MPI in this process, from its start to the end of the process: it can be started once only.</summary>
internal sealed class MpiSession
{
    private static readonly Lock s_gate = new();
    private static MpiSession? s_session;

    private readonly MpiLibrary _library;
    private Timer? _abort;

    private MpiSession(MpiLibrary library)
    {
        _library = library;
        _ = library.Initialized(out int isInitialized);
        if (isInitialized == 0)
            _ = library.InitThread(0, 0, library.Abi.Serialized, out _);
        World = new(library, library.Abi.World);
        string[] nodes = [.. World.GatherAll(Encoding.UTF8.GetBytes(Environment.MachineName)).Select(Encoding.UTF8.GetString)];
        LocalRank = nodes.Take(World.Rank).Count(node => node == nodes[World.Rank]);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => End();
    }

    /// <summary>All processes.</summary>
    public Communicator World { get; }

    /// <summary>The number among the processes of this node, counted from 0.</summary>
    public int LocalRank { get; }

    /// <summary>The library and its version, for logs.</summary>
    public string Description => $"{_library.Version} ({_library.Path})";

    /// <summary>MPI, if it was started.</summary>
    public static MpiSession? Current
    {
        get
        {
            lock (s_gate)
                return s_session;
        }
    }

    /// <summary>Starts MPI, if it was not started yet.</summary>
    /// <exception cref="MpiUnavailableException">No MPI library can be used.</exception>
    public static MpiSession Start()
    {
        lock (s_gate)
            return s_session ??= new(MpiLibrary.Load(MpiRuntime.LibraryPath));
    }

    /// <summary>This process can no longer take part. The others wait for it: they are ended when it ends, or after some time.</summary>
    public void Fail(TimeSpan patience)
    {
        lock (s_gate)
            _abort ??= new(_ => Abort(), null, patience, Timeout.InfiniteTimeSpan);
    }

    private void Abort() => _ = _library.Abort(_library.Abi.World, Environment.ExitCode is not 0 and int code ? code : 1);

    private void End()
    {
        _ = _library.Finalized(out int isFinalized);
        if (isFinalized != 0)
            return; // the application did it
        if (_abort is not null)
            Abort();
        else
            _ = _library.End();
    }
}
