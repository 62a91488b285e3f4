namespace Smml.MLNet.Metrics;

/// <summary>Dice and HD95 averaged over lesions as the code of BraTS 2023 does: sums over the true lesions that count, divided by their
/// number and that of the false positives. No lesion at all scores 1 and 0.</summary>
/// <param name="Dice">0 to 1; NaN where there is nothing to score.</param>
/// <param name="Hd95">In mm; NaN where there is nothing to score.</param>
internal readonly record struct LesionWiseScore(double Dice, double Hd95)
{
    private static readonly bool[] s_member = [false, true];

    /// <summary>Scores two regions in one box, which has a margin of the dilation wherever the volume goes on.</summary>
    public static LesionWiseScore Of(BinaryMask predicted, BinaryMask truth, VolumeGrid grid, LesionOptions options)
    {
        // A dilated lesion is connected, so that the components of the dilated truth are the lesions and at the
        // same time where each of them catches predictions.
        ConnectedComponents lesions = ConnectedComponents.Of(truth.Dilate(options.DilationIterations)),
            found = ConnectedComponents.Of(predicted);
        long[] sizes = new long[lesions.Count + 1];
        HashSet<int>[] matches = [.. Enumerable.Range(0, lesions.Count + 1).Select(_ => new HashSet<int>())];
        for (int i = 0; i < lesions.Labels.Length; i++)
        {
            if (lesions.Labels[i] is not 0 and int lesion)
            {
                sizes[lesion] += truth.Voxels[i] ? 1 : 0;
                if (found.Labels[i] != 0)
                    matches[lesion].Add(found.Labels[i]);
            }
        }

        int falsePositives = found.Count - matches.SelectMany(one => one).Distinct().Count(), counted = 0;
        double dice = 0, distance = falsePositives * options.MissingDistance;
        for (int lesion = 1; lesion <= lesions.Count; lesion++)
        {
            if (sizes[lesion] * grid.VoxelVolume <= options.MinimumVolume)
                continue;
            counted++;
            LesionWiseScore one = matches[lesion].Count == 0
                ? new(0, options.MissingDistance)
                : Score(lesion, matches[lesion], lesions, found, truth, grid);
            dice += one.Dice;
            distance += one.Hd95;
        }

        return new(dice / (counted + falsePositives), distance / (counted + falsePositives));
    }

    // All predicted components that touch a lesion are its prediction, the whole of each; one component may serve two lesions.
    private static LesionWiseScore Score(
        int lesion, HashSet<int> matched, ConnectedComponents lesions, ConnectedComponents found, BinaryMask truth, VolumeGrid grid)
    {
        bool[] isMatched = new bool[found.Count + 1];
        foreach (int component in matched)
            isMatched[component] = true;
        byte[] p = new byte[truth.Voxels.Length], t = new byte[truth.Voxels.Length];
        for (int i = 0; i < p.Length; i++)
        {
            p[i] = isMatched[found.Labels[i]] ? (byte)1 : (byte)0;
            t[i] = truth.Voxels[i] && lesions.Labels[i] == lesion ? (byte)1 : (byte)0;
        }

        RegionCounts counts = RegionCounts.Of(p, t, truth.Shape, s_member, minimumPredicted: 0);
        BinaryMask ofPredicted = BinaryMask.Of(p, truth.Shape, counts.Box, s_member),
            ofTruth = BinaryMask.Of(t, truth.Shape, counts.Box, s_member);
        return new(2.0 * counts.Both / (counts.Predicted + counts.True), SurfaceDistance.Hd95(ofPredicted, ofTruth, grid.Affine.Spacing));
    }
}
