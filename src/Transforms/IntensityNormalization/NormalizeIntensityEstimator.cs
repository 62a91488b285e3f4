using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Transforms;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>Subtracts the mean of the tissue and divides by its standard deviation. Made by
/// <c>mlContext.Transforms.NormalizeIntensity</c>.</summary>
/// <remarks>Every voxel is transformed, so that the background becomes -mean/deviation; <see cref="Volume.Background"/> says so to later
/// stages.</remarks>
public sealed class NormalizeIntensityEstimator : StageEstimator
{
    internal const string Stage = "normalize-intensity";

    private NormalizeIntensityEstimator(TransformsCatalog catalog, StageDescription stage)
        : base(stage, stage.Build(catalog, new NormalizeIntensityFactory()))
    {
    }

    internal static NormalizeIntensityEstimator Create(TransformsCatalog catalog, NormalizeIntensityOptions options)
    {
        options.Validate();
        return new(catalog, new()
        {
            Header = StageHeader.Create(Stage, options),
            Inputs = options.Columns.Named(StageColumns.In, withLabel: false),
            Outputs = options.Columns.Named(StageColumns.Out, withLabel: false),
        });
    }

    internal static VolumeSet Normalize(VolumeSet volumes, NormalizeIntensityOptions options)
    {
        bool[]? common = options.Fidelity == Fidelity.Reference ? PositiveSum([.. volumes.Scans]) : null;
        return volumes.Select((modality, image) => ZScore(modality, image, common), label => label);
    }

    private static Volume ZScore(Modality modality, Volume image, bool[]? mask)
    {
        ReadOnlySpan<float> voxels = image.Voxels;
        long count = 0;
        double sum = 0;
        for (int i = 0; i < voxels.Length; i++)
        {
            if (mask is null ? voxels[i] == image.Background : !mask[i])
                continue;
            count++;
            sum += voxels[i];
        }

        double mean = sum / count, squares = 0;
        for (int i = 0; i < voxels.Length; i++)
        {
            if (mask is null ? voxels[i] != image.Background : mask[i])
                squares += (voxels[i] - mean) * (voxels[i] - mean);
        }

        double deviation = Math.Sqrt(squares / count); // population deviation, as in the released code
        if (!(deviation > 0) || !double.IsFinite(deviation))
        {
            string found = count == 0
                ? "no voxel is tissue"
                : FormattableString.Invariant($"the {count} tissue voxels have the mean {mean} and the standard deviation {deviation}");
            throw new InvalidDataException($"{image.Source ?? "The volume"} ({modality}): {found}, expected a finite deviation above 0. "
                + "Check that the file holds an image, or mark the scan as missing.");
        }

        float[] scores = new float[voxels.Length];
        for (int i = 0; i < voxels.Length; i++)
            scores[i] = (float)((voxels[i] - mean) / deviation);
        return image.WithVoxels(scores, (float)((image.Background - mean) / deviation));
    }

    private static bool[] PositiveSum(Volume[] images)
    {
        bool[] mask = new bool[images[0].Voxels.Length];
        for (int i = 0; i < mask.Length; i++)
        {
            double sum = 0;
            foreach (Volume image in images)
                sum += image.Voxels[i];
            mask[i] = sum > 0;
        }

        return mask;
    }
}

[CustomMappingFactoryAttribute("smml." + NormalizeIntensityEstimator.Stage + "/1")]
internal sealed class NormalizeIntensityFactory()
    : VolumeStageFactory<NormalizeIntensityOptions>(NormalizeIntensityEstimator.Stage, NormalizeIntensityEstimator.Normalize);
