using System.Diagnostics;
using System.Reflection;

namespace Smml.MLNet;

/// <summary>Where the native libraries of a managed assembly lie.</summary>
internal static class NativeFiles
{
    /// <summary>The file name of a library on this system, for example <c>libtorch.so</c> for <c>torch</c>.</summary>
    public static string NameOf(string library) =>
        OperatingSystem.IsWindows() ? library + ".dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";

    /// <summary>The folders of the application: that of the assembly, that of the program, and those that the program's dependencies
    /// file names.</summary>
    public static IEnumerable<string> OfApplication(Assembly assembly)
    {
        foreach (string root in new[] { Path.GetDirectoryName(assembly.Location), AppContext.BaseDirectory }.OfType<string>())
        {
            yield return root;
            yield return Path.Combine(root, "runtimes", CachedPackage.RuntimeIdentifier, "native");
        }

        string? searched = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string;
        foreach (string directory in searched?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) ?? [])
            yield return directory;
    }

    /// <summary>The path of a library in the first folder that holds it; null where none does.</summary>
    public static string? Find(string library, IEnumerable<string> folders) =>
        folders.Select(folder => Path.Combine(folder, NameOf(library))).FirstOrDefault(File.Exists);

    /// <summary>Whether the process has loaded a library of this name, from wherever.</summary>
    public static bool IsLoaded(string library)
    {
        using Process process = Process.GetCurrentProcess();
        return process.Modules.Cast<ProcessModule>()
            .Any(module => string.Equals(module.ModuleName, NameOf(library), StringComparison.OrdinalIgnoreCase));
    }
}
