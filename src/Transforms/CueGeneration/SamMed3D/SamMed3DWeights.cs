using Smml.MLNet.WeightFiles;

namespace Smml.MLNet.CueGeneration;

/// <summary>Opens the checkpoint of SAM-Med3D, whose weights onnxruntime maps from where they are.</summary>
internal static class SamMed3DWeights
{
    private const string Key = "model_state_dict";

    /// <summary>The weights: those under <c>model_state_dict</c>, or the only ones.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointFormatException">The file is damaged, of an older format, or holds no state dict.</exception>
    public static StateDict Open(string path)
    {
        WeightFile file = WeightFile.Open(path, "the downloaded checkpoint, for example sam_med3d_turbo.pth");
        string found = file.Kind == WeightFileKind.TorchLegacy ? "a checkpoint of the format before PyTorch 1.6" : "a safetensors file";
        if (file.Kind != WeightFileKind.TorchZip)
            throw new CheckpointFormatException(
                $"{path}: found {found}, expected the zip format. Download it again, or load it with PyTorch and save it with torch.save.");
        return StateDicts.Find(file).FirstOrDefault(weights => weights.Key == Key) ?? StateDicts.Choose(file);
    }
}
