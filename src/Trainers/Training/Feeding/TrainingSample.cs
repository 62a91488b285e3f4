using Smml.MLNet.Networks;

namespace Smml.MLNet.Training;

/// <summary>One sample of a step in managed memory: what can be made ahead, on any thread, without libtorch.</summary>
internal sealed class TrainingSample
{
    /// <summary>Scans (4, X, Y, Z); 0 where one is missing.</summary>
    public required float[] Scans { get; init; }

    /// <summary>Classes (X, Y, Z).</summary>
    public required byte[] Labels { get; init; }

    /// <summary>Cues (K, 4, X, Y, Z), 255 for a probability of 1; null where the refinement network does not train.</summary>
    public byte[]? Cues { get; init; }

    /// <summary>Which scans the sample has.</summary>
    public required ModalitySet Available { get; init; }

    /// <summary>The subsets of its scans with which the sample is shown.</summary>
    public required IReadOnlyList<ModalitySet> Masks { get; init; }

    /// <summary>The first voxel of the patch in the preprocessed case.</summary>
    public required (int X, int Y, int Z) Start { get; init; }

    /// <summary>Where the preprocessed case lies in the whole volume.</summary>
    public CaseFrame Frame { get; init; }

    /// <summary>Along which axes the patch is mirrored.</summary>
    public FlipAxes Flips { get; init; }

    /// <summary>What was done to the intensities before mirroring: factors and offsets, of slice x of modality m at x * 4 + m; empty where
    /// nothing was.</summary>
    public (float[] Scale, float[] Shift) Intensity { get; init; } = ([], []);

    /// <summary>Begins the random stream of what a method itself draws about the sample.</summary>
    public ulong OwnSeed { get; init; }

    /// <summary>Cuts a patch.</summary>
    /// <param name="source">The case.</param>
    /// <param name="draw">Every random decision.</param>
    /// <param name="patch">The network's window.</param>
    /// <param name="fidelity">Rotated-in corners take the background value, or -1 as in the released code.</param>
    /// <param name="withCues">Whether the refinement network trains.</param>
    public static TrainingSample Cut(TrainingCase source, PatchDraw draw, VolumeShape patch, Fidelity fidelity, bool withCues)
    {
        const int modalities = ModalitySet.ModalityCount;
        int voxels = checked((int)patch.Count), classes = source.Convention.ClassCount;
        float[] scans = new float[modalities * voxels];
        byte[] labels = new byte[voxels];
        byte[]? cues = withCues ? new byte[classes * modalities * voxels] : null;
        int[] indices = PatchSampler.SourceIndices(source.Shape, patch, draw);
        PatchSampler.Map(source.Classes.Span, indices, patch, labels);
        ModalitySet available = source.Available;
        foreach (Modality modality in available)
        {
            int m = (int)modality;
            TrainingCase.Scan scan = source.Scans[m]!;
            PatchSampler.Image(
                scan.Voxels.Span,
                indices,
                patch,
                draw,
                modality,
                fidelity == Fidelity.Reference ? -1 : scan.Background,
                scans.AsSpan(m * voxels, voxels));
            for (int map = m; cues is not null && source.Cues is not null && map < classes * modalities; map += modalities)
            {
                if (!source.Cues[map].IsEmpty)
                    PatchSampler.Map(source.Cues[map].Span, indices, patch, cues.AsSpan(map * voxels, voxels));
            }
        }

        return new()
        {
            Scans = scans,
            Labels = labels,
            Cues = cues,
            Available = available,
            Masks = draw.Masks,
            Start = draw.Start,
            Frame = source.Frame,
            Flips = (draw.Flip.X ? FlipAxes.X : 0) | (draw.Flip.Y ? FlipAxes.Y : 0) | (draw.Flip.Z ? FlipAxes.Z : 0),
            Intensity = (draw.Scale, draw.Shift),
            OwnSeed = draw.OwnSeed,
        };
    }
}
