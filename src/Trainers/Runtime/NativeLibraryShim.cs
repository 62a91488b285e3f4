using System.Buffers.Binary;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Text;

namespace Smml.MLNet;

/// <summary>Lets LibTorchSharp 0.107.0 load where libstdc++ lacks the symbol version GLIBCXX_3.4.32.</summary>
/// <remarks>
/// <para>The library asks for that version through one marker symbol that nothing calls. In a copy of the file the
/// requirement is marked weak (flag VER_FLG_WEAK of the Vernaux entry, ELF symbol versioning), which the loader then
/// only warns about. Packages stay untouched.</para>
/// <para>The hook runs only after the ordinary search failed; where the library loads it does nothing.</para>
/// </remarks>
internal static class NativeLibraryShim
{
    private const string Library = "LibTorchSharp";
    private const string MissingVersion = "GLIBCXX_3.4.32";
    private const uint VersionRequirementSection = 0x6ffffffe; // SHT_GNU_verneed
    private const ushort WeakFlag = 2; // VER_FLG_WEAK

    private static readonly Lock s_gate = new();
    private static nint s_handle;
    private static bool s_registered;

    /// <summary>Why the copy could not be loaded, for the message of the missing backend.</summary>
    public static string? Failure { get; private set; }

    public static void Register()
    {
        lock (s_gate)
        {
            if (s_registered || !OperatingSystem.IsLinux())
                return;
            s_registered = true;
            AssemblyLoadContext.Default.ResolvingUnmanagedDll += Resolve;
        }
    }

    /// <summary>Marks the requirement weak. False when the file does not ask for the version.</summary>
    internal static bool MarkWeak(Span<byte> elf)
    {
        // 64-bit little-endian ELF: section table at 0x28, entry size 0x3A, count 0x3C.
        if (elf.Length < 64 || !elf[..6].SequenceEqual("\u007fELF\u0002\u0001"u8))
            return false;
        long table = BinaryPrimitives.ReadInt64LittleEndian(elf[0x28..]);
        int entrySize = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3A..]), count = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3C..]);
        bool marked = false;
        for (int i = 0; i < count; i++)
        {
            Span<byte> section = elf.Slice((int)table + (i * entrySize), entrySize);
            if (BinaryPrimitives.ReadUInt32LittleEndian(section[4..]) != VersionRequirementSection)
                continue;
            int strings = SectionOffset(elf, table, entrySize, BinaryPrimitives.ReadInt32LittleEndian(section[0x28..]));
            marked |= MarkSection(elf, SectionOffset(elf, table, entrySize, i), strings);
        }

        return marked;
    }

    private static int SectionOffset(ReadOnlySpan<byte> elf, long table, int entrySize, int index) =>
        (int)BinaryPrimitives.ReadInt64LittleEndian(elf[((int)table + (index * entrySize) + 0x18)..]);

    // A list of Verneed records (one a needed file), each with a list of Vernaux records (one a version).
    private static bool MarkSection(Span<byte> elf, int need, int strings)
    {
        bool marked = false;
        while (true)
        {
            int auxiliary = need + BinaryPrimitives.ReadInt32LittleEndian(elf[(need + 8)..]);
            for (int left = BinaryPrimitives.ReadUInt16LittleEndian(elf[(need + 2)..]); left > 0; left--)
            {
                Span<byte> record = elf[auxiliary..];
                ReadOnlySpan<byte> name = elf[(strings + BinaryPrimitives.ReadInt32LittleEndian(record[8..]))..];
                if (Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]) == MissingVersion)
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(
                        record[4..], (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(record[4..]) | WeakFlag));
                    marked = true;
                }

                auxiliary += BinaryPrimitives.ReadInt32LittleEndian(record[12..]);
            }

            int next = BinaryPrimitives.ReadInt32LittleEndian(elf[(need + 12)..]);
            if (next == 0)
                return marked;
            need += next;
        }
    }

    private static nint Resolve(Assembly assembly, string name)
    {
        if (name != Library && name != "lib" + Library + ".so")
            return 0;
        lock (s_gate)
        {
            if (s_handle == 0)
                s_handle = LoadMarkedCopy(assembly);
            return s_handle;
        }
    }

    private static nint LoadMarkedCopy(Assembly assembly)
    {
        string? path = Candidates(assembly).FirstOrDefault(File.Exists);
        if (path is null)
        {
            Failure = "libLibTorchSharp.so is not beside the application";
            return 0;
        }

        byte[] elf = File.ReadAllBytes(path);
        if (!MarkWeak(elf))
        {
            Failure = $"{path} does not load for another reason than {MissingVersion}";
            return 0;
        }

        // The copy lies in a temporary folder, so its neighbours must be in the process before it is loaded.
        if (!NativeLibrary.TryLoad("torch", assembly, TorchRuntime.OwnFiles, out _))
        {
            Failure = "libtorch.so was not found";
            return 0;
        }

        string copy = Path.Combine(Path.GetTempPath(), $"libLibTorchSharp-{Environment.ProcessId}-{Guid.NewGuid():N}.so");
        try
        {
            File.WriteAllBytes(copy, elf);
            return NativeLibrary.Load(copy);
        }
        catch (Exception exception)
            when (exception is DllNotFoundException or BadImageFormatException or IOException or UnauthorizedAccessException)
        {
            Failure = $"{path} does not load together with the libtorch that was found, whose version must be the one of the package";
            return 0;
        }
        finally
        {
            File.Delete(copy);
        }
    }

    private static IEnumerable<string> Candidates(Assembly assembly)
    {
        const string file = "libLibTorchSharp.so";
        string? folder = Path.GetDirectoryName(assembly.Location);
        foreach (string root in new[] { folder, AppContext.BaseDirectory }.OfType<string>())
        {
            yield return Path.Combine(root, file);
            yield return Path.Combine(root, "runtimes", "linux-x64", "native", file);
        }

        string? searched = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string;
        foreach (string directory in searched?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries) ?? [])
            yield return Path.Combine(directory, file);
    }
}
