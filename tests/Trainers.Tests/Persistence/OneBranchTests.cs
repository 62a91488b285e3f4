using Microsoft.ML;
using Microsoft.ML.Data;
using Smml.MLNet.Phantom;

namespace Smml.MLNet.Tests.Persistence;

/// <summary>A model of one branch, and one whose chain made cues: trained, saved, scored elsewhere.</summary>
public sealed class OneBranchTests
{
    [Fact]
    public void One_branch_trains_the_same_twice_and_scores_the_same_in_another_process()
    {
        using TemporaryFolder folder = new();
        IDataView cases = Phantoms(folder, out MLContext ml);
        ITransformer model = Train(ml, cases), again = Train(new(seed: 8), cases);
        SegmentationModelInfo info = ml.Segmentation.Describe(model);
        Assert.Equal(info.WeightsSha256, ml.Segmentation.Describe(again).WeightsSha256);
        Assert.Equal(1, info.Architecture.NetworkCount);
        Assert.Equal(["segmentation 1", "total 1"], info.FinalLosses.Keys.Order(StringComparer.Ordinal));
        using (SegmentationTransformer two = ml.Segmentation.Trainers.Smml(TrainedChain.Options())
            .Fit(TinyProblem.View(ml, [TinyProblem.Row(0)])))
            Assert.Equal(two.Info.WeightCount, 2 * info.WeightCount);

        string path = folder["model.zip"], manifest = folder["cases.csv"];
        ml.Model.Save(model, cases.Schema, path);
        BraTSDataset.WriteManifest(manifest, ml.Data.CreateEnumerable<BraTSCase>(cases, reuseRowObject: false));
        Assert.Equal(1, ml.Segmentation.Describe(new MLContext(seed: 2).Model.Load(path, out _)).Architecture.NetworkCount);
        string[] hashes = TrainedChain.Score(ml, model, cases);
        Assert.Equal(2, hashes.Length);
        Assert.Equal(hashes, SavedModelTests.RunChild(path, manifest));

        static ITransformer Train(MLContext ml, IDataView cases) => TrainedChain.Chain(ml, new()
        {
            Architecture = TinyProblem.Architecture with { BranchCount = 1 },
            Epochs = 1,
            StepsPerEpoch = 2,
            BatchSize = 1,
            Seed = 11,
            Losses = TinyProblem.FusedOnly,
            ConsistencyStartEpoch = 0,
        }).Fit(cases);
    }

    [Fact]
    public void A_model_of_before_the_number_of_branches_was_saved_has_two() =>
        Assert.Equal(2, System.Text.Json.JsonSerializer.Deserialize<SmmlArchitecture>("""{"Name":"old"}""")!.BranchCount);

    [Fact]
    public void A_chain_that_made_cues_scores_without_them()
    {
        using TemporaryFolder folder = new();
        IDataView cases = Phantoms(folder, out MLContext ml);
        using CountingProvider provider = new();
        ITransformer model = ml.Transforms.LoadVolumes()
            .Append(ml.Transforms.CropForeground())
            .Append(ml.Transforms.NormalizeIntensity())
            .Append(ml.Transforms.GenerateCues(provider), TransformerScope.TrainTest)
            .Append(ml.Segmentation.Trainers.Smml(new()
            {
                Architecture = TinyProblem.Architecture,
                Epochs = 1,
                StepsPerEpoch = 1,
                BatchSize = 1,
                Seed = 11,
                Losses = TinyProblem.FusedOnly,
                ConsistencyStartEpoch = 0,
                RequireCues = true,
            }))
            .Fit(cases);
        SegmentationModelInfo info = ml.Segmentation.Describe(model);
        Assert.True(info.TrainedWithCues);
        Assert.All(["refinement 1", "refinement 2", "refinement consistency 1"], term => Assert.True(info.FinalLosses[term] > 0, term));
        int calls = provider.Calls;
        Assert.Equal(2, calls);

        string path = folder["model.zip"];
        ml.Model.Save(model, cases.Schema, path);
        MLContext other = new(seed: 5);
        // so that the zip's weights are read
        TrainedChain.Forget(Smml.MLNet.Persistence.ModelReader.Key(Smml.MLNet.Persistence.ModelReader.Find(model).Header.Json));
        ITransformer loaded = other.Model.Load(path, out _);
        BraTSCase[] unlabelled = [.. ml.Data.CreateEnumerable<BraTSCase>(cases, reuseRowObject: false)];
        foreach (BraTSCase one in unlabelled)
            one.LabelPath = "";
        IDataView scored = loaded.Transform(other.Data.LoadBraTS(unlabelled));
        Assert.Null(scored.Schema.GetColumnOrNull("Cues"));
        Assert.Equal(TrainedChain.Score(ml, model, cases), TrainedChain.Score(other, loaded, other.Data.LoadBraTS(unlabelled)));
        Assert.Equal(calls, provider.Calls);
    }

    private static IDataView Phantoms(TemporaryFolder folder, out MLContext ml)
    {
        PhantomDataset.Write(folder["phantoms"], 2, seed: 5, new PhantomOptions { Shape = new(32, 34, 32), Spacing = (5.6, 5.6, 5.6) });
        ml = new(seed: 1);
        return ml.Data.LoadBraTS(folder["phantoms"]);
    }

    private sealed class CountingProvider : ICueProvider, IDisposable
    {
        private readonly PhantomCueProvider _phantom = new();

        public int Calls { get; private set; }

        public SemanticCues Generate(CueCase source, CancellationToken cancellationToken = default)
        {
            Calls++;
            return _phantom.Generate(source, cancellationToken);
        }

        public void Dispose()
        {
        }
    }
}
