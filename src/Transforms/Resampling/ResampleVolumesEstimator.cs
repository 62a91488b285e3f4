using Microsoft.ML;
using Microsoft.ML.Transforms;
using Smml.MLNet.Geometry;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>Gives the volumes of a row another voxel size. Made by <c>mlContext.Transforms.ResampleVolumes</c>.</summary>
/// <remarks>The field of view stays: its outer voxel edges lie where they lay, and the number of voxels is rounded (the convention of
/// nnU-Net and scikit-image). Scans are interpolated linearly, labels take the nearest voxel. A volume that has the spacing already is
/// passed on, not copied. What a model finds is brought back to the grid of the file.</remarks>
public sealed class ResampleVolumesEstimator : StageEstimator
{
    internal const string Stage = "resample-volumes";

    private ResampleVolumesEstimator(TransformsCatalog catalog, StageDescription stage)
        : base(stage, stage.Build(catalog, new ResampleVolumesFactory()))
    {
    }

    internal static ResampleVolumesEstimator Create(TransformsCatalog catalog, ResampleVolumesOptions options)
    {
        options.Validate();
        return new(catalog, new()
        {
            Header = StageHeader.Create(Stage, options),
            Inputs = options.Columns.Named(StageColumns.In, withLabel: true),
            Outputs = options.Columns.Named(StageColumns.Out, withLabel: true),
        });
    }

    internal static VolumeSet Resample(VolumeSet volumes, ResampleVolumesOptions options)
    {
        VolumeGrid grid = SpacedGrid.Of(volumes.Grid, options.Spacing);
        if (grid == volumes.Grid)
            return volumes;
        if (grid.Shape.Count > VolumeFile.MaxVoxels)
        {
            throw new InvalidDataException(
                $"{volumes.Reference}: a spacing of {string.Join(" x ", options.Spacing)} mm gives {grid.Shape} voxels, "
                + $"expected at most {VolumeFile.MaxVoxels}. Ask for a larger spacing.");
        }

        return volumes.Select(
            (_, image) => image.OnFrame(SpacedGrid.Of(image.Grid, options.Spacing), LinearInterpolation.Resample(image, grid.Shape)),
            label =>
            {
                VolumeGrid target = SpacedGrid.Of(label.Grid, options.Spacing);
                return label.OnFrame(target, GridMap.Between(target, label.Grid).Take(label.Voxels, label.Background));
            });
    }
}

[CustomMappingFactoryAttribute("smml." + ResampleVolumesEstimator.Stage + "/1")]
internal sealed class ResampleVolumesFactory()
    : VolumeStageFactory<ResampleVolumesOptions>(ResampleVolumesEstimator.Stage, ResampleVolumesEstimator.Resample);
