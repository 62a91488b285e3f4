using System.Globalization;
using Smml.MLNet.Volumes;

namespace Smml.MLNet.VolumeFiles;

/// <summary>Checks the fields of a NIfTI or ANALYZE header and says what they mean. Nothing is allocated by what they claim.</summary>
internal sealed class NiftiHeaderReader
{
    private readonly NiftiFields _fields;
    private readonly NiftiKind _kind;
    private readonly string _path;
    private readonly VolumeWarnings _warnings;
    private readonly OrientationSource? _chosen;

    private NiftiHeaderReader(NiftiFields fields, NiftiKind kind, string path, VolumeWarnings warnings, OrientationSource? chosen)
    {
        _chosen = chosen;
        _fields = fields;
        _kind = kind;
        _path = path;
        _warnings = warnings;
    }

    /// <summary>Reads a header.</summary>
    /// <param name="fields">The stored fields.</param>
    /// <param name="kind">What the first bytes say the file is.</param>
    /// <param name="path">The header's file.</param>
    /// <param name="dataPath">The voxels' file.</param>
    /// <param name="isCompressed">Whether the voxels' file is gzip.</param>
    /// <param name="warnings">Receives a warning for each unusual property of the file.</param>
    /// <param name="chosen">Sform or qform where a file has both; null for the sform, and to refuse a file in which they
    /// contradict each other.</param>
    /// <exception cref="VolumeFormatException">The header is damaged, describes what cannot be read, or contradicts itself.</exception>
    public static VolumeHeader Read(
        NiftiFields fields,
        NiftiKind kind,
        string path,
        string dataPath,
        bool isCompressed,
        VolumeWarnings warnings,
        OrientationSource? chosen) =>
        new NiftiHeaderReader(fields, kind, path, warnings, chosen).Read(dataPath, isCompressed);

    private VolumeHeader Read(string dataPath, bool isCompressed)
    {
        int[] dimensions = HeaderChecks.Dimensions(_fields.Dimensions, _path);
        VoxelType dataType = ReadDataType();
        (double slope, double intercept) = ReadScaling();
        VolumeShape shape = new(dimensions[0], dimensions.Length > 1 ? dimensions[1] : 1, dimensions.Length > 2 ? dimensions[2] : 1);
        (Affine affine, OrientationSource orientation) = ReadAffine(shape);
        return new VolumeHeader
        {
            Path = _path,
            DataPath = dataPath,
            Format = _kind.Format,
            Dimensions = dimensions,
            DataType = dataType,
            Slope = slope,
            Intercept = intercept,
            IsBigEndian = _kind.IsBigEndian,
            IsCompressed = isCompressed,
            VoxelOffset = ReadVoxelOffset(),
            Grid = new(shape, affine),
            Orientation = orientation,
            QformCode = _kind.HasOrientation ? _fields.QformCode : 0,
            SformCode = _kind.HasOrientation ? _fields.SformCode : 0,
            Warnings = _warnings,
            Mark = _fields.Mark,
        };
    }

    private VoxelType ReadDataType()
    {
        VoxelType type = (VoxelType)_fields.DataType;
        if (!Enum.IsDefined(type))
            throw new VolumeFormatException($"{_path}: found the data type {_fields.DataType} "
                + $"({VoxelTypes.NameOfUnsupported(_fields.DataType)}), expected a scalar image. Convert the voxels to int16 or float32 "
                + "first.");
        if (_fields.BitsPerVoxel != 8 * type.ByteSize())
            _warnings.Add($"bitpix is {_fields.BitsPerVoxel}, but voxels of {type} have {8 * type.ByteSize()} bits; the data type counts.");
        if (type.IsComplex())
            _warnings.Add($"The voxels are complex numbers ({type}); they are read as their magnitude.");
        return type;
    }

    // y = slope * x + inter, only where slope is a number other than 0.
    private (double Slope, double Intercept) ReadScaling()
    {
        if (_fields.Slope == 0 || !double.IsFinite(_fields.Slope))
            return (1, 0);
        return double.IsFinite(_fields.Intercept)
            ? (_fields.Slope, _fields.Intercept)
            : throw Refuse(FormattableString.Invariant($"found scl_inter = {_fields.Intercept}, expected a finite number"));
    }

    private long ReadVoxelOffset()
    {
        double offset = _fields.VoxelOffset;
        int first = _kind.IsPair ? 0 : _kind.HeaderSize + 4;
        if (offset == 0)
        {
            if (!_kind.IsPair)
                _warnings.Add($"vox_offset is 0; the voxels are taken to begin at byte {first}.");
            return first;
        }

        if (!(offset >= first && offset <= first + HeaderChecks.MaxSkippedBytes))
        {
            throw Refuse(FormattableString.Invariant(
                $"found vox_offset = {offset}, expected {first} to {first + HeaderChecks.MaxSkippedBytes}"));
        }

        if (offset != Math.Floor(offset))
            _warnings.Add(string.Create(CultureInfo.InvariantCulture, $"vox_offset is {offset}; the fraction is ignored."));
        return (long)offset;
    }

    // sform, else qform, else voxel sizes, unless another order was chosen; lengths are converted to millimetres.
    private (Affine Affine, OrientationSource Orientation) ReadAffine(VolumeShape shape)
    {
        double unit = _kind.HasOrientation ? ReadUnit() : 1;
        double[] sizes = ReadSizes(unit);
        if (!_kind.HasOrientation)
        {
            _warnings.Add(VolumeWarningKind.Orientation, "ANALYZE 7.5 files have no orientation: left and right are not known.");
            return (NiftiAffine.FromOrigin(sizes, shape, _fields.AnalyzeOrigin), OrientationSource.Unknown);
        }

        bool damaged = false;
        Affine? qform = _fields.QformCode > 0 ? ReadQform(sizes, unit) : null;
        if (_fields.SformCode > 0)
        {
            double[] rows = [.. _fields.Rows.Select(value => value * unit)];
            damaged = !rows.All(double.IsFinite);
            Affine? sform = damaged ? null : new(rows);
            if (sform is not null && HeaderChecks.IsInvertible(sform))
                return qform is null ? (sform, OrientationSource.Sform) : Choose(sform, qform, shape);
            _warnings.Add("The sform is not finite or singular and was ignored.");
        }

        if (_fields.QformCode > 0)
        {
            return qform is not null
                ? (qform, OrientationSource.Qform)
                : throw Refuse("found a quaternion that is not finite or longer than 1, and no usable sform");
        }

        if (damaged)
            throw Refuse("found an sform that is not finite, and no qform");
        _warnings.Add(VolumeWarningKind.Orientation, "The file has no orientation (sform_code and qform_code unset): "
            + "left and right are not known.");
        return (NiftiAffine.FromSizes(sizes, shape), OrientationSource.Unknown);
    }

    private Affine? ReadQform(double[] sizes, double unit)
    {
        double[] q = _fields.Quaternion;
        Affine? qform = NiftiAffine.FromQuaternion(q[0], q[1], q[2], sizes, _fields.Sizes[0], [q[3] * unit, q[4] * unit, q[5] * unit]);
        return qform is not null && HeaderChecks.IsInvertible(qform) ? qform : null;
    }

    private (Affine Affine, OrientationSource Orientation) Choose(Affine sform, Affine qform, VolumeShape shape)
    {
        (Affine, OrientationSource) taken =
            _chosen == OrientationSource.Qform ? (qform, OrientationSource.Qform) : (sform, OrientationSource.Sform);
        double distance = PositionComparison.Distance(sform, qform, _fields.Quaternion, shape);
        if (distance <= PositionComparison.Tolerance)
            return taken;
        bool isContradiction = PositionComparison.IsContradiction(sform, qform);
        if (isContradiction && _chosen is null)
            throw PositionComparison.Refuse(_path, sform, qform);
        string axes = isContradiction ? $" and run to {sform.AxisCodes} and {qform.AxisCodes}" : "";
        _warnings.Add(
            VolumeWarningKind.TwoPositions,
            string.Create(
                CultureInfo.InvariantCulture,
                $"sform and qform lie up to {distance:0.####} mm apart{axes}; the {taken.Item2.ToString().ToLowerInvariant()} is used"
                + $"{(_chosen is null ? "" : ", as chosen")}."));
        return taken;
    }

    private double ReadUnit()
    {
        switch (_fields.Units & 7)
        {
            case 1:
                return 1000;
            case 0 or 2:
                return 1;
            case 3:
                return 0.001;
            default:
                _warnings.Add($"The length unit {_fields.Units & 7} is unknown; millimetres are assumed.");
                return 1;
        }
    }

    private double[] ReadSizes(double unit)
    {
        double[] sizes = new double[3];
        for (int axis = 0; axis < 3; axis++)
        {
            bool counts = _fields.Dimensions[0] > axis;
            double size = Math.Abs(_fields.Sizes[axis + 1]);
            if (counts && !(size * unit <= HeaderChecks.MaxLength))
                throw Refuse(FormattableString.Invariant($"found pixdim[{axis + 1}] = {size}, expected a finite voxel size"));
            if (size == 0 && counts)
                _warnings.Add($"pixdim[{axis + 1}] is 0; 1 is assumed.");
            sizes[axis] = size == 0 || !counts ? 1 : size * unit;
        }

        return sizes;
    }

    private VolumeFormatException Refuse(string what) => HeaderChecks.Refuse(_path, what);
}
