using Smml.MLNet.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Inference;

/// <summary>The weighted mean over the windows of an image of what a function predicts.</summary>
internal static class WindowMeans
{
    public static Tensor Of(
        Tensor image,
        VolumeShape window,
        double overlap,
        Func<Tensor, Tensor> predict,
        int batch = 1,
        WindowBlending blending = WindowBlending.Constant)
    {
        VolumeShape shape = new((int)image.shape[1], (int)image.shape[2], (int)image.shape[3]);
        using WindowSums sums = new(shape, (int)image.shape[0], 1, window, blending, CPU, image.dtype);
        foreach ((int X, int Y, int Z)[] starts in SlidingWindow.Windows(shape, window, overlap).Chunk(batch))
        {
            sums.Add(0, predict(stack([.. starts.Select(start => TensorWindows.Part(image, start, window))])), starts);
            sums.Visit(starts);
        }

        return sums.Means([1])[0];
    }
}
