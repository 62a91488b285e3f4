using Microsoft.ML;
using Smml.MLNet.Networks;
using Smml.MLNet.Tests.Methods;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Training;

/// <summary>Trainings that begin with the weights of a model, for each method.</summary>
public sealed class StartFromTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public static TheoryData<string> Keys => [.. SegmentationMethods.All.Select(method => method.Name.Key)];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_training_begins_alike_with_a_zip_a_fitted_and_a_loaded_model()
    {
        SegmentationTrainerOptions options = Options("rfnet");
        using SegmentationTransformer first = Fit(options);
        _ml.Model.Save(first, null, _folder["model.zip"]);
        StartingModel[] starts =
        [
            _ml.Segmentation.StartingFrom(_folder["model.zip"]),
            _ml.Segmentation.StartingFrom(first),
            _ml.Segmentation.StartingFrom(_ml.Model.Load(_folder["model.zip"], out _)),
        ];
        string[] hashes = [.. starts.Select(start => HashOf(options.WithStart(start) with { Seed = 4 }))];
        Assert.Single(hashes.Distinct());
        Assert.NotEqual(HashOf(options with { Seed = 4 }), hashes[0]);

        string HashOf(SegmentationTrainerOptions one)
        {
            using SegmentationTransformer next = Fit(one);
            return next.Info.WeightsSha256;
        }
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Weights_are_taken_over_encoders_can_be_frozen_and_other_classes_renew_the_heads(string key)
    {
        SegmentationTrainerOptions options = Options(key);
        using SegmentationTransformer first = Fit(options);
        options = options.WithStart(_ml.Segmentation.StartingFrom(first));
        Dictionary<string, float[]> before = Tensors(first);
        using SegmentationTransformer still = Fit(options with { Optimizer = options.Optimizer with { LearningRate = 1e-12 } });
        ModelStart told = still.Info.Start!;
        Assert.Equal((key, first.Info.WeightsSha256, before.Count), (told.Method, told.WeightsSha256, told.TakenOver));
        Assert.Empty(told.Interpolated.Concat(told.Renewed).Concat(told.Left));
        Assert.Contains($"began: {told}", still.Info.ToModelCard(), StringComparison.Ordinal);
        Dictionary<string, float[]> after = Tensors(still);
        Assert.All(before, pair => Assert.All(pair.Value.Zip(after[pair.Key]), both => Assert.Equal(both.First, both.Second, 1e-9f)));

        using SegmentationTransformer frozen = Fit(options with { FreezeEncoders = true });
        Assert.True(frozen.Info.Start!.Frozen > 0);
        Dictionary<string, float[]> learnt = Tensors(frozen);
        string[] same = [.. before.Keys.Where(name => before[name].AsSpan().SequenceEqual(learnt[name]))];
        WeightLayout layout = SegmentationMethods.Parse(key).Weights;
        Assert.Equal(frozen.Info.Start.Frozen, before.Keys.Count(name => layout.IsEncoder(name.Split('/')[1])));
        Assert.All(before.Keys.Where(name => layout.IsEncoder(name.Split('/')[1])), name => Assert.Contains(name, same));
        Assert.True(same.Length < before.Count);

        LabelConvention five = LabelConvention.BraTS2015;
        IDataView data = TinyProblem.View(_ml, TinyProblem.Rows(2).Select(row => Relabelled(row, five)));
        using SegmentationTransformer other = _ml.Segmentation.Trainers.Create(options).Fit(data);
        told = other.Info.Start!;
        Assert.NotEmpty(told.Renewed);
        Assert.True(told.TakenOver > 3 * told.Renewed.Count, told.ToString());
        Assert.Equal(five.Name, other.Info.LabelConvention);
    }

    [Theory]
    [InlineData("smml")]
    [InlineData("mmformer")]
    [InlineData("mctseg")]
    [InlineData("rfnet")]
    public void Another_window_is_taken_and_positions_are_interpolated(string key)
    {
        SegmentationTrainerOptions options = Options(key);
        if (options is MctSegTrainerOptions mctseg)
            options = mctseg with { Architecture = mctseg.Architecture with { LearnPositions = true } };
        using SegmentationTransformer first = Fit(options);
        SegmentationTrainerOptions wider = options.WithStart(_ml.Segmentation.StartingFrom(first)).WithPatch(new(48, 32, 32));
        using SegmentationTransformer next = Fit(wider with { StepsPerEpoch = 1, BatchSize = 1 });
        Assert.Equal(new(48, 32, 32), next.Info.Architecture.Patch);
        Assert.Equal(key == "rfnet" ? 0 : 4 * options.Network.NetworkCount, next.Info.Start!.Interpolated.Count);
        Assert.Empty(next.Info.Start.Renewed);
    }

    [Fact]
    public void A_student_that_the_model_does_not_have_begins_anew()
    {
        SmuNetTrainerOptions options = (SmuNetTrainerOptions)Options("smunet");
        options = options with { Architecture = options.Architecture with { Patterns = StudentPatterns.Parse("flair,t1ce") } };
        using SegmentationTransformer first = Fit(options);
        SmuNetTrainerOptions other = (SmuNetTrainerOptions)options.WithStart(_ml.Segmentation.StartingFrom(first));
        using SegmentationTransformer next =
            Fit(other with { Architecture = other.Architecture with { Patterns = StudentPatterns.Parse("flair,t2") } });
        Assert.All(next.Info.Start!.Renewed, name => Assert.StartsWith("network/t2.", name, StringComparison.Ordinal));
        Assert.All(next.Info.Start.Left, name => Assert.StartsWith("network/t1ce.", name, StringComparison.Ordinal));
        Assert.Equal(next.Info.Start.Renewed.Count, next.Info.Start.Left.Count);
    }

    [Fact]
    public void Another_method_and_other_sizes_are_refused_with_what_is_expected()
    {
        using SegmentationTransformer first = Fit(Options("rfnet"));
        StartingModel start = _ml.Segmentation.StartingFrom(first);
        Assert.Contains(
            "options are those of mmFormer",
            Assert.Throws<ArgumentException>(() => Options("mmformer").WithStart(start)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "expected the same method",
            Assert.Throws<InvalidOperationException>(() => Fit(Options("mmformer") with { StartFrom = start })).Message,
            StringComparison.Ordinal);
        RFNetTrainerOptions wider = (RFNetTrainerOptions)Options("rfnet") with { StartFrom = start };
        string message = Assert.Throws<InvalidOperationException>(
            () => Fit(wider with { Architecture = wider.Architecture with { BaseChannels = 8 } })).Message;
        Assert.Contains("only the window and the classes may be others", message, StringComparison.Ordinal);
        Assert.Contains("flair_encoder.e1_c1.conv.weight", message, StringComparison.Ordinal);
        Assert.Contains(
            "StartFrom is null",
            Assert.Throws<ArgumentException>(() => Fit(Options("rfnet") with { FreezeEncoders = true })).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "no such file", Assert.Throws<FileNotFoundException>(() => _ml.Segmentation.StartingFrom(_folder["none.zip"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_belongs_to_the_model_that_its_training_began_with()
    {
        using SegmentationTransformer first = Fit(Options("rfnet"));
        SegmentationTrainerOptions options = Options("rfnet").WithStart(_ml.Segmentation.StartingFrom(first)) with
        {
            Checkpoints = new() { Folder = _folder["state"], Resume = true },
        };
        Fit(options).Dispose();
        string message = Assert.Throws<InvalidOperationException>(() => Fit(options with { StartFrom = null })).Message;
        Assert.Contains("startFrom: found", message, StringComparison.Ordinal);
    }

    private static SegmentationTrainerOptions Options(string key) => MethodContractTests.Small(key) with { Epochs = 1 };

    private static TinyRow Relabelled(TinyRow row, LabelConvention convention)
    {
        row.Label = new(row.Label!.Grid, row.Label.Voxels.ToArray()) { LabelConvention = convention };
        return row;
    }

    // The weights for scoring by name.
    private static Dictionary<string, float[]> Tensors(SegmentationTransformer model)
    {
        using DisposeScope scope = NewDisposeScope();
        SegmentationModelInfo info = model.Info;
        IReadOnlyList<SegmentationNetwork> networks =
            SegmentationMethods.Of(info.Architecture).CreateNetworks(info.Architecture, info.Convention);
        float[] weights = [.. model.Engine.WeightParts().SelectMany(part => part)];
        Dictionary<string, float[]> tensors = [];
        int position = 0;
        foreach (SegmentationNetwork network in networks)
        {
            foreach ((string name, Tensor value) in network.ScoringState())
            {
                int count = (int)value.numel();
                tensors.Add($"{network.Name}/{name}", weights[position..(position + count)]);
                position += count;
            }
        }

        return tensors;
    }

    private SegmentationTransformer Fit(SegmentationTrainerOptions options) =>
        _ml.Segmentation.Trainers.Create(options).Fit(TinyProblem.View(_ml, TinyProblem.Rows(2)));
}
