using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML;
using Smml.MLNet.Inference;

namespace Smml.MLNet.Cases;

/// <summary>What the result of a case depends on besides its files, as text.</summary>
internal static class ResultSettings
{
    private static readonly JsonSerializerOptions s_json = new() { Converters = { new JsonStringEnumConverter() } };

    /// <summary>The stages of the model with their options, its weights, the library, and the options of the run.</summary>
    public static string Of(ITransformer model, SegmentationEngine engine, params object?[] options) => JsonSerializer.Serialize(
        new object?[]
        {
            engine.Info.WeightsSha256,
            ModelEnvironment.LibraryVersion,
            StageReader.Read(model).Select(stage => stage.Header.Json),
            options,
        },
        s_json);
}
