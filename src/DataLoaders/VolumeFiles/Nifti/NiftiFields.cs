using System.Buffers.Binary;

namespace Smml.MLNet.VolumeFiles;

/// <summary>The fields of a NIfTI header as they are stored, nothing checked. NIfTI-1 and NIfTI-2 differ in where and how wide they are,
/// not in what they mean.</summary>
internal sealed class NiftiFields
{
    public const int HeaderSize1 = 348, HeaderSize2 = 540;

    /// <summary>dim[0] to dim[7].</summary>
    public required long[] Dimensions { get; init; }

    public required int DataType { get; init; }

    public required int BitsPerVoxel { get; init; }

    /// <summary>pixdim[0] to pixdim[7]; the first holds qfac.</summary>
    public required double[] Sizes { get; init; }

    public required double VoxelOffset { get; init; }

    public required double Slope { get; init; }

    public required double Intercept { get; init; }

    public required int Units { get; init; }

    public required int QformCode { get; init; }

    public required int SformCode { get; init; }

    /// <summary>b, c, d of the quaternion, then its offset x, y, z.</summary>
    public required double[] Quaternion { get; init; }

    /// <summary>srow_x, srow_y, srow_z.</summary>
    public required double[] Rows { get; init; }

    /// <summary>Where SPM keeps the voxel of the world's origin in an ANALYZE header (counted from 1; zeros where there is none).</summary>
    public int[] AnalyzeOrigin { get; init; } = [0, 0, 0];

    /// <summary>The mark of this library in descrip.</summary>
    public OriginMark Mark { get; init; }

    /// <summary>The 348 bytes of <c>nifti1.h</c>; the numbers are its byte offsets.</summary>
    public static NiftiFields Parse1(ReadOnlySpan<byte> bytes, bool bigEndian)
    {
        Reader read = new(bytes, bigEndian);
        return new()
        {
            Dimensions =
            [
                read.Int16(40),
                read.Int16(42),
                read.Int16(44),
                read.Int16(46),
                read.Int16(48),
                read.Int16(50),
                read.Int16(52),
                read.Int16(54),
            ],
            DataType = read.Int16(70),
            BitsPerVoxel = read.Int16(72),
            Sizes = read.Singles(76, 8),
            VoxelOffset = read.Single(108),
            Slope = read.Single(112),
            Intercept = read.Single(116),
            Units = bytes[123],
            QformCode = read.Int16(252),
            SformCode = read.Int16(254),
            Quaternion = read.Singles(256, 6),
            Rows = read.Singles(280, 12),
            AnalyzeOrigin = [read.Int16(253), read.Int16(255), read.Int16(257)],
            Mark = OriginMark.Read(bytes[..HeaderSize1]),
        };
    }

    /// <summary>The 540 bytes of <c>nifti2.h</c>; the numbers are its byte offsets.</summary>
    public static NiftiFields Parse2(ReadOnlySpan<byte> bytes, bool bigEndian)
    {
        Reader read = new(bytes, bigEndian);
        return new()
        {
            Dimensions =
            [
                read.Int64(16),
                read.Int64(24),
                read.Int64(32),
                read.Int64(40),
                read.Int64(48),
                read.Int64(56),
                read.Int64(64),
                read.Int64(72),
            ],
            DataType = read.Int16(12),
            BitsPerVoxel = read.Int16(14),
            Sizes = read.Doubles(104, 8),
            VoxelOffset = read.Int64(168),
            Slope = read.Double(176),
            Intercept = read.Double(184),
            Units = read.Int32(500),
            QformCode = read.Int32(344),
            SformCode = read.Int32(348),
            Quaternion = read.Doubles(352, 6),
            Rows = read.Doubles(400, 12),
            Mark = OriginMark.Read(bytes[..HeaderSize2]),
        };
    }

    private readonly ref struct Reader(ReadOnlySpan<byte> bytes, bool bigEndian)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;

        public short Int16(int offset) =>
            bigEndian ? BinaryPrimitives.ReadInt16BigEndian(_bytes[offset..]) : BinaryPrimitives.ReadInt16LittleEndian(_bytes[offset..]);

        public int Int32(int offset) =>
            bigEndian ? BinaryPrimitives.ReadInt32BigEndian(_bytes[offset..]) : BinaryPrimitives.ReadInt32LittleEndian(_bytes[offset..]);

        public long Int64(int offset) =>
            bigEndian ? BinaryPrimitives.ReadInt64BigEndian(_bytes[offset..]) : BinaryPrimitives.ReadInt64LittleEndian(_bytes[offset..]);

        public double Single(int offset) =>
            bigEndian ? BinaryPrimitives.ReadSingleBigEndian(_bytes[offset..]) : BinaryPrimitives.ReadSingleLittleEndian(_bytes[offset..]);

        public double Double(int offset) =>
            bigEndian ? BinaryPrimitives.ReadDoubleBigEndian(_bytes[offset..]) : BinaryPrimitives.ReadDoubleLittleEndian(_bytes[offset..]);

        public double[] Singles(int offset, int count)
        {
            double[] values = new double[count];
            for (int i = 0; i < count; i++)
                values[i] = Single(offset + (4 * i));
            return values;
        }

        public double[] Doubles(int offset, int count)
        {
            double[] values = new double[count];
            for (int i = 0; i < count; i++)
                values[i] = Double(offset + (8 * i));
            return values;
        }
    }
}
