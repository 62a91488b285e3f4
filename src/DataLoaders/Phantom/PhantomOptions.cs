namespace Smml.MLNet.Phantom;

/// <summary>How phantoms are made. The anatomy is drawn in millimetres, so the same seed gives the same head at any shape and spacing.</summary>
public sealed class PhantomOptions
{
    /// <summary>A case of 77k voxels that covers the whole head at 3.8 mm: for tests, examples and a first training run.</summary>
    public static PhantomOptions Small => new() { Shape = new(40, 48, 40), Spacing = (3.8, 3.8, 3.8) };

    /// <summary>The number of voxels along each axis, each 1 to 1024; default 240x240x155 as in BraTS.</summary>
    public VolumeShape Shape { get; init; } = new(240, 240, 155);

    /// <summary>The length of a voxel along each axis in millimetres, each above 0 to 20; default 1. The head is about 142 x 178 x 136 mm.</summary>
    public (double X, double Y, double Z) Spacing { get; init; } = (1, 1, 1);

    /// <summary>The kind of tumour; null (default) draws it, high grade in 72 % of the cases as in BraTS 2018.</summary>
    public PhantomGrade? Grade { get; init; }

    /// <summary>The values of the label volume and the names of the files: <see cref="LabelConvention.BraTS2018"/> (default) or <see cref="LabelConvention.BraTS2023"/>.</summary>
    public LabelConvention Labels { get; init; } = LabelConvention.BraTS2018;

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names all of them.</exception>
    public void Validate()
    {
        List<string> errors = [];
        foreach ((char axis, int size, double spacing) in new[] { ('X', Shape.X, Spacing.X), ('Y', Shape.Y, Spacing.Y), ('Z', Shape.Z, Spacing.Z) })
        {
            if (size is < 1 or > 1024)
                errors.Add($"{nameof(Shape)}.{axis} is {size}, expected 1 to 1024");
            if (!(spacing > 0 && spacing <= 20))
                errors.Add(FormattableString.Invariant($"{nameof(Spacing)}.{axis} is {spacing}, expected above 0 to 20 mm"));
        }

        if (Grade is { } grade && !Enum.IsDefined(grade))
            errors.Add($"{nameof(Grade)} is {grade}, expected {nameof(PhantomGrade.High)}, {nameof(PhantomGrade.Low)} or null");
        if (Labels != LabelConvention.BraTS2018 && Labels != LabelConvention.BraTS2023)
            errors.Add($"{nameof(Labels)} is {Labels?.Name ?? "null"}, expected BraTS2018 or BraTS2023");
        if (errors.Count > 0)
            throw new ArgumentException($"The phantom options are not valid: {string.Join("; ", errors)}.");
    }

    /// <summary>The grid of the volumes: index axes to the left, posterior and superior (LPS), origin as in BraTS.</summary>
    internal VolumeGrid MakeGrid() => new(Shape, new(-Spacing.X, 0, 0, 0, 0, -Spacing.Y, 0, Spacing.Y * (Shape.Y - 1), 0, 0, Spacing.Z, 0));
}
