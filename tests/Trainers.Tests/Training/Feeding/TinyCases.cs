using System.Buffers;
using Smml.MLNet.Training;

namespace Smml.MLNet.Tests.Training.Feeding;

/// <summary>Small cases with random voxels.</summary>
internal static class TinyCases
{
    public static VolumeShape Shape { get; } = new(11, 12, 13);

    public static SmmlTrainerOptions Options(int workers, int batch = 1, CancellationToken cancellation = default) => new()
    {
        Architecture = TinyProblem.Architecture with { Patch = new(16, 16, 16) },
        Epochs = 2,
        BatchSize = batch,
        Cases = new() { Workers = workers },
        CancellationToken = cancellation,
    };

    /// <summary>The feed of a training with these options and two masks per sample.</summary>
    public static SampleFeed Feed(
        SmmlTrainerOptions options, IReadOnlyList<TrainingCase> cases, bool withCues, int stepsPerEpoch, int seed) =>
        new(
            new()
            {
                Patch = options.Architecture.Patch,
                SamplesPerStep = options.BatchSize * options.GradientAccumulation,
                StepsPerEpoch = stepsPerEpoch,
                Epochs = options.Epochs,
                Seed = seed,
                Masks = 2,
                WithCues = withCues,
                Augmentation = options.Augmentation,
                Workers = options.Cases.Workers,
            },
            cases,
            options.CancellationToken);

    public static TrainingCase Case(int index, bool cues = false, VolumeShape? shape = null)
    {
        SplitMix64 random = new((ulong)index);
        VolumeShape own = shape ?? Shape;
        int count = (int)own.Count;
        byte[] Bytes(int last) => [.. Enumerable.Range(0, count).Select(_ => (byte)random.Integer(0, last))];
        Volume?[] scans =
        [
            .. Enumerable.Range(0, 4)
                .Select(m => m == index % 5
                    ? null
                    : new Volume(new(own, Affine.Identity), [.. Enumerable.Range(0, count).Select(_ => (float)random.Normal())])
                    {
                        Background = -m,
                    }),
        ];
        return TrainingCase.Of(
            $"case{index}",
            EngineScans.Set(scans),
            Bytes(3),
            LabelConvention.BraTS2018,
            cues ? new(own, 4, [.. Enumerable.Range(0, 16).Select(map => map == 7 ? null : Bytes(255))]) : null);
    }

    /// <summary>A case that tells when its patch is cut.</summary>
    public static TrainingCase Watched(Action cut, int index = 0)
    {
        TrainingCase one = Case(index);
        return new()
        {
            Name = one.Name,
            Shape = one.Shape,
            Frame = one.Frame,
            Convention = one.Convention,
            Scans = one.Scans,
            Classes = new WatchedMemory(one.Classes.ToArray(), cut).Memory,
        };
    }

    private sealed class WatchedMemory(byte[] bytes, Action read) : MemoryManager<byte>
    {
        public override Memory<byte> Memory => CreateMemory(bytes.Length);

        public override Span<byte> GetSpan()
        {
            read();
            return bytes;
        }

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin() => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
        }
    }
}
