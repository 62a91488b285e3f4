using Microsoft.ML;
using Microsoft.ML.Data;
using Smml.MLNet.Tests.SamMed3D;

namespace Smml.MLNet.Tests.Training;

/// <summary>Whole chains with cues on real scans: what is shown is that everything fits together, not that the cues are good.</summary>
public sealed class CueTrainingTests : IDisposable
{
    private static readonly string? s_folder = Environment.GetEnvironmentVariable("SMML_TESTDATA");

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("sam")]
    [InlineData("phantom")]
    public void A_chain_with_cues_trains_the_refinement_network_on_real_scans(string kind)
    {
        Assert.SkipUnless(
            s_folder is not null && Directory.Exists(Path.Combine(s_folder, "real_mini2mm")),
            "SMML_TESTDATA names no folder with real_mini2mm.");
        ICueProvider provider = kind == "sam"
            ? SamMed3DCueProvider.FromCheckpoint(SamFixture.Checkpoint(_folder), SamFixture.Tiny, new() { Threads = 1, Spacing = 4 })
            : new PhantomCueProvider();
        using IDisposable? native = provider as IDisposable;
        MLContext ml = new(seed: 1);
        IDataView cases = ml.Data.LoadBraTS(BraTSDataset.Find(Path.Combine(s_folder!, "real_mini2mm")).Take(2));
        List<IReadOnlyDictionary<string, double>> losses = [];
        using TransformerChain<SegmentationTransformer> model = ml.Transforms.LoadVolumes()
            .Append(ml.Transforms.CropForeground())
            .Append(ml.Transforms.NormalizeIntensity())
            .Append(ml.Transforms.GenerateCues(provider), TransformerScope.TrainTest)
            .Append(ml.Segmentation.Trainers.Smml(new SmmlTrainerOptions
            {
                Architecture = SmmlArchitecture.Tiny,
                Epochs = 2,
                StepsPerEpoch = 1,
                BatchSize = 2,
                ConsistencyStartEpoch = 1,
                Seed = 1,
                Progress = new Progress(now => losses.Add(now.EpochLosses.ByLabel())),
            }))
            .Fit(cases);
        Assert.True(model.LastTransformer.Info.TrainedWithCues);
        Assert.Equal(2, losses.Count);
        foreach (string term in new[] { "refinement 1", "refinement 2" })
            Assert.All(losses, epoch => Assert.InRange(epoch[term], 0.1, 20));
        Assert.True(losses[1]["refinement consistency 1"] > 0);

        ml.Model.Save(model, cases.Schema, _folder["model.zip"]);
        MLContext other = new();
        IDataView scored = other.Model.Load(_folder["model.zip"], out _).Transform(cases);
        Volume segmentation = other.Data.CreateEnumerable<Scored>(scored, reuseRowObject: false).First().Segmentation!;
        Volume expected = ml.Data.CreateEnumerable<Scored>(model.Transform(cases), reuseRowObject: false).First().Segmentation!;
        Assert.True(expected.Voxels.SequenceEqual(segmentation.Voxels));
    }

    public void Dispose() => _folder.Dispose();

    private sealed class Progress(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }

    private sealed class Scored
    {
        public Volume? Segmentation { get; set; }
    }
}
