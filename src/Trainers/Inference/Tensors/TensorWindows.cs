using static TorchSharp.torch;

namespace Smml.MLNet.Inference;

/// <summary>Windows of tensors.</summary>
internal static class TensorWindows
{
    /// <summary>The part of a map (C, X, Y, Z) that a window covers.</summary>
    public static Tensor Part(Tensor map, (int X, int Y, int Z) start, VolumeShape window) =>
        map.narrow(1, start.X, window.X).narrow(2, start.Y, window.Y).narrow(3, start.Z, window.Z);

    /// <summary>How much a prediction counts at each place of the window: (X, Y, Z).</summary>
    public static Tensor Weights(VolumeShape window, WindowBlending blending) =>
        SlidingWindow.Weights(window, blending) is { } weights
            ? tensor(weights, [window.X, window.Y, window.Z])
            : ones([window.X, window.Y, window.Z]);
}
