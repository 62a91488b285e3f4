using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet;

/// <summary>Arithmetic between a tensor and a number, and sums of tensors, safe from the garbage collector.</summary>
/// <remarks>
/// TorchSharp 0.107.0 passes a number to native code as a heap object whose finalizer frees it, and nothing keeps that object alive during
/// the call: where a collection comes in between, the operation reads freed memory and computes with garbage or fails. The operators
/// <c>t + u</c> (a hidden factor of 1), <c>t + 1</c>, <c>2 * t</c> and <c>t / 2</c> and <c>square()</c> are all of this kind, as is its
/// Adam; BannedSymbols.txt keeps them out of the library. Here every number lives until its call has returned. Differences, products and
/// quotients of tensors are safe as they are.
/// </remarks>
internal static class ScalarMath
{
    public static Tensor Plus(this Tensor tensor, Tensor other)
    {
        using Scalar one = 1;
        return tensor.add(other, one);
    }

    public static Tensor Plus(this Tensor tensor, double number)
    {
        using Scalar value = number, one = 1;
        return tensor.add(value, one);
    }

    public static Tensor Times(this Tensor tensor, double factor)
    {
        using Scalar value = factor;
        return tensor.mul(value);
    }

    public static Tensor Over(this Tensor tensor, double divisor)
    {
        using Scalar value = divisor;
        return tensor.div(value);
    }

    /// <summary>Adds in place and gives the same tensor back.</summary>
    public static Tensor Accumulate(this Tensor tensor, Tensor other)
    {
        using Scalar one = 1;
        return tensor.add_(other, one);
    }

    /// <summary>Adds in place and gives the same tensor back.</summary>
    public static Tensor Accumulate(this Tensor tensor, double number)
    {
        using Scalar value = number, one = 1;
        return tensor.add_(value, one);
    }

    public static Tensor AtLeast(this Tensor tensor, double minimum)
    {
        using Scalar value = minimum;
        return tensor.clamp_min(value);
    }

    public static Tensor Between(this Tensor tensor, double minimum, double maximum)
    {
        using Scalar low = minimum, high = maximum;
        return tensor.clamp(low, high);
    }

    /// <summary>1 where the tensor is positive, else 0, in the tensor's own type.</summary>
    public static Tensor IsPositive(this Tensor tensor)
    {
        using Scalar zero = 0;
        using Tensor positive = tensor.gt(zero);
        return positive.to(tensor.dtype);
    }

    /// <summary>Leaky ReLU in place.</summary>
    public static Tensor LeakyReluInPlace(this Tensor tensor, double slope)
    {
        using Scalar value = slope;
        return tensor.leaky_relu_(value);
    }
}
