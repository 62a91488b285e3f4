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
        string partial = $"{path}.{Guid.NewGuid():N}.partial";
        try
        {
            // Open until it has its name: what no process has open was left by a killed one.
            using FileStream file = new(partial, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete);
            RemoveAbandoned(path);
            ml.Model.Save(model, schema, file);
            file.Flush(flushToDisk: true);
            File.Move(partial, path, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static void RemoveAbandoned(string path)
    {
        string full = Path.GetFullPath(path);
        foreach (string partial in Directory.EnumerateFiles(Path.GetDirectoryName(full)!, "*.partial").Where(Belongs).ToArray())
        {
            try
            {
                using FileStream own = new(partial, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                File.Delete(partial);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // another process saves its model
            }
        }

        bool Belongs(string partial) => partial.StartsWith(full + ".", StringComparison.Ordinal)
            && partial.Length == full.Length + 1 + 32 + ".partial".Length;
    }
}
