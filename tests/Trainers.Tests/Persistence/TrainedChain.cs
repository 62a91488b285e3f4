using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;
using Smml.MLNet.Inference;
using Smml.MLNet.Persistence;
using Smml.MLNet.Phantom;

namespace Smml.MLNet.Tests.Persistence;

/// <summary>A whole chain, trained for one epoch on three phantoms and saved: made once for the tests that only look at it.</summary>
public sealed class TrainedChain : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TrainedChain()
    {
        PhantomDataset.Write(
            _folder["phantoms"], 3, seed: 5, missing: index => index == 1 ? ModalitySet.Of(Modality.T1) : ModalitySet.None);
        Cases = Context.Data.LoadBraTS(_folder["phantoms"]);
        Model = Chain(Context, Options()).Fit(Cases);
        Context.Model.Save(Model, Cases.Schema, ModelPath);
        Hashes = Score(Context, Model, Cases);
    }

    public MLContext Context { get; } = new(seed: 1);

    public IDataView Cases { get; }

    public ITransformer Model { get; }

    public string ModelPath => _folder["model.zip"];

    /// <summary>One line a case: its name and the hash of its segmentation, as the training process scores it.</summary>
    public string[] Hashes { get; }

    internal static SmmlTrainerOptions Options(int seed = 11) => new()
    {
        Architecture = TinyProblem.Architecture,
        Epochs = 1,
        StepsPerEpoch = 1,
        BatchSize = 1,
        Seed = seed,
        Losses = TinyProblem.FusedOnly,
    };

    internal static IEstimator<ITransformer> Chain(MLContext ml, SmmlTrainerOptions options) =>
        ml.Transforms.LoadVolumes()
            .Append(ml.Transforms.CropForeground())
            .Append(ml.Transforms.NormalizeIntensity())
            .Append(ml.Segmentation.Trainers.Smml(options));

    internal static string[] Score(MLContext ml, ITransformer model, IDataView cases) =>
        [
            .. ml.Data
                .CreateEnumerable<SegmentedCase>(model.Transform(cases), reuseRowObject: false)
                .Select(row => $"{row.CaseId} {Hash(row.Segmentation!)}"),
        ];

    internal static string Hash(Volume volume) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(volume.Voxels)));

    /// <summary>Makes this process forget the loaded model's networks, so that the next load must read its weights again.</summary>
    internal void Forget() => Forget(ModelReader.Key(ModelReader.Find(Model).Header.Json));

    internal static void Forget(string key)
    {
        if (EngineCache.Find(key) is { } engine)
            EngineCache.Remove(key, engine);
    }

    /// <summary>A new path in the fixture's folder.</summary>
    internal string NewPath(string extension) => _folder[Guid.NewGuid().ToString("N") + extension];

    public void Dispose()
    {
        foreach (IDisposable part in ((IEnumerable<ITransformer>)Model).OfType<IDisposable>())
            part.Dispose();
        _folder.Dispose();
    }
}

/// <summary>A row that the chain has scored.</summary>
internal sealed class SegmentedCase
{
    public string CaseId { get; set; } = "";

    public Volume? Flair { get; set; }

    public Volume? Segmentation { get; set; }
}
