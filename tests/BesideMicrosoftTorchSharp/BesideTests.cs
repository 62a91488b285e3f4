using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.TorchSharp;
using Smml.MLNet.Phantom;

namespace Smml.MLNet.Tests.BesideMicrosoftTorchSharp;

/// <summary>This library in a program that references Microsoft.ML.TorchSharp too.</summary>
public sealed class BesideTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void A_model_is_trained_saved_loaded_and_scored()
    {
        MLContext ml = new(seed: 1);
        Assert.NotNull(ml.MulticlassClassification.Trainers.TextClassification()); // its catalog and types are there
        PhantomOptions small = new() { Shape = new(24, 28, 24), Spacing = (6.5, 6.5, 6.5) };
        IDataView cases = ml.Data.LoadBraTS(PhantomDataset.Write(_folder["cases"], 1, seed: 1, small));
        var model = ml.Transforms.LoadVolumes()
            .Append(ml.Transforms.CropForeground())
            .Append(ml.Transforms.NormalizeIntensity())
            .Append(ml.Segmentation.Trainers.Smml(new SmmlTrainerOptions
            {
                Architecture = SmmlArchitecture.Tiny,
                Epochs = 1,
                StepsPerEpoch = 1,
                BatchSize = 1,
            }))
            .Fit(cases);
        ml.Model.Save(model, cases.Schema, _folder["smml.zip"]);

        MLContext other = new();
        ITransformer loaded = other.Model.Load(_folder["smml.zip"], out _);
        Volume expected = Assert.Single(model.Transform(cases).GetColumn<Volume>("Segmentation"));
        Volume found = Assert.Single(loaded.Transform(other.Data.LoadBraTS(_folder["cases"])).GetColumn<Volume>("Segmentation"));
        Assert.Equal(expected.Voxels, found.Voxels);
    }

    [Fact]
    public void What_its_trainers_lack_in_this_TorchSharp_is_known()
    {
        (int count, IReadOnlyList<string> missing) = MemberReferences.Compare(
            typeof(TorchSharpCatalog).Assembly.Location, typeof(global::TorchSharp.torch).Assembly.Location);
        Assert.True(count > 250, $"found {count} members of TorchSharp that Microsoft.ML.TorchSharp uses: the test sees nothing");
        string agreed = Path.Combine(AppContext.BaseDirectory, "UnresolvedReferences.txt"),
            actual = Path.Combine(AppContext.BaseDirectory, "UnresolvedReferences.actual.txt");
        File.WriteAllLines(actual, missing);
        string[] expected = File.ReadAllLines(agreed);
        Assert.True(
            expected.SequenceEqual(missing),
            $"Now there: {string.Join("; ", expected.Except(missing))}. Now missing: {string.Join("; ", missing.Except(expected))}. "
            + $"Correct README.md, and copy {actual} over tests/BesideMicrosoftTorchSharp/UnresolvedReferences.txt.");
    }

    public void Dispose() => _folder.Dispose();
}
