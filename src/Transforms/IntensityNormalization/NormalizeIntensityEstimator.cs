using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Transforms;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet;

/// <summary>Scales the intensities of each scan: by default it subtracts the mean of the tissue and divides by its standard deviation.
/// Made by <c>mlContext.Transforms.NormalizeIntensity</c>.</summary>
/// <remarks>Every voxel is transformed, the background too (with a z-score it becomes -mean/deviation); <see cref="Volume.Background"/>
/// says so to later stages.</remarks>
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
        return volumes.Select(
            (modality, image) => options.Scaling switch
            {
                IntensityScaling.MinMax => MinMax(modality, image, Range(image.Voxels)),
                IntensityScaling.PercentileMinMax => MinMax(modality, image, Percentiles(modality, image, common, 1, 99)),
                IntensityScaling.ClippedZScore =>
                    ZScore(modality, ClipTissue(image, common, Percentiles(modality, image, common, 0.2, 99.8)), common),
                _ => ZScore(modality, image, common),
            },
            label => label);
    }

    private static Volume MinMax(Modality modality, Volume image, (double Low, double High) range)
    {
        (double low, double high) = range;
        if (!(high > low) || !double.IsFinite(high - low))
        {
            throw new InvalidDataException(FormattableString.Invariant(
                $"{image.Source ?? "The volume"} ({modality}): found intensities from {low} to {high}, expected a finite range above 0. ")
                + "Check that the file holds an image, or mark the scan as missing.");
        }

        ReadOnlySpan<float> voxels = image.Voxels;
        float[] scaled = new float[voxels.Length];
        for (int i = 0; i < voxels.Length; i++)
            scaled[i] = Scale(voxels[i]);
        return image.WithVoxels(scaled, Scale(image.Background));

        float Scale(float value) => (float)((Math.Clamp(value, low, high) - low) / (high - low));
    }

    private static (double Low, double High) Range(ReadOnlySpan<float> voxels) =>
        (TensorPrimitives.Min(voxels), TensorPrimitives.Max(voxels));

    // Linear between neighbours, as NumPy's.
    private static (double Low, double High) Percentiles(Modality modality, Volume image, bool[]? mask, double low, double high)
    {
        ReadOnlySpan<float> voxels = image.Voxels;
        List<float> tissue = [];
        for (int i = 0; i < voxels.Length; i++)
        {
            if (IsTissue(voxels[i], image.Background, mask, i))
                tissue.Add(voxels[i]);
        }

        if (tissue.Count == 0)
        {
            throw new InvalidDataException($"{image.Source ?? "The volume"} ({modality}): no voxel is tissue, expected an image. "
                + "Check that the file holds an image, or mark the scan as missing.");
        }

        tissue.Sort();
        return (At(low), At(high));

        double At(double percent)
        {
            double rank = percent / 100 * (tissue.Count - 1);
            int below = (int)rank, above = Math.Min(below + 1, tissue.Count - 1);
            return tissue[below] + ((rank - below) * (tissue[above] - (double)tissue[below]));
        }
    }

    private static Volume ClipTissue(Volume image, bool[]? mask, (double Low, double High) range)
    {
        float[] clipped = image.Voxels.ToArray();
        for (int i = 0; i < clipped.Length; i++)
        {
            if (IsTissue(clipped[i], image.Background, mask, i))
                clipped[i] = (float)Math.Clamp(clipped[i], range.Low, range.High);
        }

        return image.WithVoxels(clipped, image.Background);
    }

    private static bool IsTissue(float value, float background, bool[]? mask, int voxel) =>
        mask is null ? value != background : mask[voxel];

    private static Volume ZScore(Modality modality, Volume image, bool[]? mask)
    {
        ReadOnlySpan<float> voxels = image.Voxels;
        long count = 0;
        double sum = 0;
        for (int i = 0; i < voxels.Length; i++)
        {
            if (!IsTissue(voxels[i], image.Background, mask, i))
                continue;
            count++;
            sum += voxels[i];
        }

        double mean = sum / count, squares = 0;
        for (int i = 0; i < voxels.Length; i++)
        {
            if (IsTissue(voxels[i], image.Background, mask, i))
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
