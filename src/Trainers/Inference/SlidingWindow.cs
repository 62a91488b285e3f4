using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Inference;

/// <summary>Where the windows of a volume begin, and the weighted mean of what is predicted in them.</summary>
internal static class SlidingWindow
{
    private const double LeastWeight = 1e-3, DeviationsPerWindow = 8;

    /// <summary>Starts along one axis: multiples of the stride, and the last window flush with the end.</summary>
    /// <param name="length">Voxels along the axis; at least the window.</param>
    /// <param name="window">Voxels of the window.</param>
    /// <param name="overlap">Share of the window that neighbours share; 0.5 gives the released code's stride of half a window.</param>
    public static int[] Starts(int length, int window, double overlap)
    {
        if (length < window)
            throw new ArgumentOutOfRangeException(nameof(length), length, $"An axis must have at least the {window} voxels of the window; pad it first.");
        int stride = Math.Max(1, (int)Math.Round(window * (1 - overlap)));
        int count = (length - window + stride - 1) / stride;
        return [.. Enumerable.Range(0, count).Select(index => index * stride), length - window];
    }

    /// <summary>The starts of every window, first axis slowest.</summary>
    public static IEnumerable<(int X, int Y, int Z)> Windows(VolumeShape shape, VolumeShape window, double overlap) =>
        from x in Starts(shape.X, window.X, overlap)
        from y in Starts(shape.Y, window.Y, overlap)
        from z in Starts(shape.Z, window.Z, overlap)
        select (x, y, z);

    /// <summary>How much a prediction counts at each place of the window: (X, Y, Z).</summary>
    public static Tensor Weights(VolumeShape window, WindowBlending blending)
    {
        using DisposeScope scope = NewDisposeScope();
        return (blending == WindowBlending.Constant ? ones([window.X, window.Y, window.Z])
            : (Bell(window.X).view(-1, 1, 1) * Bell(window.Y).view(1, -1, 1) * Bell(window.Z).view(1, 1, -1)).AtLeast(LeastWeight)).MoveToOuterDisposeScope();

        static Tensor Bell(int length)
        {
            double middle = (length - 1) / 2.0, deviation = length / DeviationsPerWindow;
            return tensor(Enumerable.Range(0, length).Select(i => (float)Math.Exp(-(i - middle) * (i - middle) / (2 * deviation * deviation))).ToArray());
        }
    }

    /// <summary>Predicts the windows and divides the weighted sums by the sum of the weights.</summary>
    /// <param name="image">(C, X, Y, Z).</param>
    /// <param name="plan">Which windows there are.</param>
    /// <param name="passes">How many predictions of each map a window has, a number a map.</param>
    /// <param name="classes">K, the channels of a map.</param>
    /// <param name="predict">Given windows (B, C, x, y, z) on the device, and where to add a prediction (B, K, x, y, z) of a map by its index.</param>
    /// <param name="device">Where windows are summed.</param>
    /// <returns>(K, X, Y, Z) a map; where no window was predicted, channel 0 is 1 and the others are 0.</returns>
    public static Tensor[] Mean(Tensor image, Plan plan, IReadOnlyList<int> passes, int classes, Action<Tensor, Action<int, Tensor>> predict, Device device)
    {
        using DisposeScope scope = NewDisposeScope();
        VolumeShape shape = new((int)image.shape[1], (int)image.shape[2], (int)image.shape[3]);
        Tensor weights = Weights(plan.Window, plan.Blending).to(image.dtype).to(device);
        Tensor visits = zeros([1, shape.X, shape.Y, shape.Z], dtype: image.dtype, device: device);
        Tensor[] sums = [.. passes.Select(_ => zeros([classes, shape.X, shape.Y, shape.Z], dtype: image.dtype, device: device))];
        foreach ((int X, int Y, int Z)[] starts in plan.Starts(shape).Chunk(plan.BatchSize))
        {
            plan.BeforeEach?.Invoke();
            using DisposeScope step = NewDisposeScope();
            Tensor windows = stack([.. starts.Select(start => Part(image, start, plan.Window))]).to(device);
            predict(windows, (map, predictions) =>
            {
                using DisposeScope addition = NewDisposeScope();
                for (int i = 0; i < starts.Length; i++)
                    Part(sums[map], starts[i], plan.Window).Accumulate(Weighted(predictions[i].to(device)));
            });
            foreach ((int X, int Y, int Z) start in starts)
                Part(visits, start, plan.Window).Accumulate(weights);
        }

        Tensor unseen = visits.eq(zeros_like(visits)).to(visits.dtype);
        visits.Accumulate(unseen); // else 0 / 0
        for (int map = 0; map < sums.Length; map++)
        {
            using Tensor sum = sums[map], count = visits.Times(passes[map]); // with 15 subsets the sums are the largest thing in memory
            Tensor mean = sum / count;
            mean.narrow(0, 0, 1).Accumulate(unseen);
            sums[map] = mean.MoveToOuterDisposeScope();
        }

        return sums;

        // Weights of 1 change nothing.
        Tensor Weighted(Tensor prediction) => plan.Blending == WindowBlending.Constant ? prediction : prediction * weights;
    }

    private static Tensor Part(Tensor map, (int X, int Y, int Z) start, VolumeShape window) => map.narrow(1, start.X, window.X).narrow(2, start.Y, window.Y).narrow(3, start.Z, window.Z);

    /// <summary>Which windows are predicted, and how they are weighted.</summary>
    internal sealed record Plan(VolumeShape Window, double Overlap)
    {
        public int BatchSize { get; init; } = 1;

        public WindowBlending Blending { get; init; }

        /// <summary>(X, Y, Z) of booleans; windows in which it is false everywhere are left out. Null keeps all.</summary>
        public Tensor? Tissue { get; init; }

        /// <summary>Called before each pass; it ends the work by an exception.</summary>
        public Action? BeforeEach { get; init; }

        public IEnumerable<(int X, int Y, int Z)> Starts(VolumeShape shape) => Windows(shape, Window, Overlap).Where(HasTissue);

        private bool HasTissue((int X, int Y, int Z) start)
        {
            if (Tissue is null)
                return true;
            using DisposeScope scope = NewDisposeScope();
            return Part(Tissue.unsqueeze(0), start, Window).any().item<bool>();
        }
    }
}
