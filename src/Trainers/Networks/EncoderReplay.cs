using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Networks;

/// <summary>Runs encoders without keeping what their backward pass needs, and once more, one by one, when it is their turn there: less
/// memory, the same gradients.</summary>
internal sealed class EncoderReplay : IDisposable
{
    private readonly List<(nn.Module<Tensor, Tensor[]> Encoder, Tensor Scan, Tensor[] Levels)> _runs = [];

    /// <summary>The encoder's maps as the beginning of a graph of their own.</summary>
    public Tensor[] Run(nn.Module<Tensor, Tensor[]> encoder, Tensor scan)
    {
        Tensor[] levels;
        using (no_grad())
            levels = encoder.call(scan);
        _runs.Add(
            (encoder, scan.DetachFromDisposeScope(), [.. levels.Select(level => level.requires_grad_(true).DetachFromDisposeScope())]));
        return [.. levels.Select(level => level.alias())];
    }

    /// <summary>Carries the gradients of the maps, which a backward pass has left there, on to the weights of the encoders.</summary>
    /// <param name="precision">The precision of the first run.</param>
    public void Backward(TrainingPrecision precision)
    {
        foreach ((nn.Module<Tensor, Tensor[]> encoder, Tensor scan, Tensor[] levels) in _runs)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor[] gradients = [.. levels.Select(level => level.grad ?? zeros_like(level))];
            foreach (Tensor level in levels)
                level.Dispose();
            Tensor[] again;
            using (Autocast.Begin(precision, scan.device_type))
            using (NewDisposeScope()) // wrappers inside must not keep activations through the backward pass
                again = [.. encoder.call(scan).Select(level => level.MoveToOuterDisposeScope())];
            autograd.backward(again, gradients);
        }
    }

    public void Dispose()
    {
        foreach ((_, Tensor scan, Tensor[] levels) in _runs)
        {
            scan.Dispose();
            foreach (Tensor level in levels)
                level.Dispose();
        }
    }
}
