using System.Security.Cryptography;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using Smml.MLNet.Inference;

namespace Smml.MLNet.Persistence;

/// <summary>From the header and the weights of a zip to an engine.</summary>
internal static class SmmlModelReader
{
    /// <summary>Names a model within this process; the header holds the hash of the weights.</summary>
    public static string Key(ReadOnlySpan<char> header) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(header.ToArray())));

    /// <summary>The engine of a saved model, from this process or made of the row's weights.</summary>
    public static SmmlEngine Resolve(ReadOnlyMemory<char> header, Func<ReadOnlySpan<float>> weights)
    {
        SmmlModelInfo info = StageHeader.Parse(header).Read<SmmlModelInfo>(SmmlStage.Name);
        string[] errors = [.. info.Architecture.Errors()];
        if (errors.Length > 0)
            throw new InvalidDataException($"The model names an architecture that cannot be: {string.Join(" ", errors)}");
        return EngineCache.GetOrAdd(Key(header.Span), () =>
        {
            TorchSharp.torch.Device device = TorchRuntime.ResolveDevice(TorchRuntime.GpuDeviceId, TorchRuntime.FallbackToCpu);
            return SmmlWeights.Read(info, weights(), device);
        });
    }

    /// <summary>The networks of a fitted or loaded model; null where it has no SMML stage.</summary>
    /// <exception cref="InvalidDataException">The header or the weights are damaged.</exception>
    public static SmmlEngine? Engine(ITransformer model)
    {
        if (Fitted(model) is { } fitted)
            return fitted.Engine;
        return StageReader.Read(model).FirstOrDefault(stage => stage.Header.Stage == SmmlStage.Name) is { } stage ? Resolve(stage.Header.Json.AsMemory(), () => stage.ReadWeights()) : null;
    }

    /// <summary>The transformer of a model that was trained in this process; null for a loaded one.</summary>
    public static SmmlTransformer? Fitted(ITransformer model) => model switch
    {
        SmmlTransformer fitted => fitted,
        IEnumerable<ITransformer> chain => chain.Select(Fitted).FirstOrDefault(fitted => fitted is not null),
        _ => null,
    };

    /// <summary>The model stage inside any fitted or loaded model.</summary>
    public static StageInfo Find(ITransformer model) => StageReader.Read(model).FirstOrDefault(stage => stage.Header.Stage == SmmlStage.Name)
        ?? throw NoStage();

    /// <summary>What is wrong with a model of another kind.</summary>
    public static InvalidOperationException NoStage() => new("The model has no SMML stage: it was not trained by SmmlTrainer. Load a zip that was saved from a chain that ends with ml.Segmentation.Trainers.Smml(...).");
}
