using Smml.MLNet.VolumeFiles;

namespace Smml.MLNet;

/// <summary>What the header of a volume file says, checked and in one set of units. Free text of the header is never kept: it can name a
/// person.</summary>
public sealed class VolumeHeader
{
    internal VolumeHeader()
    {
    }

    /// <summary>The file; of a pair its header.</summary>
    public required string Path { get; init; }

    /// <summary>The file that holds the voxels: <see cref="Path"/> itself, or the second file of a pair.</summary>
    public required string DataPath { get; init; }

    /// <summary>The format of the file.</summary>
    public required VolumeFileFormat Format { get; init; }

    /// <summary>The size along each axis, 1 to 7 of them, each at least 1; trailing ones beyond the third axis are dropped.</summary>
    public required IReadOnlyList<int> Dimensions { get; init; }

    /// <summary>The first three dimensions; a missing one is 1.</summary>
    public VolumeShape Shape => new(Dimensions[0], Size(1), Size(2));

    /// <summary>How many three-dimensional volumes the file holds, at least 1.</summary>
    public long VolumeCount => Dimensions.Skip(3).Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>The type of the stored voxels.</summary>
    public required VoxelType DataType { get; init; }

    /// <summary>The factor of a stored value; 1 where the file asks for no scaling.</summary>
    public double Slope { get; init; } = 1;

    /// <summary>What is added after <see cref="Slope"/>; 0 where the file asks for no scaling.</summary>
    public double Intercept { get; init; }

    /// <summary>Whether the voxels are stored in big-endian byte order.</summary>
    public required bool IsBigEndian { get; init; }

    /// <summary>Whether the voxels are compressed (gzip, or zlib inside a MetaImage); the content decides, not the name.</summary>
    public required bool IsCompressed { get; init; }

    /// <summary>The byte of <see cref="DataPath"/> (inflated) at which the voxels begin; -1 where they are the end of the file.</summary>
    public required long VoxelOffset { get; init; }

    /// <summary>Shape and position of the first volume: the affine goes from voxel indices to millimetres, RAS+.</summary>
    public required VolumeGrid Grid { get; init; }

    /// <summary>The part of the header that <see cref="Grid"/> comes from.</summary>
    public required OrientationSource Orientation { get; init; }

    /// <summary>The meaning of a NIfTI quaternion: 0 unset, 1 scanner, 2 aligned, 3 Talairach, 4 MNI 152. 0 in other formats.</summary>
    public int QformCode { get; init; }

    /// <summary>The meaning of NIfTI's affine rows: 0 unset, 1 scanner, 2 aligned, 3 Talairach, 4 MNI 152. 0 in other formats.</summary>
    public int SformCode { get; init; }

    /// <summary>Unusual properties of the header that could be read, one sentence each; empty for a normal file.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>The mark of this library; none where something else wrote the file.</summary>
    internal OriginMark Mark { get; init; }

    /// <summary>Bytes of all voxels of the file.</summary>
    internal long VoxelBytes => checked(Shape.Count * VolumeCount * DataType.ByteSize());

    internal bool IsScaled => Slope != 1 || Intercept != 0;

    /// <summary>For example <c>240x240x155 Int16, 1x1x1 mm, LPS (Sform)</c>.</summary>
    public override string ToString()
    {
        (double x, double y, double z) = Grid.Affine.Spacing;
        return FormattableString.Invariant(
            $"{string.Join('x', Dimensions)} {DataType}, {x:0.###}x{y:0.###}x{z:0.###} mm, {Grid.Affine.AxisCodes} ({Orientation})");
    }

    private int Size(int axis) => axis < Dimensions.Count ? Dimensions[axis] : 1;
}
