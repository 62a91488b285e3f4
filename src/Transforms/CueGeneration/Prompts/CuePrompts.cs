using System.Globalization;
using Smml.MLNet.CueGeneration;

namespace Smml.MLNet;

/// <summary>A random voxel of the expert's class; each further click a random voxel where the mask is wrong. The
/// default of the published validation.</summary>
/// <param name="seed">Which voxels are drawn; together with the case, the class and the modality it fixes them.</param>
public sealed class GroundTruthRandomClick(int seed = 0) : ICuePrompt
{
    /// <inheritdoc/>
    public string Key { get; } = string.Create(CultureInfo.InvariantCulture, $"ground-truth-random:{seed}");

    /// <inheritdoc/>
    public CueClick? Next(CuePromptRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        int[] wanted =
        [
            .. Enumerable.Range(0, request.Target.Count).Where(i => request.Target[i] != (request.Found is { } found && found[i])),
        ];
        if (wanted.Length == 0)
            return null;
        int voxel = wanted[SplitMix64.ForKey(seed, request.Seed).Integer(0, wanted.Length - 1)];
        return CueCubes.Click(voxel, request.Side, request.Target[voxel]);
    }
}

/// <summary>The voxel of the expert's class that is farthest from its border; each further click likewise in the larger of what is missing
/// and what is too much.</summary>
public sealed class GroundTruthCentreClick : ICuePrompt
{
    /// <inheritdoc/>
    public string Key => "ground-truth-centre";

    /// <inheritdoc/>
    public CueClick? Next(CuePromptRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        bool[] missing = [.. request.Target.Select((target, i) => target && request.Found?[i] != true)];
        bool[] surplus = [.. request.Target.Select((target, i) => !target && request.Found?[i] == true)];
        bool isInside = missing.Count(value => value) >= surplus.Count(value => value);
        return CueCubes.Deepest(isInside ? missing : surplus, request.Side) is { } voxel
            ? CueCubes.Click(voxel, request.Side, isInside)
            : null;
    }
}

/// <summary>The middle of the largest connected part of a prediction, for example of a first student: no
/// expert label is looked at for the click.</summary>
/// <remarks>Name the prediction's column in <see cref="GenerateCuesOptions.PredictionColumnName"/>.</remarks>
public sealed class PredictionCentreClick : ICuePrompt
{
    /// <inheritdoc/>
    public string Key => "prediction-centre";

    /// <inheritdoc/>
    public CueClick? Next(CuePromptRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Found is not null)
            return null; // without the truth it is not known where the mask is wrong
        bool[] predicted = request.Predicted?.ToArray()
            ?? throw new InvalidOperationException(
                "PredictionCentreClick needs a prediction, found none. Name its column in GenerateCuesOptions.PredictionColumnName.");
        return CueCubes.Deepest(CueCubes.LargestComponent(predicted, request.Side), request.Side) is { } voxel
            ? CueCubes.Click(voxel, request.Side)
            : null;
    }
}

/// <summary>The middle of the largest bright part of the scan: no label is looked at for the click. Every class gets the same click, so
/// only the whole tumour is meant, and only Flair, T2 and T1ce show it bright; T1 gets none.</summary>
/// <param name="share">The brightest share of the tissue that counts as bright, above 0 to 0.5.</param>
public sealed class IntensityClick(double share = 0.02) : ICuePrompt
{
    private readonly double _share = share is > 0 and <= 0.5
        ? share
        : throw new ArgumentOutOfRangeException(nameof(share), share, "Expected above 0 to 0.5.");

    /// <inheritdoc/>
    public string Key => string.Create(CultureInfo.InvariantCulture, $"intensity:{_share:R}");

    /// <inheritdoc/>
    public CueClick? Next(CuePromptRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Found is not null || request.Modality == Modality.T1)
            return null;
        float background = request.Image.Min();
        float[] tissue = [.. request.Image.Where(value => value > background).Order()];
        if (tissue.Length == 0)
            return null;
        float threshold = tissue[(int)((tissue.Length - 1) * (1 - _share))];
        bool[] bright = [.. request.Image.Select(value => value >= threshold)];
        return CueCubes.Deepest(CueCubes.LargestComponent(bright, request.Side), request.Side) is { } voxel
            ? CueCubes.Click(voxel, request.Side)
            : null;
    }
}
