using System.Globalization;
using Smml.MLNet.Volumes;

namespace Smml.MLNet.VolumeFiles;

/// <summary>What the text of a MetaImage header says, checked (the MetaIO documentation; world coordinates are LPS).</summary>
internal sealed class MetaImageFields
{
    private readonly MetaImageText _text;
    private readonly string _path;

    public MetaImageFields(MetaImageText text, string path, VolumeWarnings warnings)
    {
        (_text, _path) = (text, path);
        if (text["ObjectType"] is { } kind && !kind.Equals("Image", StringComparison.OrdinalIgnoreCase))
            throw Refuse($"found ObjectType = {Shown(kind)}, expected Image");
        Dimensions = ReadDimensions();
        DataType = ReadDataType();
        IsText = !Flag("BinaryData", true);
        IsBigEndian = Flag("BinaryDataByteOrderMSB", false);
        IsCompressed = Flag("CompressedData", false);
        CompressedLength = long.TryParse(text["CompressedDataSize"], NumberStyles.None, CultureInfo.InvariantCulture, out long bytes)
            ? bytes
            : null;
        HeaderBytes = text["HeaderSize"] is null ? 0 : Whole("HeaderSize", 1)[0];
        if (HeaderBytes < -1 || HeaderBytes > HeaderChecks.MaxSkippedBytes)
            throw Refuse($"found HeaderSize = {HeaderBytes}, expected -1 to {HeaderChecks.MaxSkippedBytes}");
        if (text["ElementNumberOfChannels"] is not null && Whole("ElementNumberOfChannels", 1)[0] != 1)
            throw Refuse($"found ElementNumberOfChannels = {Shown(text["ElementNumberOfChannels"]!)}, expected 1: a scalar image");
        if (text["ElementToIntensityFunctionSlope"] is not (null or "1") || text["ElementToIntensityFunctionOffset"] is not (null or "0"))
            warnings.Add("ElementToIntensityFunction is ignored, as other readers of MetaImage do.");
        Affine = ReadAffine(warnings);
        DataFile = text["ElementDataFile"]!;
    }

    public int[] Dimensions { get; }

    public VolumeShape Shape => new(Dimensions[0], Dimensions.Length > 1 ? Dimensions[1] : 1, Dimensions.Length > 2 ? Dimensions[2] : 1);

    public VoxelType DataType { get; }

    /// <summary>Whether the voxels are written as decimal numbers.</summary>
    public bool IsText { get; }

    public bool IsBigEndian { get; }

    /// <summary>Whether the voxels are zlib data.</summary>
    public bool IsCompressed { get; }

    public long? CompressedLength { get; }

    /// <summary>Bytes to skip in the voxels' file; -1: the voxels are its end.</summary>
    public long HeaderBytes { get; }

    public Affine Affine { get; }

    /// <summary><c>LOCAL</c>, or the name of the voxels' file.</summary>
    public string DataFile { get; }

    private int[] ReadDimensions()
    {
        long rank = Whole("NDims", 1)[0];
        if (rank is < 1 or > 7)
            throw Refuse($"found NDims = {rank}, expected 1 to 7");
        return HeaderChecks.Dimensions([rank, .. Whole("DimSize", (int)rank)], _path);
    }

    private VoxelType ReadDataType() => _text["ElementType"] switch
    {
        "MET_CHAR" => VoxelType.Int8,
        "MET_UCHAR" => VoxelType.UInt8,
        "MET_SHORT" => VoxelType.Int16,
        "MET_USHORT" => VoxelType.UInt16,
        "MET_INT" or "MET_LONG" => VoxelType.Int32, // MetaIO stores a long in 4 bytes
        "MET_UINT" or "MET_ULONG" => VoxelType.UInt32,
        "MET_LONG_LONG" => VoxelType.Int64,
        "MET_ULONG_LONG" => VoxelType.UInt64,
        "MET_FLOAT" => VoxelType.Float32,
        "MET_DOUBLE" => VoxelType.Float64,
        { } other => throw new VolumeFormatException($"{_path}: found ElementType = {Shown(other)}, expected a scalar type such as "
            + "MET_SHORT or MET_FLOAT. Convert the voxels first."),
        null => throw Refuse("the MetaImage header has no line ElementType"),
    };

    // Column i of the affine is the direction of axis i (the i-th group of numbers of TransformMatrix) times its spacing; LPS to RAS
    // negates x and y.
    private Affine ReadAffine(VolumeWarnings warnings)
    {
        int rank = (int)Whole("NDims", 1)[0], used = Math.Min(rank, 3);
        string spacingKey = _text["ElementSpacing"] is not null ? "ElementSpacing" : "ElementSize";
        double[] spacing = _text[spacingKey] is null ? [.. Enumerable.Repeat(1.0, rank)] : Numbers(spacingKey, rank);
        if (_text[spacingKey] is null)
            warnings.Add("The header has no ElementSpacing; 1 mm is assumed.");
        double[] offset = _text["Offset"] is null ? new double[rank] : Numbers("Offset", rank);
        double[]? matrix = _text["TransformMatrix"] is null ? null : Numbers("TransformMatrix", rank * rank);
        Span<double> rows = stackalloc double[12];
        for (int axis = 0; axis < 3; axis++)
        {
            double size = axis < used ? spacing[axis] : 1;
            if (!(size > 0 && size <= HeaderChecks.MaxLength))
                throw Refuse(FormattableString.Invariant($"found {spacingKey} = {size} along axis {axis + 1}, expected a length above 0"));
            for (int row = 0; row < 3; row++)
            {
                double direction = axis < used && row < used && matrix is not null ? matrix[(axis * rank) + row] : axis == row ? 1 : 0;
                rows[(row * 4) + axis] = (row < 2 ? -1 : 1) * direction * size;
            }

            rows[(axis * 4) + 3] = axis < used ? (axis < 2 ? -1 : 1) * offset[axis] : 0;
        }

        Affine affine = new(rows);
        return HeaderChecks.IsInvertible(affine) ? affine : throw Refuse("found a TransformMatrix that is singular or not finite");
    }

    private bool Flag(string key, bool otherwise) => _text[key]?.ToUpperInvariant() switch
    {
        null => otherwise,
        "TRUE" or "T" or "1" => true,
        "FALSE" or "F" or "0" => false,
        _ => throw Refuse($"found {key} = {Shown(_text[key]!)}, expected True or False"),
    };

    private long[] Whole(string key, int count) =>
    [
        .. Words(key, count).Select(word => long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw Refuse($"found {key} = {Shown(_text[key]!)}, expected whole numbers")),
    ];

    private double[] Numbers(string key, int count) =>
    [
        .. Words(key, count).Select(word => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && Math.Abs(value) <= HeaderChecks.MaxLength
                ? value
                : throw Refuse($"found {key} = {Shown(_text[key]!)}, expected numbers")),
    ];

    private string[] Words(string key, int count)
    {
        string line = _text[key] ?? throw Refuse($"the MetaImage header has no line {key}");
        string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return words.Length == count ? words : throw Refuse($"found {words.Length} values in {key}, expected {count}");
    }

    private static string Shown(string value) => value.Length > 40 ? value[..40] + "..." : value;

    private VolumeFormatException Refuse(string what) => HeaderChecks.Refuse(_path, what);
}
