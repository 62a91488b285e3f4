using Microsoft.ML;
using Microsoft.ML.Transforms;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>Takes scans away, always the same ones, to see how a model does without them. Made by
/// <c>mlContext.Transforms.DropModalities</c>.</summary>
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
}

/// <summary>The mapping. A row may lose its last scan here; the next stage that needs one refuses it.</summary>
[CustomMappingFactoryAttribute("smml." + DropModalitiesEstimator.Stage + "/1")]
internal sealed class DropModalitiesFactory : CustomMappingFactory<VolumeStageInput, VolumeStageOutput>
{
    public override Action<VolumeStageInput, VolumeStageOutput> GetMapping() => Map;

    private static void Map(VolumeStageInput input, VolumeStageOutput output)
    {
        DropModalitiesOptions options = StageHeader.Parse(input.Header).Read<DropModalitiesOptions>(DropModalitiesEstimator.Stage);
        Volume?[] scans = input.ToScans();
        foreach (Modality modality in options.Missing)
            scans[(int)modality] = null;
        output.Set(scans, input.Label);
    }
}
