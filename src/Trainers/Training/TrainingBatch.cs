using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>The tensors of one step.</summary>
internal sealed class TrainingBatch
{
    /// <summary>Scans (B, 4, X, Y, Z).</summary>
    public required Tensor Scans { get; init; }

    /// <summary>Classes (B, X, Y, Z), int64.</summary>
    public required Tensor Labels { get; init; }

    /// <summary>What branch 1 and branch 2 see, (B, 4) each. A branch that is alone sees the first, which is any of the 15 subsets with equal probability.</summary>
    public required IReadOnlyList<Tensor> Masks { get; init; }

    /// <summary>Which scans each sample has, (B, 4), on the CPU.</summary>
    public required Tensor Available { get; init; }

    /// <summary>Cues (B, K, 4, X, Y, Z), or null.</summary>
    public Tensor? Cues { get; init; }

    /// <summary>The modalities that some sample of the batch has.</summary>
    public required ModalitySet Present { get; init; }

    /// <summary>Cuts the patches of the drawn samples and puts them on the device.</summary>
    /// <param name="samples">Cases and draws.</param>
    /// <param name="patch">The network's window.</param>
    /// <param name="classes">K.</param>
    /// <param name="fidelity">Rotated-in corners take the background value, or -1 as in the released code.</param>
    /// <param name="withCues">Whether the refinement network trains.</param>
    /// <param name="device">Where the tensors go.</param>
    public static TrainingBatch Create(IReadOnlyList<(TrainingCase Source, PatchDraw Draw)> samples, VolumeShape patch, int classes, Fidelity fidelity, bool withCues, Device device)
    {
        int voxels = checked((int)patch.Count), batch = samples.Count;
        const int modalities = ModalitySet.ModalityCount;
        float[] scans = new float[batch * modalities * voxels];
        byte[] labels = new byte[batch * voxels];
        byte[]? cues = withCues ? new byte[batch * classes * modalities * voxels] : null;
        bool[] first = new bool[batch * modalities], second = new bool[first.Length], available = new bool[first.Length];
        ModalitySet present = ModalitySet.None;
        for (int b = 0; b < batch; b++)
        {
            (TrainingCase source, PatchDraw draw) = samples[b];
            int[] indices = PatchSampler.SourceIndices(source.Shape, patch, draw);
            PatchSampler.Map(source.Classes, indices, labels.AsSpan(b * voxels, voxels));
            foreach (Modality modality in source.Available)
            {
                int m = (int)modality;
                Volume scan = source.Scans[m]!;
                PatchSampler.Image(scan, indices, patch, draw, modality, fidelity == Fidelity.Reference ? -1 : scan.Background, scans.AsSpan(((b * modalities) + m) * voxels, voxels));
                (available[(b * modalities) + m], first[(b * modalities) + m], second[(b * modalities) + m]) = (true, draw.FirstMask.Contains(modality), draw.SecondMask.Contains(modality));
                present = present.With(modality);
                for (int k = 0; cues is not null && k < classes; k++)
                {
                    ReadOnlySpan<byte> map = source.Cues is null ? default : source.Cues.Map(k, modality);
                    if (!map.IsEmpty)
                        PatchSampler.Map(map, indices, cues.AsSpan(((((b * classes) + k) * modalities) + m) * voxels, voxels));
                }
            }
        }

        long[] space = [patch.X, patch.Y, patch.Z];
        return new()
        {
            Scans = tensor(scans, [batch, modalities, .. space]).to(device),
            Labels = tensor(labels, [batch, .. space]).to(ScalarType.Int64).to(device),
            Masks = [tensor(first, [batch, modalities]).to(device), tensor(second, [batch, modalities]).to(device)],
            Available = tensor(available, [batch, modalities]),
            Cues = cues is null ? null : tensor(cues, [batch, classes, modalities, .. space]).to(ScalarType.Float32).Over(255).to(device),
            Present = present,
        };
    }
}
