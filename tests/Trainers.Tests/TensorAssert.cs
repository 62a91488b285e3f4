using Smml.MLNet.Networks;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests;

/// <summary>Tensors from reference arrays, and comparisons that say where they differ.</summary>
internal static class TensorAssert
{
    public static Tensor ToTensor(this NumpyArray array) => array.Type switch
    {
        "f8" => tensor(array.ToDouble(), array.Shape, dtype: ScalarType.Float64),
        "f4" => tensor(array.ToSingle(), array.Shape),
        "b1" => tensor(array.ToInt64(), array.Shape).to(ScalarType.Bool),
        _ => tensor(array.ToInt64(), array.Shape),
    };

    public static void Close(Tensor expected, Tensor actual, double tolerance, string what)
    {
        Assert.True(
            expected.shape.SequenceEqual(actual.shape),
            $"{what}: expected shape [{string.Join(", ", expected.shape)}], found [{string.Join(", ", actual.shape)}]");
        double difference = (expected.to(ScalarType.Float64) - actual.detach().to(ScalarType.Float64)).abs().max().item<double>();
        Assert.True(difference <= tolerance, $"{what}: the largest difference is {difference:g3}, allowed {tolerance:g3}");
    }

    /// <summary>Compares with an array of an archive that may be stored whole, under its name, or thinned, as <c>name_stride2</c> or
    /// <c>name_stride4</c>.</summary>
    /// <returns>False when the archive has neither.</returns>
    public static bool CloseAsStored(Dictionary<string, NumpyArray> expected, string name, Tensor actual, double tolerance)
    {
        foreach ((string key, int stride) in new[] { (name, 1), ($"{name}_stride2", 2), ($"{name}_stride4", 4) })
        {
            if (expected.TryGetValue(key, out NumpyArray? array))
            {
                Close(array.ToTensor(), actual.Thin(stride), tolerance, key);
                return true;
            }
        }

        return false;
    }

    /// <summary>Every n-th voxel of the last three axes.</summary>
    public static Tensor Thin(this Tensor map, int stride)
    {
        for (int axis = -3; axis < 0; axis++)
            map = map.slice(axis, 0, map.shape[^-axis], stride);
        return map;
    }

    public static void Close(double expected, double actual, double relative, string what) =>
        Assert.True(
            Math.Abs(expected - actual) <= relative * Math.Max(1e-6, Math.Abs(expected)), $"{what}: expected {expected}, found {actual}");

    /// <summary>Copies reference weights into a branch; every parameter of the branch must be there,
    /// dead reference parameters may be left.</summary>
    public static void Load(this SegmentationNetwork branch, Dictionary<string, NumpyArray> weights)
    {
        using IDisposable guard = no_grad();
        foreach ((string name, Tensor value) in branch.State())
        {
            if (name.EndsWith("num_batches_tracked", StringComparison.Ordinal))
                continue;
            Assert.True(weights.TryGetValue(name, out NumpyArray? array), $"the reference has no {name}");
            Assert.Equal(value.shape, array.Shape);
            value.copy_(array.ToTensor());
        }
    }

    /// <summary>The architecture whose weights an archive holds.</summary>
    public static SmmlArchitecture ArchitectureOf(Dictionary<string, NumpyArray> weights, NumpyArray input, int heads) => new()
    {
        Name = "reference",
        BaseChannels = (int)weights["flair_encoder.e1_c1.weight"].Shape[0],
        TransformerWidth = (int)weights["flair_pos"].Shape[2],
        FeedForwardWidth = (int)weights["multimodal_transformer.cross_ffn_list.0.fn.fn.net.0.weight"].Shape[0],
        AttentionHeads = heads,
        Dropout = 0,
        Patch = new((int)input.Shape[^3], (int)input.Shape[^2], (int)input.Shape[^1]),
        RefinementChannels = weights.TryGetValue("unet3d.encoder1.0.weight", out NumpyArray? unet) ? (int)unet.Shape[0] : 4,
        TokenLayout = TokenLayout.Reference,
    };
}
