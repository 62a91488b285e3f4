using System.Security.Cryptography;
using Microsoft.ML;

namespace Smml.MLNet.Service;

/// <summary>The model that answers. A request keeps the one with which it began; the next request gets the one that took over.</summary>
internal sealed class ModelSlot
{
    private volatile Loaded? _current;

    /// <summary>The model; null before the first was loaded.</summary>
    public Loaded? Current => _current;

    /// <summary>Why the file as it is now is not the model that answers; null if it is.</summary>
    public string? Fault { get; private set; }

    /// <summary>Loads a file with stock ML.NET, checks its weights, builds its networks, and lets it take over.</summary>
    /// <param name="path">The zip.</param>
    /// <exception cref="Exception">The file cannot be read or is no model; the model that answers stays.</exception>
    public void Load(string path)
    {
        try
        {
            MLContext ml = new();
            byte[] zip = File.ReadAllBytes(path); // a model is loaded from what was hashed, whatever happens to the file meanwhile
            using MemoryStream stream = new(zip, writable: false);
            ITransformer model = ml.Model.Load(stream, out _);
            ml.Segmentation.Describe(model);
            _current = new(ml.Segmentation.CreateSegmenter(model), Convert.ToHexStringLower(SHA256.HashData(zip)));
            Fault = null;
        }
        catch (Exception exception)
        {
            Fault = exception.GetBaseException().Message;
            throw;
        }
    }

    /// <summary>A model that is ready.</summary>
    /// <param name="Segmenter">Threads share it: weights are in memory once, and each call has buffers of its own: no pool of engines is
    /// needed.</param>
    /// <param name="Sha256">Of the zip.</param>
    internal sealed record Loaded(CaseSegmenter Segmenter, string Sha256);
}
