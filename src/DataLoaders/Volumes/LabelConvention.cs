using System.Globalization;

namespace Smml.MLNet;

/// <summary>Which values a data set writes into its label files, and which tumour regions they make up.</summary>
/// <remarks>Class 0 is background. The convention is part of a data set's layout and never guessed from values: a file that holds 1, 2 and
/// 4 can be of BraTS 2018, of BraTS 2024 PED without cysts, or of BraTS 2024 without enhancing tumour. The source of each one is in
/// <c>docs/layouts.md</c>.</remarks>
public sealed class LabelConvention
{
    private const string Background = "background";
    private const string EnhancingTumor = "enhancing tumor";

    // An image in place of labels has thousands of values; counting some of them is enough.
    private const int MaxUnknown = 100;

    private readonly int[] _values;
    private readonly ushort _whole, _core, _enhancing;

    private LabelConvention(string name, params (int Value, string ClassName, Part Part)[] classes)
    {
        Name = name;
        _values = [.. classes.Select(one => one.Value)];
        ClassNames = [.. classes.Select(one => one.ClassName)];
        for (int index = 0; index < classes.Length; index++)
        {
            ushort bit = (ushort)(1 << index);
            Part part = classes[index].Part;
            _whole |= part >= Part.Edema ? bit : (ushort)0;
            _core |= part >= Part.Core ? bit : (ushort)0;
            _enhancing |= part == Part.Enhancing ? bit : (ushort)0;
        }
    }

    // Each part lies in the regions of the parts before it.
    private enum Part
    {
        Outside,
        Edema,
        Core,
        Enhancing,
    }

    /// <summary>BraTS 2017 to 2021: 0, 1 necrosis and non-enhancing tumour, 2 oedema, 4 enhancing tumour (K = 4).</summary>
    public static LabelConvention BraTS2018 { get; } = new(
        "BraTS2018",
        (0, Background, Part.Outside),
        (1, "necrotic core", Part.Core),
        (2, "edema", Part.Edema),
        (4, EnhancingTumor, Part.Enhancing));

    /// <summary>BraTS 2023: 0, 1 necrosis, 2 oedema, 3 enhancing tumour (K = 4). In PED, class 1 is all that does not enhance, cysts
    /// included.</summary>
    public static LabelConvention BraTS2023 { get; } = new(
        "BraTS2023",
        (0, Background, Part.Outside),
        (1, "necrotic core", Part.Core),
        (2, "edema", Part.Edema),
        (3, EnhancingTumor, Part.Enhancing));

    /// <summary>BRATS 2013 to BraTS 2015: 0, 1 necrosis, 2 oedema, 3 non-enhancing tumour, 4 enhancing tumour (K = 5).</summary>
    public static LabelConvention BraTS2015 { get; } = new(
        "BraTS2015",
        (0, Background, Part.Outside),
        (1, "necrotic core", Part.Core),
        (2, "edema", Part.Edema),
        (3, "non-enhancing tumor", Part.Core),
        (4, EnhancingTumor, Part.Enhancing));

    /// <summary>BRATS 2012: 0, 1 oedema, 2 tumour core (K = 3). It has no class for the enhancing tumour, so that region is never
    /// scored.</summary>
    public static LabelConvention BraTS2012 { get; } = new(
        "BraTS2012",
        (0, Background, Part.Outside),
        (1, "edema", Part.Edema),
        (2, "tumor core", Part.Core));

    /// <summary>BraTS 2024 GLI, after treatment: 0, 1 non-enhancing tumour core, 2 surrounding FLAIR hyperintensity, 3 enhancing tissue, 4
    /// resection cavity (K = 5). The cavity belongs to no region.</summary>
    public static LabelConvention BraTS2024 { get; } = new(
        "BraTS2024",
        (0, Background, Part.Outside),
        (1, "non-enhancing tumor core", Part.Core),
        (2, "FLAIR hyperintensity", Part.Edema),
        (3, EnhancingTumor, Part.Enhancing),
        (4, "resection cavity", Part.Outside));

    /// <summary>BraTS 2024 PED: 0, 1 enhancing tumour, 2 non-enhancing tumour, 3 cystic component, 4 oedema (K = 5).</summary>
    public static LabelConvention BraTS2024Ped { get; } = new(
        "BraTS2024Ped",
        (0, Background, Part.Outside),
        (1, EnhancingTumor, Part.Enhancing),
        (2, "non-enhancing tumor", Part.Core),
        (3, "cystic component", Part.Core),
        (4, "edema", Part.Edema));

    /// <summary>Medical Segmentation Decathlon, Task01: 0, 1 oedema, 2 non-enhancing tumour, 3 enhancing tumour (K = 4). The classes are
    /// those of <see cref="BraTS2018"/> in its order; only the values in the files differ.</summary>
    public static LabelConvention MsdTask01 { get; } = new(
        "MsdTask01",
        (0, Background, Part.Outside),
        (2, "necrotic core", Part.Core),
        (1, "edema", Part.Edema),
        (3, EnhancingTumor, Part.Enhancing));

    /// <summary>Every known convention.</summary>
    public static IReadOnlyList<LabelConvention> Known { get; } =
        [BraTS2018, BraTS2023, BraTS2015, BraTS2012, BraTS2024, BraTS2024Ped, MsdTask01];

    /// <summary>The name that is written into manifests and models.</summary>
    public string Name { get; }

    /// <summary>The value in the file of each class; the index is the class.</summary>
    public IReadOnlyList<int> Values => _values;

    /// <summary>What each class is.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>The number of classes K, background included.</summary>
    public int ClassCount => _values.Length;

    /// <summary>Finds a convention by its name; case does not matter.</summary>
    /// <exception cref="ArgumentException">There is no such convention.</exception>
    public static LabelConvention FromName(string name) =>
        Known.FirstOrDefault(known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException($"'{name}' is not a label convention. "
            + $"Expected one of {string.Join(", ", Known.Select(known => known.Name))}.", nameof(name));

    /// <summary>Whether a class belongs to a region.</summary>
    /// <param name="region">The region.</param>
    /// <param name="classIndex">The class, 0 to <see cref="ClassCount"/> - 1.</param>
    public bool IsIn(TumorRegion region, int classIndex) => (ClassesOf(region) & (1 << classIndex)) != 0;

    /// <summary>Whether any class belongs to a region; a score of a region without classes would mean nothing.</summary>
    internal bool Has(TumorRegion region) => ClassesOf(region) != 0;

    /// <summary>Whether the class indices of another convention mean the same, so that labels of one can be written as the
    /// other's.</summary>
    internal bool HasSameClasses(LabelConvention other) => ClassNames.SequenceEqual(other.ClassNames, StringComparer.Ordinal);

    /// <summary>The class of each voxel of a label volume, voxel order as in the volume. Values are rounded: some tools store 0.99999 for
    /// 1.</summary>
    /// <exception cref="InvalidDataException">A value does not belong to the convention; the message names the file, the values and their
    /// voxel counts.</exception>
    public byte[] ToClasses(Volume label)
    {
        ArgumentNullException.ThrowIfNull(label);
        ReadOnlySpan<float> voxels = label.Voxels;
        byte[] classes = new byte[voxels.Length];
        SortedDictionary<float, int>? unknown = null;
        int i = -1;

        // Class 0 has the value 0 in every convention, and nearly every voxel has it.
        while (voxels[(i + 1)..].IndexOfAnyExcept(0f) is >= 0 and int zeros)
        {
            i += zeros + 1;
            float rounded = MathF.Round(voxels[i]);
            int index = Math.Abs(rounded - voxels[i]) < 1e-3f ? Array.IndexOf(_values, (int)rounded) : -1;
            if (index >= 0)
            {
                classes[i] = (byte)index;
                continue;
            }

            unknown ??= [];
            if (unknown.Count < MaxUnknown || unknown.ContainsKey(voxels[i]))
                unknown[voxels[i]] = unknown.GetValueOrDefault(voxels[i]) + 1;
        }

        if (unknown is null)
            return classes;
        string found = string.Join(
            ", ", unknown.Take(5).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} ({pair.Value} voxels)")));
        throw new InvalidDataException(
            $"{label.Source ?? "The label volume"}: found the label value {found}{(unknown.Count > 5 ? ", ..." : "")}; "
            + $"the convention {Name} has {string.Join(", ", _values)}. Name the data set's convention in the column LabelConvention, "
            + "or correct the label file.");
    }

    /// <summary>A label volume with this convention's values.</summary>
    /// <param name="classes">The class of each voxel.</param>
    /// <param name="like">The volume whose grid and origin the result takes.</param>
    internal Volume ToVolume(ReadOnlySpan<byte> classes, Volume like)
    {
        float[] voxels = new float[classes.Length];
        for (int i = 0; i < voxels.Length; i++)
            voxels[i] = _values[classes[i]];
        return like.WithLabels(voxels, this);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private ushort ClassesOf(TumorRegion region) => region switch
    {
        TumorRegion.WholeTumor => _whole,
        TumorRegion.TumorCore => _core,
        TumorRegion.EnhancingTumor => _enhancing,
        _ => throw new ArgumentOutOfRangeException(nameof(region), region, "Unknown region."),
    };
}
