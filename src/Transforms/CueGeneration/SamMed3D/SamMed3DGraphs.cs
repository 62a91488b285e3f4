using Smml.MLNet.CueGeneration;
using Smml.MLNet.Files;
using Smml.MLNet.WeightFiles;

namespace Smml.MLNet;

/// <summary>Writes SAM-Med3D's graphs as ONNX files whose weights stay in the checkpoint, for other programs and for stock
/// <c>ApplyOnnxModel</c>.</summary>
public static class SamMed3DGraphs
{
    private static readonly string[] s_names = ["encoder", "decoder", "joint"];

    /// <summary>Writes <c>&lt;name&gt;.encoder.onnx</c>, <c>&lt;name&gt;.decoder.onnx</c> and <c>&lt;name&gt;.joint.onnx</c> beside a
    /// checkpoint; onnxruntime reads weights only from there.</summary>
    /// <param name="checkpointPath">The published checkpoint (<c>.pth</c>, architecture vit_b_ori).</param>
    /// <returns>The paths of encoder and decoder.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointFormatException">The file is damaged, of an older format, or of another network.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static (string Encoder, string Decoder) Link(string checkpointPath) => Link(checkpointPath, SamMed3DArchitecture.Published);

    internal static (string Encoder, string Decoder) Link(string checkpointPath, SamMed3DArchitecture architecture)
    {
        StateDict checkpoint = SamMed3DWeights.Open(checkpointPath);
        (string Path, byte[] Bytes)[] graphs =
        [
            .. s_names.Select(name =>
                (Path.ChangeExtension(checkpointPath, $".{name}.onnx"), GraphLinker.Link(architecture.ReadGraph(name), checkpoint))),
        ];
        foreach ((string path, byte[] bytes) in graphs)
            SafeFile.Replace(path, file => file.Write(bytes));
        return (graphs[0].Path, graphs[1].Path);
    }
}
