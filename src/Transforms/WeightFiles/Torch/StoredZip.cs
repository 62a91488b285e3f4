using System.Buffers.Binary;
using System.Text;

namespace Smml.MLNet.WeightFiles;

/// <summary>An entry of a zip file that is stored without compression.</summary>
/// <param name="Offset">The byte of the file at which its content begins.</param>
/// <param name="Length">Bytes of its content.</param>
/// <param name="Checksum">The CRC-32 of its content.</param>
internal readonly record struct StoredEntry(long Offset, long Length, uint Checksum);

/// <summary>Where the entries of a zip file lie whose entries are stored without compression, as <c>torch.save</c> writes them (APPNOTE.TXT
/// of PKWARE, sections 4.3 and 4.5).</summary>
/// <remarks>.NET's own reader does not tell at which byte an entry begins; a graph that points into the file needs just that.</remarks>
internal static class StoredZip
{
    private const int MaxEntries = 100_000, MaxDirectoryBytes = 64 << 20;
    private const int EndSize = 22, CentralSize = 46, LocalSize = 30, End64Size = 56, Locator64Size = 20, Encrypted = 1;

    /// <summary>Lists the entries.</summary>
    /// <param name="file">A file that can seek.</param>
    /// <exception cref="CheckpointFormatException">The directory is damaged or cut off, or an entry is
    /// compressed or lies outside the file.</exception>
    public static Dictionary<string, StoredEntry> Read(FileStream file)
    {
        (long count, long size, long start) = FindDirectory(file);
        if (count > MaxEntries || size > file.Length || start > file.Length - size)
            throw FileBytes.Damaged(file, $"its directory of {count} entries does not lie inside the file");
        byte[] directory = FileBytes.ReadAt(file, start, Math.Min(size, MaxDirectoryBytes));
        Dictionary<string, StoredEntry> entries = new(StringComparer.Ordinal);
        int position = 0;
        for (long i = 0; i < count; i++)
        {
            if (position + CentralSize > directory.Length
                || BinaryPrimitives.ReadUInt32LittleEndian(directory.AsSpan(position)) != 0x02014B50)
                throw FileBytes.Damaged(file, $"entry {i} of its directory is damaged");
            ReadOnlySpan<byte> entry = directory.AsSpan(position);
            int nameLength = U16(entry, 28),
                extraLength = U16(entry, 30),
                commentLength = U16(entry, 32),
                end = CentralSize + nameLength + extraLength + commentLength;
            if (end > entry.Length)
                throw FileBytes.Damaged(file, $"entry {i} of its directory is cut off");
            string name = Encoding.UTF8.GetString(entry.Slice(CentralSize, nameLength));
            long stored = U32(entry, 20), length = U32(entry, 24), header = U32(entry, 42);
            Widen(entry.Slice(CentralSize + nameLength, extraLength), ref length, ref stored, ref header);
            if (U16(entry, 10) != 0 || stored != length)
                throw new CheckpointFormatException(
                    $"{file.Name}: found the compressed entry {name}, expected stored ones as torch.save writes them. "
                    + "Download the file again, or save it with torch.save; of a TorchScript archive, save the state dict.");
            if ((U16(entry, 8) & Encrypted) != 0)
                throw FileBytes.Damaged(file, $"the entry {name} is encrypted");
            if (!entries.TryAdd(name, new(DataOffset(file, name, header, length), length, (uint)U32(entry, 16))))
                throw FileBytes.Damaged(file, $"it has two entries {name}");
            position += end;
        }

        return entries;
    }

    // The end record stands in the last 64 KiB and names the directory, or the 64-bit end record does.
    private static (long Count, long Size, long Start) FindDirectory(FileStream file)
    {
        int length = (int)Math.Min(file.Length, EndSize + 65535);
        byte[] tail = FileBytes.ReadAt(file, file.Length - length, length);
        int at = tail.AsSpan().LastIndexOf("PK\u0005\u0006"u8);
        if (at < 0 || at + EndSize > tail.Length || at + EndSize + U16(tail.AsSpan(at), 20) != tail.Length)
            throw FileBytes.Damaged(file, "the directory of a zip archive at its end is missing");
        ReadOnlySpan<byte> end = tail.AsSpan(at);
        (long count, long size, long start) = (U16(end, 10), U32(end, 12), U32(end, 16));
        if (count != 0xFFFF && size != 0xFFFFFFFF && start != 0xFFFFFFFF)
            return (count, size, start);
        if (at < Locator64Size || U32(tail.AsSpan(at - Locator64Size), 0) != 0x07064B50)
            return (count, size, start);
        long end64 = I64(tail.AsSpan(at - Locator64Size), 8);
        if (end64 < 0 || end64 > file.Length - End64Size)
            throw FileBytes.Damaged(file, "its 64-bit end record lies outside the file");
        ReadOnlySpan<byte> wide = FileBytes.ReadAt(file, end64, End64Size);
        (count, size, start) = (I64(wide, 32), I64(wide, 40), I64(wide, 48));
        return U32(wide, 0) == 0x06064B50 && count >= 0 && size >= 0 && start >= 0
            ? (count, size, start)
            : throw FileBytes.Damaged(file, "its 64-bit end record is damaged");
    }

    // Extra field 1 holds the 64-bit values of those that are all ones, in this order.
    private static void Widen(ReadOnlySpan<byte> extra, ref long length, ref long stored, ref long header)
    {
        while (extra.Length >= 4)
        {
            int kind = U16(extra, 0), size = U16(extra, 2);
            if (size > extra.Length - 4)
                return;
            ReadOnlySpan<byte> data = extra.Slice(4, size);
            if (kind == 1)
            {
                Take(ref length, ref data);
                Take(ref stored, ref data);
                Take(ref header, ref data);
            }

            extra = extra[(4 + size)..];
        }

        static void Take(ref long value, ref ReadOnlySpan<byte> data)
        {
            if (value != 0xFFFFFFFF || data.Length < 8)
                return;
            value = I64(data, 0);
            data = data[8..];
        }
    }

    private static long DataOffset(FileStream file, string name, long header, long length)
    {
        if (header < 0 || header > file.Length - LocalSize)
            throw FileBytes.Damaged(file, $"the entry {name} lies outside the file");
        byte[] local = FileBytes.ReadAt(file, header, LocalSize);
        int nameLength = U16(local, 26);
        long data = header + LocalSize + nameLength + U16(local, 28);
        bool isSame = Encoding.UTF8.GetString(FileBytes.ReadAt(file, header + LocalSize, nameLength)) == name;
        return U32(local, 0) == 0x04034B50 && isSame && length >= 0 && length <= file.Length - data
            ? data
            : throw FileBytes.Damaged(file, $"the entry {name} lies outside the file");
    }

    private static int U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static long U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long I64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
}
