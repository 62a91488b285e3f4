using System.Text;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Smml.MLNet.Checksums;
using Smml.MLNet.Inference;
using Smml.MLNet.Networks;
using Smml.MLNet.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Persistence;

/// <summary>From the header and the weights of a zip to an engine.</summary>
internal static class ModelReader
{
    private static readonly JsonSerializerOptions s_json = StageHeader.JsonWith(
        new MethodPartReader<NetworkArchitecture>(method => method.ArchitectureType),
        new MethodPartReader<LossOptions>(method => method.LossType));

    /// <summary>Names a model within this process, with what is to compute it; the header holds the hash of the weights.</summary>
    public static string Key(ReadOnlySpan<char> header) =>
        $"{Sha256.Hex(Encoding.UTF8.GetBytes(header.ToArray()))} {ScoringRuntime.Engine}";

    /// <summary>The engine of a saved model, from this process or made of the row's weights.</summary>
    public static SegmentationEngine Resolve(ReadOnlyMemory<char> header, Func<ReadOnlySpan<float>> weights)
    {
        SegmentationModelInfo info = ReadInfo(StageHeader.Parse(header));
        string[] errors = [.. info.Architecture.Errors()];
        if (errors.Length > 0)
            throw new InvalidDataException($"The model names an architecture that cannot be: {string.Join(" ", errors)}");
        return EngineCache.GetOrAdd(Key(header.Span), () =>
        {
            SegmentationMethod method = SegmentationMethods.Of(info.Architecture);
            NetworkGraph? graph = method.CreateGraph(info.Architecture, info.Convention);
            ScoringEngine engine = ScoringRuntime.Choose(info.Method.Title, graph is not null, SegmentationMethods.WithGraphs);
            ReadOnlySpan<float> numbers = weights();
            NetworkWeights.Verify(info, numbers);
            return engine == ScoringEngine.OnnxRuntime
                ? new OnnxEngine(info, graph!, numbers, ScoringRuntime.OnnxDevice())
                : Networks(info, method, numbers);
        });
    }

    /// <summary>What a header says about the model.</summary>
    /// <exception cref="InvalidDataException">The header belongs to another stage, has options that this version does not know, or names a
    /// method that it does not know.</exception>
    public static SegmentationModelInfo ReadInfo(StageHeader header) => header.Read<SegmentationModelInfo>(SegmentStage.Name, s_json);

    /// <summary>The networks of a fitted or loaded model; null if it has no segmentation stage.</summary>
    /// <exception cref="InvalidDataException">The header or the weights are damaged.</exception>
    public static SegmentationEngine? Engine(ITransformer model)
    {
        if (Fitted(model) is { } fitted)
            return fitted.Engine;
        return StageReader.Read(model).FirstOrDefault(stage => stage.Header.Stage == SegmentStage.Name) is { } stage
            ? Resolve(stage.Header.Json.AsMemory(), () => stage.ReadWeights())
            : null;
    }

    /// <summary>A model that was trained in this process; null for a loaded one.</summary>
    public static IFittedModel? Fitted(ITransformer model) => model switch
    {
        IFittedModel fitted => fitted,
        IEnumerable<ITransformer> chain => chain.Select(Fitted).FirstOrDefault(fitted => fitted is not null),
        _ => null,
    };

    /// <summary>What a fitted or loaded model is, and whether its weights are the ones that were saved.</summary>
    /// <exception cref="InvalidOperationException">The model has no segmentation stage.</exception>
    /// <exception cref="InvalidDataException">The header or the weights are damaged, or a newer version wrote them.</exception>
    public static SegmentationModelInfo Describe(ITransformer model)
    {
        if (Fitted(model) is { } fitted)
            return fitted.Engine.Info; // trained in this process: there are no saved weights to check
        StageInfo stage = Find(model);
        SegmentationModelInfo info = ReadInfo(stage.Header);
        NetworkWeights.Verify(info, stage.ReadWeights());
        return info;
    }

    /// <summary>A fitted or loaded model as the beginning of a training.</summary>
    /// <exception cref="InvalidOperationException">The model has no segmentation stage.</exception>
    /// <exception cref="InvalidDataException">The header or the weights are damaged, or a newer version wrote them.</exception>
    public static StartingModel Start(ITransformer model)
    {
        if (Fitted(model) is { } fitted)
            return new(fitted.Engine.Info, () => [.. fitted.Engine.WeightParts().SelectMany(part => part)]);
        StageInfo stage = Find(model);
        SegmentationModelInfo info = ReadInfo(stage.Header);
        NetworkWeights.Verify(info, stage.ReadWeights());
        return new(info, () => stage.ReadWeights().ToArray());
    }

    /// <summary>The model stage inside any fitted or loaded model.</summary>
    public static StageInfo Find(ITransformer model) =>
        StageReader.Read(model).FirstOrDefault(stage => stage.Header.Stage == SegmentStage.Name)
            ?? throw NoStage();

    /// <summary>What is wrong with a model of another kind.</summary>
    public static InvalidOperationException NoStage() => new(
        "The model has no segmentation stage: it was not trained by this library. "
        + "Load a zip that was saved from a chain that ends with ml.Segmentation.Trainers.Smml(...) "
        + "or another trainer of ml.Segmentation.");

    // Networks of the header's sizes in libtorch.
    private static TorchEngine Networks(SegmentationModelInfo info, SegmentationMethod method, ReadOnlySpan<float> weights)
    {
        Device device = TorchRuntime.ResolveDevice(TorchRuntime.GpuDeviceId, TorchRuntime.FallbackToCpu);
        using DisposeScope scope = NewDisposeScope();
        IReadOnlyList<SegmentationNetwork> networks = method.CreateNetworks(info.Architecture, info.Convention);
        NetworkWeights.Fill(networks, weights);
        foreach (SegmentationNetwork network in networks)
            network.DetachFromScope(); // the engine outlives this method
        return new TorchEngine(info, networks, device);
    }
}
