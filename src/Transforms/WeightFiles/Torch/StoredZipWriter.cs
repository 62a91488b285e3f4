using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Smml.MLNet.WeightFiles;

/// <summary>Writes a zip archive of uncompressed entries whose contents begin at multiples of 64 bytes, as <c>torch.save</c> does
/// (APPNOTE.TXT of PKWARE, sections 4.3 to 4.5).</summary>
/// <param name="file">An empty file.</param>
/// <param name="narrow">The largest size and place that is written with 32 bits; a test may give a small one.</param>
internal sealed class StoredZipWriter(FileStream file, long narrow = uint.MaxValue - 1)
{
    private const int Alignment = 64, LocalSize = 30, ChecksumAt = 14, WideSizes = 20, ExtraHeader = 4, MaxNarrowEntries = 0xFFFE;
    private const ushort Padding = 0x4246, Wide = 1; // "FB", and the field of 64-bit numbers
    private const ushort Version = 20, WideVersion = 45, Utf8Names = 0x0800, FirstDay = 0x21; // 1980-01-01

    private readonly List<Entry> _entries = [];

    /// <summary>Writes an entry.</summary>
    public void Add(string name, ReadOnlySpan<byte> content)
    {
        byte[] bytes = content.ToArray();
        Add(name, bytes.Length, write => write(bytes));
    }

    /// <summary>Writes an entry in parts.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="length">Bytes of the content; the caller writes as many.</param>
    /// <param name="copy">Gives the content to the writer that it receives.</param>
    public void Add(string name, long length, Action<Action<ReadOnlySpan<byte>>> copy)
    {
        long header = file.Position;
        byte[] utf8 = Encoding.UTF8.GetBytes(name);
        Fields fields = new();
        bool isWide = length > narrow;
        WriteLocal(fields, utf8, length, isWide, header);
        file.Write(fields.Bytes);
        Crc32 checksum = new();
        copy(part =>
        {
            checksum.Append(part);
            file.Write(part);
        });
        long end = file.Position;
        uint found = checksum.GetCurrentHashAsUInt32();
        Span<byte> number = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(number, found);
        file.Position = header + ChecksumAt;
        file.Write(number);
        file.Position = end;
        _entries.Add(new(utf8, header, length, found));
    }

    /// <summary>Writes the directory, which ends the archive.</summary>
    public void Finish()
    {
        long start = file.Position;
        Fields fields = new();
        foreach (Entry entry in _entries)
            WriteCentral(fields, entry);
        long size = fields.Bytes.Length;
        bool isWide = _entries.Count > MaxNarrowEntries || start > narrow || size > narrow;
        if (isWide)
            WriteWideEnd(fields, start, size);
        ushort count = isWide ? ushort.MaxValue : (ushort)_entries.Count;
        fields.U32(0x06054B50).U16(0).U16(0).U16(count).U16(count);
        fields.U32(isWide ? uint.MaxValue : (uint)size).U32(isWide ? uint.MaxValue : (uint)start).U16(0);
        file.Write(fields.Bytes);
    }

    // The checksum is written when it is known. An extra field fills the header up to the alignment.
    private static void WriteLocal(Fields fields, byte[] name, long length, bool isWide, long header)
    {
        int wide = isWide ? WideSizes : 0;
        long content = header + LocalSize + name.Length + wide + ExtraHeader;
        int padding = (int)((Alignment - (content % Alignment)) % Alignment);
        uint narrowLength = isWide ? uint.MaxValue : (uint)length;
        fields.U32(0x04034B50).U16(isWide ? WideVersion : Version).U16(Utf8Names).U16(0).U16(0).U16(FirstDay).U32(0);
        fields.U32(narrowLength).U32(narrowLength).U16((ushort)name.Length).U16((ushort)(wide + ExtraHeader + padding)).Add(name);
        if (isWide)
            fields.U16(Wide).U16(WideSizes - ExtraHeader).I64(length).I64(length);
        fields.U16(Padding).U16((ushort)padding).Add(Encoding.ASCII.GetBytes(new string('Z', padding)));
    }

    private void WriteCentral(Fields fields, Entry entry)
    {
        bool isWide = entry.Length > narrow, isFar = entry.Header > narrow;
        int extra = (isWide ? 2 * sizeof(long) : 0) + (isFar ? sizeof(long) : 0);
        ushort version = extra > 0 ? WideVersion : Version;
        uint length = isWide ? uint.MaxValue : (uint)entry.Length;
        fields.U32(0x02014B50).U16(version).U16(version).U16(Utf8Names).U16(0).U16(0).U16(FirstDay).U32(entry.Checksum);
        fields.U32(length).U32(length).U16((ushort)entry.Name.Length).U16((ushort)(extra > 0 ? extra + ExtraHeader : 0));
        fields.U16(0).U16(0).U16(0).U32(0).U32(isFar ? uint.MaxValue : (uint)entry.Header).Add(entry.Name);
        if (extra > 0)
            fields.U16(Wide).U16((ushort)extra);
        if (isWide)
            fields.I64(entry.Length).I64(entry.Length);
        if (isFar)
            fields.I64(entry.Header);
    }

    private void WriteWideEnd(Fields fields, long start, long size)
    {
        const int RecordSize = 44;
        fields.U32(0x06064B50).I64(RecordSize).U16(WideVersion).U16(WideVersion).U32(0).U32(0).I64(_entries.Count).I64(_entries.Count);
        fields.I64(size).I64(start).U32(0x07064B50).U32(0).I64(start + size).U32(1);
    }

    private readonly record struct Entry(byte[] Name, long Header, long Length, uint Checksum);

    /// <summary>Little-endian numbers one after the other.</summary>
    private sealed class Fields
    {
        private readonly List<byte> _bytes = [];

        public byte[] Bytes => [.. _bytes];

        public Fields U16(int value) => Add([(byte)value, (byte)(value >> 8)]);

        public Fields U32(uint value) => U16((int)(value & 0xFFFF)).U16((int)(value >> 16));

        public Fields I64(long value) => U32((uint)value).U32((uint)(value >> 32));

        public Fields Add(ReadOnlySpan<byte> bytes)
        {
            _bytes.AddRange(bytes);
            return this;
        }
    }
}
