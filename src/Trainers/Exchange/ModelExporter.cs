using Microsoft.ML;
using Smml.MLNet.Inference;
using Smml.MLNet.Networks;
using Smml.MLNet.Persistence;
using Smml.MLNet.WeightFiles;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Exchange;

/// <summary>Writes the weights of a model as files that the released code loads.</summary>
internal static class ModelExporter
{
    private static readonly string[] s_torch = [".pth", ".pt"];
    private const string SafeTensors = ".safetensors";

    /// <summary>Writes the files of a model.</summary>
    public static WeightExport Export(ITransformer model, string path)
    {
        string extension = Path.GetExtension(path);
        bool isTorch = s_torch.Contains(extension, StringComparer.OrdinalIgnoreCase);
        if (!isTorch && !extension.Equals(SafeTensors, StringComparison.OrdinalIgnoreCase))
            throw new ArgumentException($"{path}: found the extension '{extension}', expected .pth or {SafeTensors}.", nameof(path));
        StartingModel start = ModelReader.Start(model);
        SegmentationModelInfo info = start.Info;
        using DisposeScope scope = NewDisposeScope();
        WeightLayout layout = SegmentationMethods.Of(info.Architecture).Weights;
        TorchRuntime.Seed(info.Seed); // of what only training needs
        IReadOnlyList<SegmentationNetwork> networks =
            SegmentationMethods.Of(info.Architecture).CreateNetworks(info.Architecture, info.Convention, complete: true);
        NetworkWeights.Fill(networks, start.ReadWeights());
        string header = StageHeader.Create(SegmentStage.Name, info).Json;
        Count count = new();
        List<string> files = [];
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        foreach (WeightFileLayout file in layout.Files(info.Architecture))
        {
            string target = Path.Combine(folder, $"{Path.GetFileNameWithoutExtension(path)}{file.Suffix}{extension}");
            NamedWeights[] dictionaries =
                [.. file.Parts.Select(part => new NamedWeights(part.Name, Tensors(layout, info.Architecture, networks, part, count)))];
            Dictionary<string, string> texts = new() { [StoredModel.HeaderKey] = header, [StoredModel.PartKey] = file.Suffix };
            if (isTorch)
                TorchWriter.Write(target, dictionaries, texts);
            else
                SafeTensorsWriter.Write(target, Flat(dictionaries), texts);
            files.Add(target);
        }

        foreach (SegmentationNetwork network in networks)
            network.Dispose();
        return new(files, [.. Notes(info, file: layout.Files(info.Architecture)[0], count)]);
    }

    private static List<WeightTensor> Tensors(
        WeightLayout layout, NetworkArchitecture architecture, IReadOnlyList<SegmentationNetwork> networks, WeightPart part, Count count)
    {
        SegmentationNetwork network = networks.First(one => one.Name == part.Network);
        HashSet<string> scoring = [.. network.ScoringState().Select(pair => pair.Key)];
        Dictionary<string, Tensor> own = network.State()
            .Where(pair => pair.Key.StartsWith(part.Prefix, StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[part.Prefix.Length..], pair => pair.Value, StringComparer.Ordinal);
        List<WeightTensor> tensors = [];
        foreach ((string name, Tensor value) in own.Where(pair => !layout.IsOurs(pair.Key)))
        {
            if (!scoring.Contains(part.Prefix + name))
                count.Fresh++;
            tensors.Add(value.dtype == ScalarType.Int64
                ? WeightTensor.OfIntegers(name, value.shape, value.cpu().data<long>().ToArray())
                : WeightTensor.OfSingles(name, value.shape, () => value.detach().cpu().contiguous().data<float>().ToArray()));
        }

        Dictionary<string, long[]> shapes = own.ToDictionary(pair => pair.Key, pair => pair.Value.shape, StringComparer.Ordinal);
        foreach ((string name, long[] shape) in layout.Unused(architecture, shapes))
        {
            count.Unused++;
            long elements = shape.Aggregate(1L, (product, size) => product * size);
            tensors.Add(WeightTensor.OfSingles(name, shape, () => new float[elements]));
        }

        return tensors;
    }

    // One dictionary: its names; several: each behind the dictionary's.
    private static IEnumerable<WeightTensor> Flat(NamedWeights[] dictionaries) => dictionaries is [NamedWeights only]
        ? only.Tensors
        : dictionaries.SelectMany(one => one.Tensors.Select(tensor => tensor with { Name = $"{one.Key}.{tensor.Name}" }));

    private static IEnumerable<string> Notes(SegmentationModelInfo info, WeightFileLayout file, Count count)
    {
        yield return $"{info.Notice} The weights are under {string.Join(" and ", file.Parts.Select(part => $"'{part.Name}'"))}.";
        if (count.Fresh > 0)
        {
            yield return $"{count.Fresh} tensors that only training needs have fresh weights: a model does not keep them, and scoring does "
                + "not look at them.";
        }

        if (count.Unused > 0)
            yield return $"{count.Unused} tensors that the released network has and no output depends on are zeros.";
        foreach (string difference in SegmentationMethods.Of(info.Architecture).Weights.Differences(info.Architecture))
            yield return difference;
    }

    /// <summary>How many tensors are not the model's.</summary>
    private sealed class Count
    {
        public int Fresh { get; set; }

        public int Unused { get; set; }
    }
}
