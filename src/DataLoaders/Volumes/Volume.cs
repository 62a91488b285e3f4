using Smml.MLNet.Geometry;
using Smml.MLNet.Html;
using Smml.MLNet.Pictures;
using Smml.MLNet.Volumes;

namespace Smml.MLNet;

/// <summary>An immutable three-dimensional image in managed memory. It travels by reference through an ML.NET pipeline. A notebook shows it
/// in three planes.</summary>
/// <remarks>
/// <para>Voxels are <see cref="float"/> in the order of the NIfTI file: the first axis varies fastest, voxel (x, y, z) is element x + X *
/// (y + Y * z).</para>
/// <para>A volume knows the grid of its file (<see cref="SourceGrid"/>), the whole volume after reorientation and resampling
/// (<see cref="FrameGrid"/>) and where it begins in that (<see cref="Offset"/>), so that a segmentation can be written back on the grid
/// that the user gave.</para>
/// </remarks>
[TypeFormatterSource(typeof(VolumeFormatterSource), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed class Volume
{
    private readonly float[] _voxels;

    /// <summary>Makes a volume over an array, which it takes over: the caller must not change the array afterwards.</summary>
    /// <param name="grid">Shape and position.</param>
    /// <param name="voxels">Shape.X * Shape.Y * Shape.Z values, first axis fastest.</param>
    /// <exception cref="ArgumentException">The number of values is not that of the grid.</exception>
    public Volume(VolumeGrid grid, float[] voxels)
    {
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentNullException.ThrowIfNull(voxels);
        if (voxels.Length != grid.Shape.Count)
            throw new ArgumentException(
                $"A volume of {grid.Shape} has {grid.Shape.Count} voxels, found {voxels.Length} values.", nameof(voxels));
        Grid = grid;
        SourceGrid = grid;
        _voxels = voxels;
    }

    // The one place that says what a volume made of another one keeps.
    private Volume(Volume like, VolumeGrid grid, float[] voxels)
        : this(grid, voxels)
    {
        SourceGrid = like.SourceGrid;
        FrameGrid = like.FrameGrid;
        Offset = like.Offset;
        Background = like.Background;
        Source = like.Source;
        LabelConvention = like.LabelConvention;
        Orientation = like.Orientation;
        Warnings = like.Warnings;
        FileWarnings = like.FileWarnings;
    }

    /// <summary>Shape and position of the voxels.</summary>
    public VolumeGrid Grid { get; }

    /// <summary>The number of voxels along each axis.</summary>
    public VolumeShape Shape => Grid.Shape;

    /// <summary>The voxels, first axis fastest.</summary>
    public ReadOnlySpan<float> Voxels => _voxels;

    /// <summary>The voxels, to be kept without the volume.</summary>
    internal ReadOnlyMemory<float> Memory => _voxels;

    /// <summary>The grid of the file that the volume came from; equal to <see cref="Grid"/> unless the volume was reoriented, resampled or
    /// cropped.</summary>
    public VolumeGrid SourceGrid { get; init; }

    /// <summary>The grid of the whole volume in its present orientation and spacing, of which <see cref="Grid"/> is a part;
    /// <see cref="SourceGrid"/> unless the volume was reoriented or resampled. Its axes lie along those of the source grid, in any order
    /// and direction.</summary>
    public VolumeGrid FrameGrid { get => field ?? SourceGrid; init; }

    /// <summary>The voxel of <see cref="FrameGrid"/> at which this volume begins; may be negative where a crop padded the volume.</summary>
    public (int X, int Y, int Z) Offset { get; init; }

    /// <summary>The value of a voxel without tissue: 0 in a skull-stripped scan, -mean/deviation after z-score normalisation. Padding uses
    /// it.</summary>
    public float Background { get; init; }

    /// <summary>The file that the volume was read from, for messages; null when it was made in memory.</summary>
    public string? Source { get; init; }

    /// <summary>How the data set that the volume belongs to writes labels; null when unknown.</summary>
    public LabelConvention? LabelConvention { get; init; }

    /// <summary>Unusual properties of the file that could be read, one sentence each; empty for a normal file.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The part of the file's header that the grid comes from; null for a volume that was made in memory.</summary>
    internal OrientationSource? Orientation { get; init; }

    /// <summary>The warnings of the file's reader with their kinds. A pipeline may replace <see cref="Warnings"/>, but not these.</summary>
    internal IReadOnlyList<VolumeWarning> FileWarnings { get; init; } = [];

    /// <summary>What this library made the volume as; <see cref="VolumeOrigin.Other"/> for anything else.</summary>
    internal VolumeOrigin Origin { get; init; }

    /// <summary>The value at voxel (x, y, z).</summary>
    public float this[int x, int y, int z] => _voxels[x + (Shape.X * (y + (Shape.Y * z)))];

    /// <summary>The same place and origin with other values.</summary>
    internal Volume WithVoxels(float[] voxels, float background) => new(this, Grid, voxels) { Background = background };

    /// <summary>The same voxels, which are shared, with a label convention.</summary>
    internal Volume WithConvention(LabelConvention? convention) =>
        new(this, Grid, _voxels) { LabelConvention = convention, Origin = Origin };

    /// <summary>The same voxels, which are shared, with other warnings.</summary>
    internal Volume WithWarnings(IReadOnlyList<string> warnings) => new(this, Grid, _voxels) { Warnings = warnings, Origin = Origin };

    /// <summary>The same voxels, which are shared, with another value for voxels without tissue.</summary>
    internal Volume WithBackground(float background) => new(this, Grid, _voxels) { Background = background, Origin = Origin };

    /// <summary>The same voxels, which are shared, as something that this library made.</summary>
    internal Volume WithOrigin(VolumeOrigin origin) => new(this, Grid, _voxels) { Origin = origin };

    /// <summary>Labels at the place of this volume; they come from no file.</summary>
    internal Volume WithLabels(float[] labels, LabelConvention convention) =>
        new(this, Grid, labels) { Background = 0, Source = null, LabelConvention = convention };

    /// <summary>The same part of the patient on another grid, which becomes the frame.</summary>
    internal Volume OnFrame(VolumeGrid frame, float[] voxels) => new(this, frame, voxels) { FrameGrid = frame, Offset = default };

    /// <summary>The box that begins at voxel (x, y, z), which may reach outside; voxels outside take <see cref="Background"/>.</summary>
    internal Volume Crop(int x, int y, int z, VolumeShape shape)
    {
        float[] voxels = new float[checked((int)shape.Count)];
        if (Background != 0)
            Array.Fill(voxels, Background);
        int firstX = Math.Max(0, x), count = Math.Min(Shape.X, x + shape.X) - firstX;
        for (int k = 0; count > 0 && k < shape.Z; k++)
        {
            if ((uint)(z + k) >= (uint)Shape.Z)
                continue;
            for (int j = 0; j < shape.Y; j++)
            {
                if ((uint)(y + j) < (uint)Shape.Y)
                {
                    int from = firstX + (Shape.X * (y + j + (Shape.Y * (z + k)))), to = firstX - x + (shape.X * (j + (shape.Y * k)));
                    _voxels.AsSpan(from, count).CopyTo(voxels.AsSpan(to));
                }
            }
        }

        return new(this, Grid.Part(x, y, z, shape), voxels) { Offset = (Offset.X + x, Offset.Y + y, Offset.Z + z) };
    }

    /// <summary>The volume with its index axes in another order and direction; itself where nothing changes. No value is
    /// computed.</summary>
    internal Volume Reorient(AxisOrder order) =>
        order.IsIdentity ? this : OnFrame(order.Apply(Grid), GridMap.Of(order, Shape).Take(_voxels, Background));

    /// <summary>The volume on the grid of its file: cropped parts come back as <paramref name="outside"/>, padding is cut off, the stored
    /// orientation and spacing return. A voxel takes the value of the nearest voxel here.</summary>
    internal Volume ToSourceGrid(float outside)
    {
        Volume padded = new(Grid, _voxels) { Background = outside };
        float[] voxels = FrameGrid == SourceGrid
            ? padded.Crop(-Offset.X, -Offset.Y, -Offset.Z, SourceGrid.Shape)._voxels
            : GridMap.Between(SourceGrid, FrameGrid).Part(Offset, Shape).Take(_voxels, outside);
        return new(SourceGrid, voxels) { Source = Source, LabelConvention = LabelConvention, Background = outside, Warnings = Warnings };
    }

    /// <summary>For example <c>240x240x155, 1x1x1 mm, case_flair.nii.gz</c>.</summary>
    public override string ToString()
    {
        (double x, double y, double z) = Grid.Affine.Spacing;
        return FormattableString.Invariant(
            $"{Shape}, {x:0.###}x{y:0.###}x{z:0.###} mm{(Source is null ? "" : ", " + Path.GetFileName(Source))}");
    }
}
