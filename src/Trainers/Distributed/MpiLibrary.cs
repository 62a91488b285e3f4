using System.Runtime.InteropServices;
using System.Text;

namespace Smml.MLNet.Distributed;

/// <summary>The functions of an MPI library that was found on the system.</summary>
/// <remarks>Errors of MPI end the process, as MPI does by default: no function returns one.</remarks>
internal sealed partial class MpiLibrary
{
    private const int GlobalNow = 0x102; // RTLD_GLOBAL | RTLD_NOW
    private const int VersionLength = 1 << 14;

    private MpiLibrary(string path, nint library)
    {
        Path = path;
        Abi = MpiAbi.Of(library);
        InitThread = Of<InitThreadFunction>("MPI_Init_thread");
        Initialized = Of<FlagFunction>("MPI_Initialized");
        Finalized = Of<FlagFunction>("MPI_Finalized");
        End = Of<EndFunction>("MPI_Finalize");
        Abort = Of<AbortFunction>("MPI_Abort");
        Rank = Of<NumberFunction>("MPI_Comm_rank");
        Size = Of<NumberFunction>("MPI_Comm_size");
        Split = Of<SplitFunction>("MPI_Comm_split");
        Barrier = Of<BarrierFunction>("MPI_Barrier");
        Broadcast = Of<BroadcastFunction>("MPI_Bcast");
        AllReduce = Of<AllReduceFunction>("MPI_Allreduce");
        AllGather = Of<AllGatherFunction>("MPI_Allgather");
        Version = VersionOf(Of<VersionFunction>("MPI_Get_library_version"));

        T Of<T>(string name)
            where T : Delegate => NativeLibrary.TryGetExport(library, name, out nint address)
                ? Marshal.GetDelegateForFunctionPointer<T>(address)
                : throw new MpiUnavailableException($"{path} has no function {name}, so it is no MPI library");
    }

    public delegate int InitThreadFunction(nint argumentCount, nint arguments, int required, out int provided);

    public delegate int FlagFunction(out int flag);

    public delegate int EndFunction();

    public delegate int AbortFunction(nint communicator, int code);

    public delegate int NumberFunction(nint communicator, out int number);

    public delegate int SplitFunction(nint communicator, int color, int key, ref nint made);

    public delegate int BarrierFunction(nint communicator);

    public delegate int BroadcastFunction(ref byte data, int count, nint type, int root, nint communicator);

    public delegate int AllReduceFunction(nint send, ref byte data, int count, nint type, nint operation, nint communicator);

    public delegate int AllGatherFunction(
        ref byte send, int sent, nint sendType, ref byte received, int receivedEach, nint receiveType, nint communicator);

    private delegate int VersionFunction(ref byte text, out int length);

    /// <summary>The file, as it was given to the loader.</summary>
    public string Path { get; }

    /// <summary>For example <c>Open MPI v4.1.4</c>.</summary>
    public string Version { get; }

    public MpiAbi Abi { get; }

    public InitThreadFunction InitThread { get; }

    public FlagFunction Initialized { get; }

    public FlagFunction Finalized { get; }

    public EndFunction End { get; }

    public AbortFunction Abort { get; }

    public NumberFunction Rank { get; }

    public NumberFunction Size { get; }

    public SplitFunction Split { get; }

    public BarrierFunction Barrier { get; }

    public BroadcastFunction Broadcast { get; }

    public AllReduceFunction AllReduce { get; }

    public AllGatherFunction AllGather { get; }

    /// <summary>Loads a library.</summary>
    /// <param name="path">The file; null looks for the library of the launcher that started the process.</param>
    /// <exception cref="MpiUnavailableException">There is none, or it cannot be loaded.</exception>
    public static MpiLibrary Load(string? path)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
            throw new MpiUnavailableException("only Linux and macOS are supported");
        string[] candidates = path is null ? Candidates() : [path];
        foreach (string candidate in candidates)
        {
            if (NativeLibrary.TryLoad(candidate, out nint library))
            {
                if (OperatingSystem.IsLinux())
                    _ = Open(candidate, GlobalNow); // plug-ins of older Open MPI look for symbols among the global ones
                return new(candidate, library);
            }
        }

        throw new MpiUnavailableException($"found none of {string.Join(", ", candidates)}");
    }

    // A launcher speaks with its own library only: under another one each process believes to be alone.
    private static string[] Candidates()
    {
        string[] open = OperatingSystem.IsMacOS() ? ["libmpi.40.dylib", "libmpi.dylib"] : ["libmpi.so.40"],
            others = OperatingSystem.IsMacOS() ? ["libmpi.12.dylib", "libmpich.dylib"] : ["libmpi.so.12", "libmpich.so.12"],
            standard = OperatingSystem.IsMacOS() ? ["libmpi_abi.dylib"] : ["libmpi_abi.so.1", "libmpi_abi.so.0"],
            any = OperatingSystem.IsMacOS() ? [] : ["libmpi.so"];
        bool isOpen = Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_SIZE") is not null,
            isOther = Environment.GetEnvironmentVariable("PMI_SIZE") is not null;
        return isOther && !isOpen ? [.. others, .. standard, .. any, .. open] : [.. open, .. standard, .. any, .. others];
    }

    private static string VersionOf(VersionFunction read)
    {
        byte[] text = new byte[VersionLength];
        _ = read(ref text[0], out int length);
        string[] parts = Encoding.UTF8.GetString(text, 0, Math.Clamp(length, 0, text.Length)).Split(['\n', ',', '\0']);
        return parts[0].Replace("\t", " ", StringComparison.Ordinal).Trim();
    }

    [LibraryImport("libdl.so.2", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string path, int flags);
}
