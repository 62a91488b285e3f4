using System.Text.Json.Serialization;
using Smml.MLNet.Methods.UNetMfi;

namespace Smml.MLNet;

/// <summary>The sizes of a U-Net-MFI network: a U-Net for each modality, which exchange features at five levels.</summary>
/// <remarks>Window: each side a multiple of 8 from 8 to 512; default 128x128x128, the patch of the released training. The weights do not
/// depend on it: the released evaluation has windows of 120x120x120. Source: Zhao, Yang and Sun, "Modality-Adaptive Feature Interaction for
/// Brain Tumor Segmentation with Missing Modalities" (MICCAI 2022), and its released code.</remarks>
public sealed record UNetMfiArchitecture : NetworkArchitecture
{
    // Training measured with 16 base channels and windows of 64^3, scoring counted.
    private const double Kept = 425, Passing = 80;

    /// <summary>Makes the published network.</summary>
    public UNetMfiArchitecture() => Patch = new(128, 128, 128);

    /// <summary>The published configuration: 32 base channels, patches of 128x128x128 voxels; 30,918,521 parameters with K = 4.</summary>
    /// <remarks>The released code has 3,200,640 more, three relations in each exchange that it never uses.</remarks>
    public static UNetMfiArchitecture Paper { get; } = new() { Name = "paper" };

    /// <summary>A network that trains on a laptop's CPU in minutes: 8 base channels, patches of 32x32x32 voxels.</summary>
    public static UNetMfiArchitecture Tiny { get; } = new()
    {
        Name = "tiny",
        BaseChannels = 8,
        Patch = new(32, 32, 32),
    };

    /// <inheritdoc/>
    [JsonIgnore]
    public override MethodName Method => UNetMfiMethod.MethodName;

    /// <summary>The channels of the finest level of each U-Net; each of the three levels below has twice as many as the one
    /// above.</summary>
    /// <value>A multiple of 8 from 8 to 64; the default is 32.</value>
    public int BaseChannels { get; init; } = 32;

    internal override double TrainingBytesPerVoxel => Kept * BaseChannels;

    internal override double ScoringBytesPerVoxel => Passing * BaseChannels;

    internal override string Describe() => $"{Name}, {BaseChannels} base channels, window {Patch}";

    internal override IEnumerable<string> Errors()
    {
        if (BaseChannels is < 8 or > 64 || BaseChannels % 8 != 0)
            yield return $"Architecture.BaseChannels is {BaseChannels}; expected a multiple of 8 from 8 to 64.";
        for (int axis = 0; axis < 3; axis++)
        {
            if (Patch[axis] is < 8 or > 512 || Patch[axis] % 8 != 0)
                yield return $"Architecture.Patch is {Patch}; each side must be a multiple of 8 from 8 to 512, found {Patch[axis]}.";
        }
    }
}
