using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Smml.MLNet;

/// <summary>Finds and loads the native libraries that TorchSharp was built for.</summary>
/// <remarks>
/// <para>They are looked for in the folders of the application and then, where TorchSharp itself was loaded from a folder of NuGet as in a
/// notebook kernel, in the packages that TorchSharp-cpu of the same version asks for. They are loaded by their full path, so that another
/// libtorch of the system, for example that of a Python, is never taken instead.</para>
/// <para>The packages with CUDA hold libtorch in parts that a build puts together; they are not found in a folder of NuGet.</para>
/// </remarks>
internal static class TorchLibraries
{
    private const string Binding = "LibTorchSharp", Processor = "torch_cpu", Backend = "TorchSharp-cpu";

    // Each needs those before it.
    private static readonly string[] s_libtorch = ["c10", Processor, "torch"];

    private static readonly Lock s_gate = new();
    private static readonly HashSet<AssemblyLoadContext> s_contexts = [];
    private static readonly Dictionary<string, nint> s_handles = new(StringComparer.Ordinal);

    /// <summary>Why the binding could not be loaded, for the message of the missing backend; null before it was tried.</summary>
    public static string? Failure { get; private set; }

    /// <summary>Answers the runtime where its own search for a library of TorchSharp fails.</summary>
    /// <param name="context">Where TorchSharp is loaded.</param>
    public static void Register(AssemblyLoadContext context)
    {
        lock (s_gate)
        {
            if (s_contexts.Add(context))
                context.ResolvingUnmanagedDll += Resolve;
        }
    }

    /// <summary>Loads libtorch, unless the process has one already.</summary>
    /// <param name="binding">TorchSharp.</param>
    /// <param name="cause">What the loader said.</param>
    /// <returns>Why a library that was found does not load; null if none was found, or all were loaded.</returns>
    public static string? Load(Assembly binding, out Exception? cause)
    {
        cause = null;
        lock (s_gate)
        {
            if (s_handles.ContainsKey(Processor) || NativeFiles.IsLoaded(Processor))
                return null;
            if (Path.GetDirectoryName(NativeFiles.Find(Processor, Folders(binding))) is not { } folder)
                return null;
            foreach (string library in s_libtorch)
            {
                string path = Path.Combine(folder, NativeFiles.NameOf(library));
                try
                {
                    s_handles[library] = NativeLibrary.Load(path);
                }
                catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
                {
                    cause = exception;
                    return $"{path} does not load ({exception.Message.Split('\n')[0]})";
                }
            }

            return null;
        }
    }

    /// <summary>What is missing, for a message.</summary>
    /// <param name="assembly">The path of TorchSharp.</param>
    public static string Missing(string assembly)
    {
        if (CachedPackage.Of(assembly) is not { } torchSharp)
            return "libtorch was not found";
        CachedPackage[] wanted = [.. Wanted(torchSharp).Where(package => !package.Exists())];
        return $"TorchSharp was loaded from {torchSharp.Root}, and "
            + (wanted.Length > 0
                ? $"{string.Join(", ", wanted.Select(package => package.ToString()))} is not there"
                : $"no package of it has libtorch for {CachedPackage.RuntimeIdentifier}")
            + $"; in a notebook write #r \"nuget: {Backend}, {torchSharp.Version}\"";
    }

    /// <summary>The folders below the packages of TorchSharp that may hold native libraries.</summary>
    /// <param name="assembly">The path of TorchSharp.</param>
    public static IReadOnlyList<string> OfPackages(string assembly) => CachedPackage.Of(assembly) is { } torchSharp
        ? [torchSharp.NativeFolder, .. Wanted(torchSharp).Select(package => package.NativeFolder)]
        : [];

    // TorchSharp-cpu of TorchSharp's version, and every package of libtorch that it asks for.
    private static IEnumerable<CachedPackage> Wanted(CachedPackage torchSharp)
    {
        CachedPackage backend = torchSharp.Beside(Backend, torchSharp.Version);
        return
        [
            backend,
            .. backend.Dependencies().Where(package => package.Id.StartsWith("libtorch-", StringComparison.Ordinal)
                && (package.Exists() || package.Id.EndsWith(CachedPackage.RuntimeIdentifier, StringComparison.Ordinal))),
        ];
    }

    private static IEnumerable<string> Folders(Assembly binding) =>
        [.. NativeFiles.OfApplication(binding), .. OfPackages(binding.Location)];

    private static nint Resolve(Assembly assembly, string name)
    {
        string? library = s_libtorch.Append(Binding).FirstOrDefault(one => name == one || name == NativeFiles.NameOf(one));
        if (library is null)
            return 0;
        lock (s_gate)
        {
            if (library != Binding)
                Load(assembly, out _);
            else if (!s_handles.ContainsKey(Binding) && LoadBinding(assembly) is var handle and not 0)
                s_handles[Binding] = handle;
            return s_handles.GetValueOrDefault(library);
        }
    }

    private static nint LoadBinding(Assembly assembly)
    {
        if (NativeFiles.Find(Binding, Folders(assembly)) is not { } path)
        {
            Failure = $"{NativeFiles.NameOf(Binding)} is not beside the application";
            return 0;
        }

        // It lies apart from libtorch, which must be in the process before it is loaded.
        if (!NativeLibrary.TryLoad("torch", assembly, TorchRuntime.OwnFiles, out _))
        {
            Failure = Missing(assembly.Location);
            return 0;
        }

        if (!NativeLibrary.TryLoad(path, out nint handle))
        {
            handle = NativeLibraryShim.LoadMarkedCopy(path, out string? failure);
            Failure = failure;
        }

        return handle;
    }
}
