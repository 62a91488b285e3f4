using Microsoft.ML;
using Microsoft.ML.Transforms;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>Takes scans away, always the same ones, to see how a model does without them. Made by <c>mlContext.Transforms.DropModalities</c>.</summary>
public sealed class DropModalitiesEstimator : StageEstimator
{
    internal const string Stage = "drop-modalities";

    private DropModalitiesEstimator(TransformsCatalog catalog, StageDescription stage)
        : base(stage, stage.Build(catalog, new DropModalitiesFactory()))
    {
    }

    internal static DropModalitiesEstimator Create(TransformsCatalog catalog, DropModalitiesOptions options)
    {
        options.Validate();
        return new(catalog, new()
        {
            Header = StageHeader.Create(Stage, options),
            Inputs = options.Columns.Named(StageColumns.In, withLabel: false),
            Outputs = options.Columns.Named(StageColumns.Out, withLabel: false),
        });
    }

    internal static VolumeSet Drop(VolumeSet volumes, DropModalitiesOptions options) =>
        volumes.SelectImages((modality, image) => options.Missing.Contains(modality) ? null : image);
}

[CustomMappingFactoryAttribute("smml." + DropModalitiesEstimator.Stage + "/1")]
internal sealed class DropModalitiesFactory() : VolumeStageFactory<DropModalitiesOptions>(DropModalitiesEstimator.Stage, DropModalitiesEstimator.Drop);
