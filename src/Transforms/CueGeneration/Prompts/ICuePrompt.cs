namespace Smml.MLNet;

/// <summary>Decides where SAM-Med3D is clicked for a class.</summary>
/// <remarks>A prompt that looks at the expert segmentation makes cues that only training may use.</remarks>
public interface ICuePrompt
{
    /// <summary>What tells this prompt from others of its kind, for the cache: name and settings.</summary>
    string Key { get; }

    /// <summary>The next click for one class in one scan.</summary>
    /// <param name="request">What is known.</param>
    /// <returns>The click; null when there is nothing to click at, which ends the clicks for this map.</returns>
    CueClick? Next(CuePromptRequest request);
}

/// <summary>What a prompt may look at; all arrays are cubes, last axis fastest.</summary>
public sealed class CuePromptRequest
{
    /// <summary>Voxels along each side of the cube.</summary>
    public required int Side { get; init; }

    /// <summary>The scan, with mean 0 and deviation 1 over the tissue.</summary>
    public required IReadOnlyList<float> Image { get; init; }

    /// <summary>The voxels of the class, by the expert.</summary>
    public required IReadOnlyList<bool> Target { get; init; }

    /// <summary>The voxels of the class in a prediction; null where the rows have none.</summary>
    public IReadOnlyList<bool>? Predicted { get; init; }

    /// <summary>The mask after the clicks so far; null before the first.</summary>
    public IReadOnlyList<bool>? Found { get; init; }

    /// <summary>The class, 1 or more.</summary>
    public required int ClassIndex { get; init; }

    /// <summary>The scan's modality.</summary>
    public required Modality Modality { get; init; }

    /// <summary>Depends on the case, the class, the modality and the click: a prompt that draws seeds itself with it.</summary>
    public required long Seed { get; init; }
}
