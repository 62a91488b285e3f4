using System.Text.Json.Serialization;
using Smml.MLNet.Methods.SmuNet;

namespace Smml.MLNet;

/// <summary>The sizes of SMU-Net: a U-Net that sees all scans (the teacher) and one for each incomplete subset of them (the
/// students).</summary>
/// <remarks>Window: each side a multiple of 8 from 16 to 512; default 160x192x128, as released. The weights that score do not depend on
/// it. Source: Azad, Khosravi and Merhof, "SMU-Net: Style matching U-Net for brain tumor segmentation with missing modalities" (MIDL
/// 2022), and its released code.</remarks>
public sealed record SmuNetArchitecture : NetworkArchitecture
{
    // Measured with 8 base channels, from windows of 64^3 to those of 96^3.
    private const double Kept = 390, Passing = 70;

    /// <summary>Makes the published network.</summary>
    public SmuNetArchitecture() => Patch = new(160, 192, 128);

    /// <summary>The published configuration: 16 base channels, windows of 160x192x128 voxels. The teacher has 4,778,212 parameters with K =
    /// 4, a student of one scan 4,776,916, one of two 4,777,348 and one of three 4,777,780.</summary>
    public static SmuNetArchitecture Paper { get; } = new() { Name = "paper" };

    /// <summary>A network that trains on a laptop's CPU in minutes: 8 base channels, patches of 32x32x32 voxels.</summary>
    public static SmuNetArchitecture Tiny { get; } = new()
    {
        Name = "tiny",
        BaseChannels = 8,
        DiscriminatorChannels = 16,
        Patch = new(32, 32, 32),
    };

    /// <inheritdoc/>
    [JsonIgnore]
    public override MethodName Method => SmuNetMethod.MethodName;

    /// <summary>The channels of the finest level of each U-Net; each of the three levels below has twice as many as the one
    /// above.</summary>
    /// <value>A multiple of 8 from 8 to 64; the default is 16.</value>
    public int BaseChannels { get; init; } = 16;

    /// <summary>The channels of the discriminator's first layer; it takes part in training only.</summary>
    /// <value>1 to 512; the default is 64.</value>
    public int DiscriminatorChannels { get; init; } = 64;

    /// <summary>The share of the features before the way up that training drops.</summary>
    /// <value>0 up to below 1; the default is 0.2.</value>
    public double Dropout { get; init; } = 0.2;

    /// <summary>The subsets of scans that have a student. A subset without one cannot be scored; all four scans always can.</summary>
    /// <value>At least one; the default is all 14 incomplete subsets. The release has one student, which sees Flair.</value>
    public StudentPatterns Patterns { get; init; } = StudentPatterns.All;

    /// <summary>The probability above which a voxel belongs to a class; of several classes the innermost counts.</summary>
    /// <value>Above 0 to below 1; the default is 0.5. The released evaluation takes 0.4.</value>
    public double Threshold { get; init; } = 0.5;

    internal override WindowAverage Average => WindowAverage.Probabilities;

    internal override double TrainingBytesPerVoxel => Kept * BaseChannels;

    internal override double ScoringBytesPerVoxel => Passing * BaseChannels;

    internal override string Describe() =>
        FormattableString.Invariant($"{Name}, {BaseChannels} base channels, {Patterns.Count} students, window {Patch}");

    internal override IEnumerable<string> Errors()
    {
        if (BaseChannels is < 8 or > 64 || BaseChannels % 8 != 0)
            yield return $"Architecture.BaseChannels is {BaseChannels}; expected a multiple of 8 from 8 to 64.";
        if (DiscriminatorChannels is < 1 or > 512)
            yield return $"Architecture.DiscriminatorChannels is {DiscriminatorChannels}; expected 1 to 512.";
        if (!(Dropout is >= 0 and < 1))
            yield return FormattableString.Invariant($"Architecture.Dropout is {Dropout}; expected 0 to below 1.");
        if (Patterns.Count == 0)
            yield return "Architecture.Patterns is empty; expected at least one incomplete subset of the scans, for example Flair.";
        if (!(Threshold is > 0 and < 1))
            yield return FormattableString.Invariant($"Architecture.Threshold is {Threshold}; expected above 0 to below 1.");
        for (int axis = 0; axis < 3; axis++)
        {
            if (Patch[axis] is < 16 or > 512 || Patch[axis] % 8 != 0)
                yield return $"Architecture.Patch is {Patch}; each side must be a multiple of 8 from 16 to 512, found {Patch[axis]}.";
        }
    }
}
