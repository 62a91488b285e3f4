using System.IO.Compression;
using Microsoft.ML;
using Smml.MLNet.Phantom;

namespace Smml.MLNet.Tests.Persistence;

/// <summary>Files that version 0.1.0 wrote before it had more than one method (commit ed46ec3): they load, score the same
/// labels, and their training goes on.</summary>
/// <remarks>On another kind of processor the last bits of a prediction differ, and with them the label of
/// a voxel on the edge of two classes.</remarks>
public sealed class EarlierVersionTests : IDisposable
{
    private const double OtherProcessor = 0.999;

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 3);

    [Theory]
    [InlineData("chain", 2)]
    [InlineData("cues", 1)]
    public void A_model_zip_of_an_earlier_version_scores_the_labels_that_it_scored_then(string name, int branches)
    {
        PhantomDataset.Write(_folder["phantoms"], 2, seed: 5);
        ITransformer model = _ml.Model.Load(Fixture($"{name}.zip"), out _);
        SegmentationModelInfo info = _ml.Segmentation.Describe(model);
        Assert.Equal(branches, info.Architecture.NetworkCount);
        Assert.Equal(name == "cues", info.TrainedWithCues);
        Assert.Equal(2, info.TrainingCases);
        Assert.Contains("two phantoms", info.ToModelCard(), StringComparison.Ordinal);
        Compare(name, model.Transform(_ml.Data.LoadBraTS(_folder["phantoms"])));

        // Saved again by this version, it is the same model.
        _ml.Model.Save(model, null, _folder["again.zip"]);
        Assert.Equal(info.WeightsSha256, _ml.Segmentation.Describe(new MLContext().Model.Load(_folder["again.zip"], out _)).WeightsSha256);
    }

    [Fact]
    public void A_checkpoint_of_an_earlier_version_goes_on_to_the_end()
    {
        Directory.CreateDirectory(_folder["checkpoint"]);
        using (FileStream packed = File.OpenRead(Fixture("latest.smmlckpt.br")))
        using (BrotliStream unpacked = new(packed, CompressionMode.Decompress))
        using (FileStream target = File.Create(Path.Combine(_folder["checkpoint"], "latest.smmlckpt")))
            unpacked.CopyTo(target);

        using SegmentationTransformer model = _ml.Segmentation.Trainers.Smml(new SmmlTrainerOptions
        {
            Architecture = Small,
            Epochs = 3,
            StepsPerEpoch = 3,
            BatchSize = 2,
            Optimizer = new() { LearningRate = 2e-3 },
            ConsistencyStartEpoch = 1,
            Losses = TinyProblem.FusedOnly,
            Validation = new() { Cases = EarlierCases.View(_ml, 1), EveryEpochs = 1 },
            Checkpoints = new() { Folder = _folder["checkpoint"], Resume = true },
        }).Fit(EarlierCases.View(_ml, 3));
        Assert.True(model.Training.Resumed);
        Assert.Equal((3, 9L), (model.Training.EpochsDone, model.Training.StepsDone));
        Assert.Equal([1, 2, 3], model.History.Select(epoch => epoch.Epoch));
        Compare("resumed", model.Transform(EarlierCases.View(_ml, 3)));
        if (IsSameMachine)
            Assert.Equal(File.ReadAllText(Fixture("resumed.txt")), model.Info.WeightsSha256);
    }

    public void Dispose() => _folder.Dispose();

    private static SmmlArchitecture Small { get; } = new()
    {
        Name = "earlier",
        BaseChannels = 1,
        TransformerWidth = 8,
        FeedForwardWidth = 8,
        AttentionHeads = 2,
        Dropout = 0,
        Patch = new(32, 32, 32),
        RefinementChannels = 1,
    };

    // Set where the fixtures were made, to compare bits; the labels are compared everywhere.
    private static bool IsSameMachine => Environment.GetEnvironmentVariable("SMML_SAME_MACHINE") == "1";

    private static string Fixture(string name) => Path.Combine(AppContext.BaseDirectory, "fixtures", "earlier", name);

    private void Compare(string name, IDataView scored)
    {
        int i = 0;
        foreach (Row row in _ml.Data.CreateEnumerable<Row>(scored, reuseRowObject: false))
        {
            ReadOnlySpan<float> expected = VolumeFile.Read(Fixture($"{name}_{i++}.nii.gz")).Voxels, found = row.Segmentation!.Voxels;
            Assert.Equal(expected.Length, found.Length);
            int same = 0;
            for (int v = 0; v < expected.Length; v++)
                same += expected[v].Equals(found[v]) ? 1 : 0;
            Assert.True(
                same >= (IsSameMachine ? 1 : OtherProcessor) * expected.Length,
                $"{name}, case {i}: {expected.Length - same} of {expected.Length} voxels differ");
        }

        Assert.True(i >= 2);
    }

    private sealed class Row
    {
        public Volume? Segmentation { get; set; }
    }
}
