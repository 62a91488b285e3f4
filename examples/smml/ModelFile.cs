using Microsoft.ML;

namespace Smml.MLNet.CommandLine;

/// <summary>Saved models.</summary>
internal static class ModelFile
{
    /// <summary>Loads a model and proves that its weights are whole.</summary>
    /// <exception cref="InvalidDataException">The file is no model of this library, or it is damaged.</exception>
    public static (ITransformer Model, SegmentationModelInfo Info) Load(MLContext ml, string path)
    {
        try
        {
            ITransformer model = ml.Model.Load(path, out _);
            return (model, ml.Segmentation.Describe(model));
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or OutOfMemoryException))
        {
            throw new InvalidDataException(
                $"{path}: this is no model of Smml.MLNet, or it is damaged ({Fault.Unwrap(exception).Message.TrimEnd('.')}). "
                + "Take the file from its source again, or train again with 'smml train'.",
                exception);
        }
    }

    /// <summary>Whether a model may take the place of a file: there is none, or it is a zip as models are.</summary>
    public static bool MayReplace(string path)
    {
        if (!File.Exists(path))
            return true;
        using FileStream file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[2];
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual("PK"u8);
    }

    /// <summary>Saves a model; an existing file is replaced only when the new one is complete.</summary>
    public static void Save(MLContext ml, ITransformer model, DataViewSchema schema, string path)
    {
        string partial = path + ".partial";
        try
        {
            ml.Model.Save(model, schema, partial);
            File.Move(partial, path, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }
}
