using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Smml.MLNet;

/// <summary>Lets LibTorchSharp 0.107.0 load where libstdc++ lacks the symbol version GLIBCXX_3.4.32.</summary>
/// <remarks>
/// <para>The library asks for that version through one marker symbol that nothing calls. In a copy of the file the
/// requirement is marked weak (flag VER_FLG_WEAK of the Vernaux entry, ELF symbol versioning), which the loader then
/// only warns about. Packages stay untouched.</para>
/// <para>It is asked for only after the library itself did not load.</para>
/// </remarks>
internal static class NativeLibraryShim
{
    private const string MissingVersion = "GLIBCXX_3.4.32";
    private const uint VersionRequirementSection = 0x6ffffffe; // SHT_GNU_verneed
    private const ushort WeakFlag = 2; // VER_FLG_WEAK

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

    /// <summary>Loads a copy of the binding whose requirement is marked weak. libtorch must be in the process.</summary>
    /// <param name="path">The binding.</param>
    /// <param name="failure">Why it does not load.</param>
    /// <returns>0 where it does not load.</returns>
    public static nint LoadMarkedCopy(string path, out string? failure)
    {
        failure = null;
        byte[] elf = File.ReadAllBytes(path);
        if (!MarkWeak(elf))
        {
            failure = $"{path} does not load for another reason than {MissingVersion}";
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
            failure = $"{path} does not load together with the libtorch that was found, whose version must be the one of the package";
            return 0;
        }
        finally
        {
            File.Delete(copy);
        }
    }
}
