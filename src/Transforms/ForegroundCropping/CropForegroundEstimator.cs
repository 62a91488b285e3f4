using Microsoft.ML;
using Microsoft.ML.Transforms;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>Crops the volumes of a row to one box around the tissue. Made by <c>mlContext.Transforms.CropForeground</c>.</summary>
public sealed class CropForegroundEstimator : StageEstimator
{
    internal const string Stage = "crop-foreground";

    private CropForegroundEstimator(TransformsCatalog catalog, StageDescription stage)
        : base(stage, stage.Build(catalog, new CropForegroundFactory()))
    {
    }

    internal static CropForegroundEstimator Create(TransformsCatalog catalog, CropForegroundOptions options)
    {
        options.Validate();
        return new(catalog, new()
        {
            Header = StageHeader.Create(Stage, options),
            Inputs = options.Columns.Named(StageColumns.In, withLabel: true),
            Outputs = options.Columns.Named(StageColumns.Out, withLabel: true),
        });
    }

    internal static VolumeSet Crop(VolumeSet volumes, CropForegroundOptions options)
    {
        ForegroundBox box = ForegroundBox.Find(volumes, options);
        return volumes.Select(volume => volume.Crop(box.X.Start, box.Y.Start, box.Z.Start, box.Shape));
    }
}

[CustomMappingFactoryAttribute("smml." + CropForegroundEstimator.Stage + "/1")]
internal sealed class CropForegroundFactory()
    : VolumeStageFactory<CropForegroundOptions>(CropForegroundEstimator.Stage, CropForegroundEstimator.Crop);
