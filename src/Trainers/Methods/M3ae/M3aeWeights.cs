using Smml.MLNet.Networks;

namespace Smml.MLNet.Methods.M3ae;

/// <summary>M3AE in files of the released code's second stage: one dictionary.</summary>
internal sealed class M3aeWeights : WeightLayout
{
    public override WeightSizes Sizes(IReadOnlyList<WeightShapes> parts, WeightChoices choices)
    {
        WeightShapes shapes = parts[0];
        int maps = shapes.Size("unet.up1conv.weight", 0);
        if (!shapes.HasPrefix("unet.ds_out."))
        {
            throw new CheckpointFormatException(
                $"{shapes.Source}: found the weights of M3AE's first stage, which reconstructs scans and cannot segment; expected those of "
                + "the second stage, which have unet.ds_out.0.weight. Give the file of the fine-tuned model.");
        }

        M3aeArchitecture architecture = new()
        {
            BaseChannels = shapes.Size("unet.conv1a.weight", 0),
            SubstituteShape = new(shapes.Size("limage", 4), shapes.Size("limage", 3), shapes.Size("limage", 2)),
        };
        architecture = architecture.For(choices.Fidelity);
        return new(
            choices.Patch is { } patch ? architecture with { Patch = patch } : architecture,
            maps + 1,
            architecture.SubstitutePlacement == SubstitutePlacement.Crop
                ? "The substitute image is placed by the crop, as the released evaluation does; the fidelity Corrected places it by the "
                    + "whole volume."
                : "The substitute image is placed by the whole volume; the fidelity Reference places it by the crop, as the released "
                    + "evaluation does.",
            "The released code scales each scan from its percentiles 1 and 99 to 0 and 1 (IntensityScaling.PercentileMinMax).");
    }

    public override bool IsOurs(string name) => name.StartsWith("reconstruction.", StringComparison.Ordinal);

    public override IEnumerable<string> Differences(NetworkArchitecture architecture) =>
        ((M3aeArchitecture)architecture).SubstitutePlacement == SubstitutePlacement.Crop ? [] :
        [
            "The model places the substitute image by the whole volume; the released evaluation places it by the crop and gives other "
            + "results where a scan is missing.",
        ];

    public override bool IsEncoder(string name) => ResidualUNet.IsEncoder(name);
}
