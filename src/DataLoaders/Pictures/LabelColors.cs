namespace Smml.MLNet.Pictures;

/// <summary>The colours of tumour classes: oedema green, enhancing tumour yellow, necrotic core red, a resection cavity grey.</summary>
internal sealed class LabelColors(LabelConvention convention)
{
    public static Rgb Edema { get; } = new(64, 210, 64);

    public static Rgb Enhancing { get; } = new(255, 221, 40);

    public static Rgb Core { get; } = new(232, 56, 56);

    public static Rgb NonEnhancing { get; } = new(72, 140, 255);

    public static Rgb Cavity { get; } = new(170, 170, 170);

    /// <summary>Each tumour class with its name, for a legend.</summary>
    public IEnumerable<(string Name, Rgb Colour)> Legend =>
        Enumerable.Range(1, convention.ClassCount - 1).Select(index => (convention.ClassNames[index], OfClass(index)));

    /// <summary>The colour of a label value; null for background and for a value that the convention does not have.</summary>
    public Rgb? Of(float value)
    {
        for (int index = 1; index < convention.ClassCount; index++)
        {
            if (Math.Abs(value - convention.Values[index]) < 0.5f)
                return OfClass(index);
        }

        return null;
    }

    private Rgb OfClass(int index)
    {
        if (convention.IsIn(TumorRegion.EnhancingTumor, index))
            return Enhancing;
        if (!convention.IsIn(TumorRegion.WholeTumor, index))
            return Cavity;
        if (!convention.IsIn(TumorRegion.TumorCore, index))
            return Edema;
        return convention.ClassNames[index].StartsWith("non", StringComparison.Ordinal) ? NonEnhancing : Core;
    }
}
