using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>The tensors of one step, or of a part of one.</summary>
internal sealed class TrainingBatch
{
    /// <summary>Scans (B, 4, X, Y, Z).</summary>
    public required Tensor Scans { get; init; }

    /// <summary>Classes (B, X, Y, Z), int64.</summary>
    public required Tensor Labels { get; init; }

    /// <summary>The masks of the samples, (B, 4) each. Each mask by itself is any of the 15 subsets with equal probability.</summary>
    public required IReadOnlyList<Tensor> Masks { get; init; }

    /// <summary>Which scans each sample has, (B, 4), on the CPU.</summary>
    public required Tensor Available { get; init; }

    /// <summary>The first voxel of each patch in its preprocessed case.</summary>
    public required IReadOnlyList<(int X, int Y, int Z)> Starts { get; init; }

    /// <summary>Cues (B, K, 4, X, Y, Z), or null.</summary>
    public Tensor? Cues { get; init; }

    /// <summary>Puts samples on the device.</summary>
    /// <param name="samples">One or more, all with cues or all without.</param>
    /// <param name="patch">The network's window.</param>
    /// <param name="device">Where the tensors go.</param>
    public static TrainingBatch Create(IReadOnlyList<TrainingSample> samples, VolumeShape patch, Device device)
    {
        const int modalities = ModalitySet.ModalityCount;
        long[] space = [patch.X, patch.Y, patch.Z];
        bool withCues = samples[0].Cues is not null;
        return new()
        {
            Scans = Stack(samples, sample => sample.Scans, ScalarType.Float32, [modalities, .. space]).to(device),
            Labels = Stack(samples, sample => sample.Labels, ScalarType.Byte, space).to(device).to(ScalarType.Int64),
            Masks =
            [
                .. Enumerable.Range(0, samples[0].Masks.Count).Select(mask => Members(samples, sample => sample.Masks[mask]).to(device)),
            ],
            Starts = [.. samples.Select(sample => sample.Start)],
            Available = Members(samples, sample => sample.Available),
            Cues = withCues
                ? Stack(
                    samples,
                    sample => sample.Cues!,
                    ScalarType.Byte,
                    [samples[0].Cues!.LongLength / modalities / patch.Count, modalities, .. space])
                    .to(device)
                    .to(ScalarType.Float32)
                    .Over(255)
                : null,
        };
    }

    // (B, shape), copied once.
    private static Tensor Stack<T>(IReadOnlyList<TrainingSample> samples, Func<TrainingSample, T[]> part, ScalarType type, long[] shape)
        where T : unmanaged
    {
        Tensor all = empty([samples.Count, .. shape], type);
        for (int b = 0; b < samples.Count; b++)
        {
            using Tensor one = all[b];
            MemoryMarshal.AsBytes(part(samples[b]).AsSpan()).CopyTo(one.bytes);
        }

        return all;
    }

    private static Tensor Members(IReadOnlyList<TrainingSample> samples, Func<TrainingSample, ModalitySet> set) =>
        tensor(
            [.. from sample in samples from m in Enumerable.Range(0, ModalitySet.ModalityCount) select set(sample).Contains((Modality)m)],
            [samples.Count, ModalitySet.ModalityCount]);
}
