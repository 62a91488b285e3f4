using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Smml.MLNet.Distributed;

namespace Smml.MLNet.Training;

/// <summary>Whether the processes of a training were started with the same version, options and data.</summary>
internal static class RankAgreement
{
    /// <summary>Compares every process with the first one.</summary>
    /// <param name="ranks">The processes.</param>
    /// <param name="options">How the best epoch is used.</param>
    /// <param name="state">Seed, device, what decides the best epoch.</param>
    /// <param name="settings">Everything else that decides the result.</param>
    /// <param name="cases">The cases in the order of the data.</param>
    /// <exception cref="InvalidOperationException">They differ; the message says in what. It is the same in every process.</exception>
    public static void Check(
        TrainingRanks ranks,
        SegmentationTrainerOptions options,
        TrainingState state,
        JsonObject settings,
        IReadOnlyList<CaseFingerprint> cases)
    {
        if (!ranks.AreSeveral)
            return;
        JsonObject own = (JsonObject)settings.DeepClone();
        own["version"] = ModelEnvironment.LibraryVersion;
        own["seed"] = state.Seed;
        own["device"] = state.Device.type.ToString();
        own["bestEpoch"] = state.BestCriterion;
        own["useBestWeights"] = options.Validation?.UseBestWeights;
        string text = own.ToJsonString(), data = JsonSerializer.Serialize(cases);
        string[] hashes = ranks.OfAll(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text + data))));
        if (hashes.All(hash => hash == hashes[0]))
            return;
        (string firstText, string firstData) = (ranks.OfFirst(() => text), ranks.OfFirst(() => data));
        string difference = string.Join("; ", new[]
        {
            CheckpointSettings.Difference(own, (JsonObject)JsonNode.Parse(firstText)!),
            CheckpointSettings.Difference(cases, JsonSerializer.Deserialize<CaseFingerprint[]>(firstData)!),
        }.Where(part => part.Length > 0));
        string[] all = ranks.OfAll(difference);
        int rank = Array.FindIndex(all, one => one.Length > 0);
        throw new InvalidOperationException(
            $"The processes do not train the same model: rank {rank} differs from rank 0: {all[rank]} (as rank 0 has it). "
            + "Start every process with the same command, version and data.");
    }
}
