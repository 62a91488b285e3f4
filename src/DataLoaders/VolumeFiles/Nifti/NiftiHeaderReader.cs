using System.Buffers.Binary;
using System.Globalization;

namespace Smml.MLNet.VolumeFiles;

/// <summary>Decodes and checks the 348 bytes of a NIfTI-1 header (<c>nifti1.h</c>; the numbers are its byte offsets). Nothing is allocated by what they claim.</summary>
internal ref struct NiftiHeaderReader
{
    public const int HeaderSize = 348;

    /// <summary>Where voxels begin at the earliest in a single file: header and the four bytes that announce extensions.</summary>
    public const int FirstVoxelOffset = 352;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly string _path;
    private readonly bool _bigEndian;
    private readonly List<string> _warnings = [];

    private NiftiHeaderReader(ReadOnlySpan<byte> bytes, string path, bool bigEndian)
    {
        _bytes = bytes;
        _path = path;
        _bigEndian = bigEndian;
    }

    /// <summary>Reads a header.</summary>
    /// <param name="bytes">The first bytes of the (inflated) file, fewer than 348 when it is shorter.</param>
    /// <param name="path">For messages.</param>
    /// <param name="isCompressed">Whether the file is gzip.</param>
    /// <exception cref="VolumeFormatException">The header is damaged or describes what cannot be read.</exception>
    public static VolumeHeader Read(ReadOnlySpan<byte> bytes, string path, bool isCompressed)
    {
        int size = bytes.Length >= 4 ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : 0;
        bool bigEndian = BinaryPrimitives.ReverseEndianness(size) is 348 or 540;
        int headerSize = bigEndian ? BinaryPrimitives.ReverseEndianness(size) : size;
        if (headerSize == 540)
            throw new VolumeFormatException($"{path}: {FileSignature.DescribeNifti2(bytes)}.");
        if (headerSize != HeaderSize || bytes.Length < HeaderSize)
            throw new VolumeFormatException($"{path}: {FileSignature.Describe(bytes)}.");
        ReadOnlySpan<byte> magic = bytes.Slice(344, 4);
        if (!magic.SequenceEqual("n+1\0"u8))
            throw new VolumeFormatException($"{path}: {FileSignature.DescribeMagic(magic)}.");
        return new NiftiHeaderReader(bytes, path, bigEndian).Read(isCompressed);
    }

    private VolumeHeader Read(bool isCompressed)
    {
        int[] dimensions = ReadDimensions();
        VoxelType dataType = ReadDataType();
        (double slope, double intercept) = ReadScaling();
        VolumeShape shape = new(dimensions[0], dimensions.Length > 1 ? dimensions[1] : 1, dimensions.Length > 2 ? dimensions[2] : 1);
        (Affine affine, OrientationSource orientation) = ReadAffine(shape);
        return new VolumeHeader
        {
            Path = _path,
            Dimensions = dimensions,
            DataType = dataType,
            Slope = slope,
            Intercept = intercept,
            IsBigEndian = _bigEndian,
            IsCompressed = isCompressed,
            VoxelOffset = ReadVoxelOffset(),
            Grid = new(shape, affine),
            Orientation = orientation,
            QformCode = Int16(252),
            SformCode = Int16(254),
            Warnings = _warnings,
        };
    }

    // dim[0] says how many of dim[1..7] count; the rest may hold anything.
    private readonly int[] ReadDimensions()
    {
        int rank = Int16(40);
        if (rank is < 1 or > 7)
            throw Refuse($"found dim[0] = {rank}, expected 1 to 7");
        int[] dimensions = new int[rank];
        Int128 voxels = 1;
        for (int axis = 0; axis < rank; axis++)
        {
            dimensions[axis] = Int16(42 + (2 * axis));
            if (dimensions[axis] < 1)
                throw Refuse($"found dim[{axis + 1}] = {dimensions[axis]}, expected at least 1");
            voxels *= dimensions[axis];
        }

        if (voxels > VolumeFile.MaxVoxels)
            throw Refuse($"found {string.Join('x', dimensions)} = {voxels} voxels, expected at most {VolumeFile.MaxVoxels}");
        int count = rank;
        while (count > 1 && dimensions[count - 1] == 1)
            count--;
        return dimensions[..count];
    }

    private readonly VoxelType ReadDataType()
    {
        int code = Int16(70);
        return Enum.IsDefined((VoxelType)code)
            ? (VoxelType)code
            : throw new VolumeFormatException($"{_path}: found the data type {code} ({VoxelTypes.NameOfUnsupported(code)}), expected a scalar image. Convert the voxels to int16 or float32 first.");
    }

    // y = slope * x + inter, only where slope is a number other than 0.
    private readonly (double Slope, double Intercept) ReadScaling()
    {
        double slope = Float(112), intercept = Float(116);
        if (slope == 0 || !double.IsFinite(slope))
            return (1, 0);
        return double.IsFinite(intercept) ? (slope, intercept) : throw Refuse(string.Create(CultureInfo.InvariantCulture, $"found scl_inter = {intercept}, expected a finite number"));
    }

    private readonly long ReadVoxelOffset()
    {
        double offset = Float(108);
        if (offset == 0)
        {
            _warnings.Add("vox_offset is 0; the voxels are taken to begin at byte 352.");
            return FirstVoxelOffset;
        }

        if (!(offset >= FirstVoxelOffset && offset <= long.MaxValue / 2))
            throw Refuse(string.Create(CultureInfo.InvariantCulture, $"found vox_offset = {offset}, expected at least 352"));
        if (offset != Math.Floor(offset))
            _warnings.Add(string.Create(CultureInfo.InvariantCulture, $"vox_offset is {offset}; the fraction is ignored."));
        return (long)offset;
    }

    // sform, else qform, else voxel sizes; lengths are converted to millimetres.
    private readonly (Affine Affine, OrientationSource Orientation) ReadAffine(VolumeShape shape)
    {
        double unit = ReadUnit();
        Span<double> rows = stackalloc double[12];
        for (int i = 0; i < 12; i++)
            rows[i] = Float(280 + (4 * i)) * unit;
        double[] sizes = ReadSizes(unit);
        bool damaged = false;
        if (Int16(254) > 0)
        {
            damaged = rows.ContainsAnyExceptInRange(double.MinValue, double.MaxValue);
            Affine? sform = damaged ? null : new(rows);
            if (sform is not null && IsInvertible(sform))
                return (sform, OrientationSource.Sform);
            _warnings.Add("The sform is not finite or singular and was ignored.");
        }

        if (Int16(252) > 0)
        {
            ReadOnlySpan<double> offset = [Float(268) * unit, Float(272) * unit, Float(276) * unit];
            return NiftiAffine.FromQuaternion(Float(256), Float(260), Float(264), sizes, Float(76), offset) is { } qform
                ? (qform, OrientationSource.Qform)
                : throw Refuse("found a quaternion that is not finite or longer than 1, and no usable sform");
        }

        if (damaged)
            throw Refuse("found an sform that is not finite, and no qform");
        _warnings.Add("The file has no orientation (sform_code and qform_code unset): left and right are not known.");
        return (NiftiAffine.FromSizes(sizes, shape), OrientationSource.Unknown);
    }

    private readonly double ReadUnit()
    {
        switch (_bytes[123] & 7)
        {
            case 1:
                return 1000;
            case 0 or 2:
                return 1;
            case 3:
                return 0.001;
            default:
                _warnings.Add($"The length unit {_bytes[123] & 7} is unknown; millimetres are assumed.");
                return 1;
        }
    }

    private readonly double[] ReadSizes(double unit)
    {
        double[] sizes = new double[3];
        for (int axis = 0; axis < 3; axis++)
        {
            double size = Math.Abs(Float(80 + (4 * axis)));
            if (!double.IsFinite(size) && Int16(40) > axis)
                throw Refuse(string.Create(CultureInfo.InvariantCulture, $"found pixdim[{axis + 1}] = {size}, expected a finite voxel size"));
            if (size == 0 && Int16(40) > axis)
                _warnings.Add($"pixdim[{axis + 1}] is 0; 1 is assumed.");
            sizes[axis] = size == 0 || !double.IsFinite(size) ? 1 : size * unit;
        }

        return sizes;
    }

    private static bool IsInvertible(Affine affine)
    {
        (double x, double y, double z) = affine.Spacing;
        return Math.Abs(affine.Determinant) > 1e-6 * x * y * z;
    }

    private readonly short Int16(int offset) => _bigEndian ? BinaryPrimitives.ReadInt16BigEndian(_bytes[offset..]) : BinaryPrimitives.ReadInt16LittleEndian(_bytes[offset..]);

    private readonly double Float(int offset) => _bigEndian ? BinaryPrimitives.ReadSingleBigEndian(_bytes[offset..]) : BinaryPrimitives.ReadSingleLittleEndian(_bytes[offset..]);

    private readonly VolumeFormatException Refuse(string what) => new($"{_path}: {what}. The header is damaged or unsupported: export the file again.");
}
