using Smml.MLNet.Tests.Methods;
using Smml.MLNet.WeightFiles;

namespace Smml.MLNet.Tests.Exchange;

/// <summary>Files as the released training scripts write them, made of the reference weights.</summary>
internal static class ReleasedWeights
{
    /// <summary>A file with the given dictionaries.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="dictionaries">Name and weights of each.</param>
    /// <param name="prefix">What stands before each name, as after training with DataParallel.</param>
    /// <param name="change">Changes the tensors of the first dictionary.</param>
    public static string Write(
        string path,
        IEnumerable<(string Name, Dictionary<string, NumpyArray> Weights)> dictionaries,
        string prefix = "",
        Action<Dictionary<string, (long[] Shape, float[] Values)>>? change = null)
    {
        List<NamedWeights> parts = [];
        foreach ((string name, Dictionary<string, NumpyArray> weights) in dictionaries)
        {
            Dictionary<string, (long[] Shape, float[] Values)> tensors =
                weights.ToDictionary(pair => pair.Key, pair => (pair.Value.Shape, pair.Value.ToSingle()));
            if (parts.Count == 0)
                change?.Invoke(tensors);
            const string Mean = ".running_mean";
            parts.Add(new(
                name,
                [
                    .. tensors.Select(pair => WeightTensor.OfSingles(prefix + pair.Key, pair.Value.Shape, pair.Value.Values)),
                    .. tensors.Keys.Where(tensor => tensor.EndsWith(Mean, StringComparison.Ordinal)).Select(tensor =>
                        WeightTensor.OfIntegers($"{prefix}{tensor[..^Mean.Length]}.num_batches_tracked", [], new long[] { 5 })),
                ]));
        }

        TorchWriter.Write(path, parts);
        return path;
    }

    /// <summary>The files of a method's reference weights.</summary>
    /// <param name="key">The method.</param>
    /// <param name="folder">Where to write.</param>
    public static string[] Write(string key, TemporaryFolder folder)
    {
        switch (key)
        {
            case "smml":
                return [.. Enumerable.Range(1, 2).Select(branch => Write(
                    folder[$"model{branch}_last.pth"],
                    [("state_dict", Fixtures.Archive($"smml_mini_branch{branch}_state.npz"))],
                    "module.",
                    AddUnused))];
            case "smunet":
                RivalFixture smunet = new("smunet");
                return
                [
                    Write(
                        folder["model_weights.pth"],
                        [
                            ("model_full", smunet.Archive("state_full.npz")),
                            ("model_missing", smunet.Archive("state_missing.npz")),
                            ("d_style", smunet.Archive("state_discriminator.npz")),
                        ]),
                ];
            default:
                RivalFixture fixture = new(key == "unet-mfi" ? "unet_mfi" : key);
                return
                [
                    Write(
                        folder["model_last.pth"],
                        [("state_dict", fixture.Archive(key == "m3ae" ? "state_stage2.npz" : "state.npz"))],
                        key is "rfnet" or "mmformer" ? "module." : ""),
                ];
        }
    }

    // A convolution per modality that the released network has for no purpose; the reference numbers do not hold them.
    private static void AddUnused(Dictionary<string, (long[] Shape, float[] Values)> tensors)
    {
        long[] shape = tensors["flair_encode_conv.weight"].Shape;
        (long width, long deepest) = (shape[0], shape[1]);
        foreach (string modality in new[] { "flair", "t1ce", "t1", "t2" })
        {
            tensors[$"{modality}_decode_conv.weight"] = ([deepest, width, 1, 1, 1], new float[deepest * width]);
            tensors[$"{modality}_decode_conv.bias"] = ([deepest], new float[deepest]);
        }
    }
}
