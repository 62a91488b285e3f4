namespace Smml.MLNet.CommandLine.Commands;

/// <summary>What <c>smml inspect --json</c> prints; the property names are part of the command line's contract.</summary>
internal sealed record Inspection
{
    public required string File { get; init; }

    /// <summary>For example nifti1 or metaImage.</summary>
    public required VolumeFileFormat Format { get; init; }

    /// <summary>Voxels along x, y and z; a fourth number is the count of volumes.</summary>
    public required int[] Shape { get; init; }

    /// <summary>The type of the stored voxels, for example int16.</summary>
    public required string DataType { get; init; }

    /// <summary>Millimetres a voxel along x, y and z.</summary>
    public required double[] Spacing { get; init; }

    /// <summary>From voxel indices to millimetres, RAS+, four rows of four.</summary>
    public required double[][] Affine { get; init; }

    /// <summary>The sum of all scaled voxels that are numbers.</summary>
    public required double Sum { get; init; }

    public required double Min { get; init; }

    public required double Max { get; init; }

    public required long NonZeroVoxels { get; init; }

    public required long NanVoxels { get; init; }

    /// <summary>Where each index grows to, for example LPS.</summary>
    public required string AxisCodes { get; init; }

    /// <summary>The part of the header that the affine comes from.</summary>
    public required string Orientation { get; init; }

    public required double Slope { get; init; }

    public required double Intercept { get; init; }

    public required bool IsCompressed { get; init; }

    public required bool IsBigEndian { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Reads a file to its end.</summary>
    /// <exception cref="VolumeFormatException">The file is damaged or of a format that cannot be read.</exception>
    public static Inspection Of(string path, OrientationSource? source)
    {
        double[] values = VolumeFile.ReadValues(path, out VolumeHeader header, source);
        double sum = 0, min = double.PositiveInfinity, max = double.NegativeInfinity;
        long nonZero = 0, nan = 0;
        foreach (double value in values)
        {
            if (double.IsNaN(value))
            {
                nan++;
                continue;
            }

            sum += value;
            min = Math.Min(min, value);
            max = Math.Max(max, value);
            nonZero += value != 0 ? 1 : 0;
        }

        bool any = nan < values.Length;
        Affine affine = header.Grid.Affine;
        return new()
        {
            File = path,
            Format = header.Format,
            Shape =
            [
                header.Shape.X,
                header.Shape.Y,
                header.Shape.Z,
                .. header.VolumeCount > 1 ? [(int)header.VolumeCount] : Array.Empty<int>(),
            ],
            DataType = header.DataType.ToString().ToLowerInvariant(),
            Spacing = [affine.Spacing.X, affine.Spacing.Y, affine.Spacing.Z],
            Affine =
            [
                .. Enumerable.Range(0, 3).Select(row => Enumerable.Range(0, 4).Select(column => affine[row, column]).ToArray()),
                [0, 0, 0, 1],
            ],
            Sum = sum,
            Min = any ? min : double.NaN,
            Max = any ? max : double.NaN,
            NonZeroVoxels = nonZero,
            NanVoxels = nan,
            AxisCodes = affine.AxisCodes,
            Orientation = header.Orientation.ToString().ToLowerInvariant(),
            Slope = header.Slope,
            Intercept = header.Intercept,
            IsCompressed = header.IsCompressed,
            IsBigEndian = header.IsBigEndian,
            Warnings = header.Warnings,
        };
    }
}
