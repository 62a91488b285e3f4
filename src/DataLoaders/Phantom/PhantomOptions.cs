namespace Smml.MLNet.Phantom;

/// <summary>How phantoms are made. The anatomy is drawn in millimetres, so the same seed gives the same head at any shape and
/// spacing.</summary>
public sealed record PhantomOptions
{
    /// <summary>A case of 77k voxels that covers the whole head at 3.8 mm: for tests, examples and a first training run.</summary>
    public static PhantomOptions Small => new() { Shape = new(40, 48, 40), Spacing = (3.8, 3.8, 3.8) };

    /// <summary>The number of voxels along each axis.</summary>
    /// <value>Each 1 to 1024. Default: 240 x 240 x 155 as in BraTS.</value>
    public VolumeShape Shape { get; init; } = new(240, 240, 155);

    /// <summary>The length of a voxel along each axis in millimetres. The head is about 142 x 178 x 136 mm.</summary>
    /// <value>Each above 0 and at most 20. Default: 1, 1, 1.</value>
    public (double X, double Y, double Z) Spacing { get; init; } = (1, 1, 1);

    /// <summary>The kind of tumour.</summary>
    /// <value>Null (default): drawn for each case, high grade in 72 % of them as in BraTS 2018.</value>
    public PhantomGrade? Grade { get; init; }

    /// <summary>The names of the files.</summary>
    /// <value>Default: <see cref="PhantomLayout.Plain"/>.</value>
    public PhantomLayout Layout { get; init; }

    /// <summary>The values of the label volume.</summary>
    /// <value>Default: those of the layout. <see cref="PhantomLayout.Plain"/> takes <see cref="LabelConvention.BraTS2018"/> (default) and
    /// <see cref="LabelConvention.BraTS2023"/>.</value>
    public LabelConvention Labels { get => field ?? PhantomNames.ConventionOf(Layout); init; }

    /// <summary>The type of stored scans.</summary>
    /// <value><see cref="VoxelType.Int16"/> (default), <see cref="VoxelType.Float32"/>, or <see cref="VoxelType.UInt8"/>, for which a scan
    /// is scaled to 255.</value>
    public VoxelType ImageType { get; init; } = VoxelType.Int16;

    /// <summary>Whether files are <c>.nii.gz</c> rather than <c>.nii</c>.</summary>
    /// <value>Default: true.</value>
    public bool Compress { get; init; } = true;

    /// <summary>The direction in which each index grows. <see cref="Shape"/> and <see cref="Spacing"/> are those of LPS; the voxels are the
    /// same.</summary>
    /// <value>L or R, P or A, and S or I, each pair once, in any order. Default: <c>LPS</c> as in BraTS.</value>
    public string Orientation { get; init; } = "LPS";

    /// <summary>The angle in degrees by which the grid is tilted about the axis from left to right: an oblique scan.</summary>
    /// <value>-45 to 45. Default: 0.</value>
    public double Tilt { get; init; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names all of them.</exception>
    public void Validate()
    {
        List<string> errors = [];
        (char, int, double)[] axes = [('X', Shape.X, Spacing.X), ('Y', Shape.Y, Spacing.Y), ('Z', Shape.Z, Spacing.Z)];
        foreach ((char axis, int size, double spacing) in axes)
        {
            if (size is < 1 or > 1024)
                errors.Add($"{nameof(Shape)}.{axis} is {size}, expected 1 to 1024");
            if (!(spacing > 0 && spacing <= 20))
                errors.Add(FormattableString.Invariant($"{nameof(Spacing)}.{axis} is {spacing}, expected above 0 to 20 mm"));
        }

        if (Grade is { } grade && !Enum.IsDefined(grade))
            errors.Add($"{nameof(Grade)} is {grade}, expected {nameof(PhantomGrade.High)}, {nameof(PhantomGrade.Low)} or null");
        if (!Enum.IsDefined(Layout))
            errors.Add($"{nameof(Layout)} is {Layout}, expected one of {string.Join(", ", Enum.GetNames<PhantomLayout>())}");
        if (Labels != PhantomNames.ConventionOf(Layout) && (Layout != PhantomLayout.Plain || Labels != LabelConvention.BraTS2023))
            errors.Add($"{nameof(Labels)} is {Labels}, "
                + $"expected {PhantomNames.ConventionOf(Layout)}{(Layout == PhantomLayout.Plain ? " or BraTS2023" : "")} with the names of "
                + $"{Layout}");
        if (ImageType is not (VoxelType.Int16 or VoxelType.Float32 or VoxelType.UInt8))
            errors.Add($"{nameof(ImageType)} is {ImageType}, expected {VoxelType.Int16}, {VoxelType.Float32} or {VoxelType.UInt8}");
        if (!PhantomOrientation.IsValid(Orientation))
            errors.Add($"{nameof(Orientation)} is {Orientation ?? "null"}, expected L or R, P or A, S or I once each, for example RAS");
        if (!(Math.Abs(Tilt) <= 45))
            errors.Add(FormattableString.Invariant($"{nameof(Tilt)} is {Tilt}, expected -45 to 45 degrees"));
        if (errors.Count > 0)
            throw new ArgumentException($"The phantom options are not valid: {string.Join("; ", errors)}.");
    }

    /// <summary>The grid of the volumes before their axes are turned: index axes to the left, posterior and superior (LPS), origin as in
    /// BraTS.</summary>
    internal VolumeGrid MakeGrid()
    {
        double height = Spacing.Y * (Shape.Y - 1);
        if (Tilt == 0)
            return new(Shape, new(-Spacing.X, 0, 0, 0, 0, -Spacing.Y, 0, height, 0, 0, Spacing.Z, 0));

        // About the middle of the volume, so that the head stays where it is.
        (double sine, double cosine) = Math.SinCos(Tilt * Math.PI / 180);
        double y = height / 2, z = Spacing.Z * (Shape.Z - 1) / 2;
        return new(Shape, new(
            -Spacing.X, 0, 0, 0,
            0, -Spacing.Y * cosine, -Spacing.Z * sine, y + (y * cosine) + (z * sine),
            0, -Spacing.Y * sine, Spacing.Z * cosine, z + (y * sine) - (z * cosine)));
    }
}
