using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Smml.MLNet.Training;

/// <summary>What a checkpoint says about itself: versioned JSON before its tensors.</summary>
internal sealed class CheckpointHeader
{
    /// <summary>The newest format that this version writes and reads.</summary>
    public const int CurrentFormat = 2;

    // An unknown member must not be ignored silently: training would go on otherwise than it was.
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new LossValuesConverter(), new JsonStringEnumConverter() },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // a region that no case has scores NaN
    };

    public required int Format { get; init; }

    /// <summary>The version of the library that wrote the checkpoint.</summary>
    public required string Library { get; init; }

    /// <summary>The kind of device, for example <c>CPU</c>.</summary>
    public required string Device { get; init; }

    /// <summary>libtorch's threads; another number may change the last bits of sums.</summary>
    public required int Threads { get; init; }

    /// <summary>What decides the result, see <see cref="CheckpointSettings"/>.</summary>
    public required JsonObject Settings { get; init; }

    /// <summary>The seed of every random stream; those of masks and patches are keyed by it and the position.</summary>
    public required int Seed { get; init; }

    /// <summary>The cases in the order of the data.</summary>
    public required IReadOnlyList<CaseFingerprint> Cases { get; init; }

    /// <summary>Epochs done.</summary>
    public required int Epoch { get; init; }

    /// <summary>Steps done of the epoch that follows them.</summary>
    public required int Step { get; init; }

    /// <summary>The learning rate of the last step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Steps of the optimizers; one that acts in some epochs only has done those of them.</summary>
    public required long OptimizerSteps { get; init; }

    /// <summary>Parameters that have had no gradient yet, which the optimizer passes over.</summary>
    public required IReadOnlyList<string> Unmoved { get; init; }

    /// <summary>The labels of the terms whose sums over the epoch so far are the tensor <c>losses</c>.</summary>
    public required IReadOnlyList<string> LossNames { get; init; }

    /// <summary>The epochs that were finished.</summary>
    public required IReadOnlyList<TrainingEpoch> History { get; init; }

    /// <summary>What <see cref="Best"/> is chosen by.</summary>
    public required string BestCriterion { get; init; }

    /// <summary>The best epoch so far; null before the first is finished.</summary>
    public required BestEpoch? Best { get; init; }

    /// <summary>Seconds of training so far, over all processes.</summary>
    public required double Seconds { get; init; }

    /// <summary>Names, types and shapes of the tensors that follow, in this order.</summary>
    public required IReadOnlyList<CheckpointTensor> Tensors { get; init; }

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, s_json);

    /// <summary>Reads a header.</summary>
    /// <exception cref="NotSupportedException">A newer version wrote it.</exception>
    /// <exception cref="JsonException">It is not such a header.</exception>
    public static CheckpointHeader Parse(ReadOnlySpan<byte> json)
    {
        JsonNode? format = (JsonNode.Parse(json) as JsonObject)?["format"];
        if (format?.GetValue<int>() is > CurrentFormat and int newer)
            throw new NotSupportedException(
                $"it was written in format {newer}, this version reads up to {CurrentFormat}: update the package Smml.MLNet");
        return JsonSerializer.Deserialize<CheckpointHeader>(json, s_json) ?? throw new JsonException("it is empty");
    }
}

/// <summary>A tensor of a checkpoint.</summary>
internal sealed record CheckpointTensor(string Name, string Type, long[] Shape, long Bytes)
{
    public override string ToString() => $"{Name} {Type}[{string.Join(", ", Shape)}]";
}

/// <summary>A case and the SHA-256 of what is trained on: voxels, classes, cues.</summary>
internal sealed record CaseFingerprint(string Name, string Sha256);
