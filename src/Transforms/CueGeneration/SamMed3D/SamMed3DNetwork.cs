using Microsoft.ML.OnnxRuntime;
using Smml.MLNet.WeightFiles;

namespace Smml.MLNet.CueGeneration;

/// <summary>SAM-Med3D on onnxruntime: encode an image once, then decode a mask for each prompt.
/// Sessions may be used by several threads.</summary>
internal sealed class SamMed3DNetwork : IDisposable
{
    private readonly InferenceSession _encoder;
    private readonly InferenceSession _decoder;
    private readonly SamMed3DArchitecture _architecture;
    private readonly RunOptions _run = new();

    private SamMed3DNetwork(InferenceSession encoder, InferenceSession decoder, SamMed3DArchitecture architecture) =>
        (_encoder, _decoder, _architecture) = (encoder, decoder, architecture);

    /// <summary>The sizes of the network.</summary>
    public SamMed3DArchitecture Architecture => _architecture;

    /// <summary>Opens a checkpoint; its weights are mapped from where they are.</summary>
    /// <param name="path">A <c>.pth</c> file.</param>
    /// <param name="architecture">The network that it belongs to.</param>
    /// <param name="threads">Threads of one run; null for onnxruntime's default, the physical cores.</param>
    /// <exception cref="CheckpointFormatException">The file is damaged or belongs to another network.</exception>
    public static SamMed3DNetwork FromCheckpoint(string path, SamMed3DArchitecture architecture, int? threads = null)
    {
        StateDict checkpoint = SamMed3DWeights.Open(Path.GetFullPath(path));
        string folder = Path.GetDirectoryName(checkpoint.File.Path)!;
        return Open(name => Session(GraphLinker.Link(architecture.ReadGraph(name), checkpoint), folder, threads), architecture, path);
    }

    /// <summary>Opens two ONNX files, for example those that <c>smml sam link</c> wrote.</summary>
    /// <param name="encoderPath">The encoder.</param>
    /// <param name="decoderPath">The decoder.</param>
    /// <param name="architecture">The network that they belong to.</param>
    /// <param name="threads">Threads of one run; null for onnxruntime's default.</param>
    /// <exception cref="CheckpointFormatException">A file cannot be loaded, or has other inputs than the network.</exception>
    public static SamMed3DNetwork FromGraphs(string encoderPath, string decoderPath, SamMed3DArchitecture architecture, int? threads = null)
    {
        foreach (string path in new[] { encoderPath, decoderPath })
        {
            if (!File.Exists(path))
                throw new FileNotFoundException(
                    $"{path}: there is no such file. Give the ONNX files, or make them with 'smml sam link sam_med3d_turbo.pth'.", path);
        }

        return Open(name => Session(name == "encoder" ? encoderPath : decoderPath, threads), architecture, encoderPath);
    }

    /// <summary>The embedding of an image.</summary>
    /// <param name="image">Side^3 voxels, last axis fastest.</param>
    /// <returns>Width * grid^3 numbers.</returns>
    public float[] Encode(float[] image)
    {
        int g = _architecture.Grid, side = _architecture.Side;
        float[] embedding = new float[_architecture.EmbeddingWidth * g * g * g];
        Run(
            _encoder,
            [("image", image, [1, 1, side, side, side])],
            [("image_embedding", embedding, [1, _architecture.EmbeddingWidth, g, g, g])]);
        return embedding;
    }

    /// <summary>The mask of a prompt.</summary>
    /// <param name="embedding">Of <see cref="Encode"/>.</param>
    /// <param name="previous">The logits of the click before; zeros for the first click.</param>
    /// <param name="clicks">At least one click, in voxels of the image.</param>
    /// <returns>The logits at a quarter of the resolution, last axis fastest, and the predicted intersection over union.</returns>
    public (float[] Logits, float Quality) Decode(float[] embedding, float[] previous, IReadOnlyList<CueClick> clicks)
    {
        int g = _architecture.Grid, low = _architecture.LowSide;
        float[] logits = new float[low * low * low], quality = new float[1];
        Run(
            _decoder,
            [
                ("image_embedding", embedding, [1, _architecture.EmbeddingWidth, g, g, g]),
                ("mask_input", previous, [1, 1, low, low, low]),
                ("point_coords", [.. clicks.SelectMany(click => new float[] { click.X, click.Y, click.Z })], [1, clicks.Count, 3]),
                ("point_labels", [.. clicks.Select(click => click.IsInside ? 1f : 0f)], [1, clicks.Count]),
            ],
            [("low_res_logits", logits, [1, 1, low, low, low]), ("iou", quality, [1, 1])]);
        return (logits, quality[0]);
    }

    public void Dispose()
    {
        _encoder.Dispose();
        _decoder.Dispose();
        _run.Dispose();
    }

    private static SamMed3DNetwork Open(Func<string, InferenceSession> session, SamMed3DArchitecture architecture, string path)
    {
        OnnxRuntimeEnvironment.Initialize();
        InferenceSession? encoder = null;
        try
        {
            encoder = session("encoder");
            InferenceSession decoder = session("decoder");
            if (!encoder.InputMetadata.ContainsKey("image") || !decoder.InputMetadata.ContainsKey("point_coords"))
                throw new CheckpointFormatException(
                    $"{path}: found graphs with the inputs {string.Join(", ", encoder.InputMetadata.Keys)} and "
                    + $"{string.Join(", ", decoder.InputMetadata.Keys)}, expected SAM-Med3D's encoder (image) and decoder "
                    + "(image_embedding, mask_input, point_coords, point_labels). Make them with 'smml sam link'.");
            int[] image = encoder.InputMetadata["image"].Dimensions;
            if (image.Length != 5 || image[^1] != architecture.Side)
                throw new CheckpointFormatException(
                    $"{path}: found an image of [{string.Join(", ", image)}], expected [1, 1, {architecture.Side}, {architecture.Side}, "
                    + $"{architecture.Side}]. Make the graphs with 'smml sam link'.");
            return new(encoder, decoder, architecture);
        }
        catch (OnnxRuntimeException error)
        {
            encoder?.Dispose();
            throw new CheckpointFormatException(
                $"{path}: onnxruntime cannot load the network ({error.Message}). The weights must lie beside the graph: "
                + "download the checkpoint again, or link it again.",
                error);
        }
        catch
        {
            encoder?.Dispose();
            throw;
        }
    }

    private static InferenceSession Session(byte[] graph, string folder, int? threads)
    {
        using SessionOptions options = OnnxRuntimeEnvironment.CreateOptions(threads);
        options.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", folder);
        return new(graph, options);
    }

    private static InferenceSession Session(string path, int? threads)
    {
        using SessionOptions options = OnnxRuntimeEnvironment.CreateOptions(threads);
        return new(path, options);
    }

    private void Run(
        InferenceSession session,
        (string Name, float[] Values, long[] Shape)[] inputs,
        (string Name, float[] Values, long[] Shape)[] outputs)
    {
        OrtValue[] given = [.. inputs.Select(input => OrtValue.CreateTensorValueFromMemory(input.Values, input.Shape))];
        OrtValue[] taken = [.. outputs.Select(output => OrtValue.CreateTensorValueFromMemory(output.Values, output.Shape))];
        try
        {
            session.Run(_run, [.. inputs.Select(input => input.Name)], given, [.. outputs.Select(output => output.Name)], taken);
        }
        finally
        {
            foreach (OrtValue value in given.Concat(taken))
                value.Dispose();
        }
    }
}
