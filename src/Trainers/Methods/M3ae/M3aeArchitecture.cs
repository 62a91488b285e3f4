using System.Text.Json.Serialization;
using Smml.MLNet.Methods.M3ae;

namespace Smml.MLNet;

/// <summary>The sizes of an M3AE network: a residual U-Net of all four scans, and the image that stands for missing ones.</summary>
/// <remarks>Window: each side a multiple of 16 from 16 to 512; default 128x128x128. The weights do not depend on it. Source: Liu et al.,
/// "M3AE: Multimodal Representation Learning for Brain Tumor Segmentation with Missing Modalities" (AAAI 2023).</remarks>
public sealed record M3aeArchitecture : NetworkArchitecture
{
    // Measured with 16 base channels: training with windows of 64^3 and 80^3 and two masks per sample (pre-training needs less than half of
    // it), scoring with windows of 64^3 and 96^3.
    private const double Kept = 210, Passing = 45;
    private const int SideStep = 16, LargestSide = 512, LargestImage = 1024;

    /// <summary>Makes the published network.</summary>
    public M3aeArchitecture() => Patch = new(128, 128, 128);

    /// <summary>The published configuration: 16 base channels, patches of 128x128x128 voxels, an image of 240x240x155 voxels; with K = 4
    /// 4,704,211 parameters and an image of 35,712,000 numbers in a zip.</summary>
    public static M3aeArchitecture Paper { get; } = new() { Name = "paper" };

    /// <summary>A network that trains on a laptop's CPU in minutes: 8 base channels, patches of 32x32x32 voxels, an image of 60x60x40
    /// voxels.</summary>
    public static M3aeArchitecture Tiny { get; } = new()
    {
        Name = "tiny",
        BaseChannels = 8,
        Patch = new(32, 32, 32),
        SubstituteShape = new(60, 60, 40),
    };

    /// <inheritdoc/>
    [JsonIgnore]
    public override MethodName Method => M3aeMethod.MethodName;

    /// <summary>The channels of the finest level; each of the three levels below has twice as many as the one above.</summary>
    /// <value>A multiple of 8 from 8 to 64; the default is 16.</value>
    public int BaseChannels { get; init; } = 16;

    /// <summary>The voxels of the image that stands for missing scans. It spans the whole volume from which a case was cropped: a voxel
    /// there takes the image's nearest voxel, and a voxel outside the one at the edge.</summary>
    /// <value>Each side 1 to 1024; default 240x240x155, which is a BraTS volume, voxel for voxel.</value>
    public VolumeShape SubstituteShape { get; init; } = new(240, 240, 155);

    /// <summary>Which part of that image stands for a missing scan in scoring.</summary>
    /// <value>Default <see cref="SubstitutePlacement.Frame"/>.</value>
    public SubstitutePlacement SubstitutePlacement { get; init; }

    /// <summary>The same sizes with the substitute image placed as a fidelity asks for.</summary>
    internal M3aeArchitecture For(Fidelity fidelity) =>
        fidelity == Fidelity.Reference ? this with { SubstitutePlacement = SubstitutePlacement.Crop } : this;

    internal override double TrainingBytesPerVoxel => Kept * BaseChannels;

    internal override double ScoringBytesPerVoxel => Passing * BaseChannels;

    internal override string Describe() =>
        $"{Name}, {BaseChannels} base channels, window {Patch}, substitute image {SubstituteShape} "
        + $"placed by the {(SubstitutePlacement == SubstitutePlacement.Frame ? "whole volume" : "crop")}";

    internal override IEnumerable<string> Errors()
    {
        if (BaseChannels is < 8 or > 64 || BaseChannels % 8 != 0)
            yield return $"Architecture.BaseChannels is {BaseChannels}; expected a multiple of 8 from 8 to 64.";
        for (int axis = 0; axis < 3; axis++)
        {
            if (Patch[axis] is < SideStep or > LargestSide || Patch[axis] % SideStep != 0)
                yield return $"Architecture.Patch is {Patch}; each side must be a multiple of {SideStep} from {SideStep} to {LargestSide}, "
                    + $"found {Patch[axis]}.";
        }

        for (int axis = 0; axis < 3; axis++)
        {
            if (SubstituteShape[axis] is < 1 or > LargestImage)
                yield return $"Architecture.SubstituteShape is {SubstituteShape}; each side must be 1 to {LargestImage}, "
                    + $"found {SubstituteShape[axis]}.";
        }

        if (!Enum.IsDefined(SubstitutePlacement))
            yield return $"Architecture.SubstitutePlacement is {SubstitutePlacement}; expected Frame or Crop.";
    }
}
