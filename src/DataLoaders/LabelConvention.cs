using System.Globalization;

namespace Smml.MLNet;

/// <summary>Which values a data set writes into its label files, and which tumour regions they make up.</summary>
/// <remarks>Class 0 is background. The convention is part of a data set's layout; it is never guessed where values are ambiguous.</remarks>
public sealed class LabelConvention
{
    private readonly int[] _values;
    private readonly ushort _core;
    private readonly int _enhancing;

    private LabelConvention(string name, int[] values, string[] classNames, int enhancing, params int[] core)
    {
        Name = name;
        _values = values;
        ClassNames = classNames;
        _enhancing = enhancing;
        foreach (int index in core)
            _core |= (ushort)(1 << index);
    }

    /// <summary>BraTS 2017 to 2021: 0, 1 necrosis and non-enhancing tumour, 2 oedema, 4 enhancing tumour (K = 4).</summary>
    public static LabelConvention BraTS2018 { get; } = new("BraTS2018", [0, 1, 2, 4], ["background", "necrotic core", "edema", "enhancing tumor"], 3, 1, 3);

    /// <summary>BraTS 2023: 0, 1 necrosis, 2 oedema, 3 enhancing tumour (K = 4).</summary>
    public static LabelConvention BraTS2023 { get; } = new("BraTS2023", [0, 1, 2, 3], ["background", "necrotic core", "edema", "enhancing tumor"], 3, 1, 3);

    /// <summary>BraTS 2015: 0, 1 necrosis, 2 oedema, 3 non-enhancing tumour, 4 enhancing tumour (K = 5).</summary>
    public static LabelConvention BraTS2015 { get; } = new("BraTS2015", [0, 1, 2, 3, 4], ["background", "necrotic core", "edema", "non-enhancing tumor", "enhancing tumor"], 4, 1, 3, 4);

    /// <summary>Every known convention.</summary>
    public static IReadOnlyList<LabelConvention> Known { get; } = [BraTS2018, BraTS2023, BraTS2015];

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
    public static LabelConvention FromName(string name) => Known.FirstOrDefault(known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"'{name}' is not a label convention. Expected one of {string.Join(", ", Known.Select(known => known.Name))}.", nameof(name));

    /// <summary>Whether a class belongs to a region.</summary>
    /// <param name="region">The region.</param>
    /// <param name="classIndex">The class, 0 to <see cref="ClassCount"/> - 1.</param>
    public bool IsIn(TumorRegion region, int classIndex) => region switch
    {
        TumorRegion.WholeTumor => classIndex > 0,
        TumorRegion.TumorCore => (_core & (1 << classIndex)) != 0,
        TumorRegion.EnhancingTumor => classIndex == _enhancing,
        _ => throw new ArgumentOutOfRangeException(nameof(region), region, "Unknown region."),
    };

    /// <summary>The class of each voxel of a label volume, voxel order as in the volume. Values are rounded: some tools store 0.99999 for 1.</summary>
    /// <exception cref="InvalidDataException">A value does not belong to the convention; the message names the file, the values and their voxel counts.</exception>
    public byte[] ToClasses(Volume label)
    {
        ArgumentNullException.ThrowIfNull(label);
        ReadOnlySpan<float> voxels = label.Voxels;
        byte[] classes = new byte[voxels.Length];
        SortedDictionary<float, int>? unknown = null;
        for (int i = 0; i < voxels.Length; i++)
        {
            float rounded = MathF.Round(voxels[i]);
            int index = Math.Abs(rounded - voxels[i]) < 1e-3f ? Array.IndexOf(_values, (int)rounded) : -1;
            if (index >= 0)
            {
                classes[i] = (byte)index;
                continue;
            }

            unknown ??= [];
            unknown[voxels[i]] = unknown.GetValueOrDefault(voxels[i]) + 1;
        }

        if (unknown is null)
            return classes;
        string found = string.Join(", ", unknown.Take(5).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} ({pair.Value} voxels)")));
        throw new InvalidDataException(
            $"{label.Source ?? "The label volume"}: found the label value {found}{(unknown.Count > 5 ? ", ..." : "")}; "
            + $"the convention {Name} has {string.Join(", ", _values)}. Name the data set's convention in the column LabelConvention, or correct the label file.");
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
}
