using Microsoft.ML;
using Smml.MLNet.Phantom;

namespace Smml.MLNet.Tests.Methods.MctSeg;

/// <summary>Trainings of MCTSeg with all its terms, with other label conventions and with cases that lack scans.</summary>
public sealed class MctSegTrainingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public static TheoryData<string> Conventions => [.. LabelConvention.Known.Select(convention => convention.Name)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Conventions))]
    public void Every_label_convention_is_trained_saved_and_scored(string name)
    {
        LabelConvention convention = LabelConvention.FromName(name);
        IDataView data = TinyProblem.View(_ml, TinyProblem.Rows(2).Select(row => Relabelled(row, convention)));
        using SegmentationTransformer model = _ml.Segmentation.Trainers.MctSeg(Options() with { Epochs = 1 }).Fit(data);
        Assert.Equal(convention, model.Info.Convention);
        using TorchSharp.torch.Tensor logits = model.Engine.Logits(Scans(), [ModalitySet.All])[0];
        Assert.Equal(convention.ClassCount, logits.shape[0]);
        _ml.Model.Save(model, null, _folder["model.zip"]);
        ITransformer loaded = _ml.Model.Load(_folder["model.zip"], out _);
        Assert.Equal(model.Info.WeightsSha256, _ml.Segmentation.Describe(loaded).WeightsSha256);
    }

    [Fact]
    public void Encoders_that_run_again_in_the_backward_pass_give_the_same_weights_with_every_term()
    {
        foreach (bool detach in new[] { false, true })
        {
            MctSegTrainerOptions options = Options() with { Losses = new() { DetachTeacher = detach } };
            string plain = Train(options).WeightsSha256;
            Assert.Equal(plain, Train(options with { RecomputeEncoders = true }).WeightsSha256);
        }
    }

    [Fact]
    public void Cases_that_lack_scans_train_with_every_term_and_dropout()
    {
        MctSegTrainerOptions options = Options() with { Losses = new(), Architecture = MctSegArchitecture.Tiny with { Dropout = 0.1 } };
        SegmentationModelInfo info = Train(
            options, [TinyProblem.Row(0, ModalitySet.Of(Modality.T1ce)), TinyProblem.Row(1, ModalitySet.Of(Modality.T1ce, Modality.T2))]);
        Assert.Equal(
            ["auxiliary", "distillation", "segmentation", "separate", "teacher", "total"],
            info.FinalLosses.Keys.Order(StringComparer.Ordinal));
        Assert.All(info.FinalLosses.Values, loss => Assert.True(double.IsFinite(loss) && loss > 0));
    }

    [Fact]
    public void It_is_compared_with_other_methods()
    {
        PhantomDataset.Write(_folder["cases"], 2, seed: 5, new() { Shape = new(32, 32, 32), Spacing = (5.6, 5.6, 5.6) });
        ComparisonReport report = _ml.Segmentation.Compare(
            _ml.Data.LoadBraTS(BraTSDataset.Find(_folder["cases"])),
            [ComparisonMethod.Parse("mctseg", NetworkSize.Tiny), ComparisonMethod.Parse("mctseg:reference", NetworkSize.Tiny)],
            new()
            {
                HeldOut = ["Phantom_0002"],
                Budget = new() { Steps = 1 },
                Evaluation = new() { Metrics = SegmentationMetric.Dice },
                Folder = _folder["study"],
                Seed = 6,
            });
        Assert.Equal("MCTSeg", report.Methods[0].Method.Name);
        Assert.True(File.Exists(_folder["study/mctseg.zip"]));
        Assert.Contains("MCTSeg", report.ToTable(), StringComparison.Ordinal);
    }

    private static MctSegTrainerOptions Options() =>
        (MctSegTrainerOptions)SegmentationMethods.Parse("mctseg").CreateOptions(NetworkSize.Tiny) with
        {
            Epochs = 2,
            StepsPerEpoch = 1,
            Seed = 3,
        };

    private static Volume?[] Scans()
    {
        TinyRow row = TinyProblem.Row(3);
        return [row.Flair, row.T1ce, row.T1, row.T2];
    }

    // The values of the phantom's labels become those of the first classes of the convention.
    private static TinyRow Relabelled(TinyRow row, LabelConvention convention)
    {
        byte[] classes = LabelConvention.BraTS2018.ToClasses(row.Label!);
        int last = convention.ClassCount - 1;
        row.Label = new(row.Label!.Grid, [.. classes.Select(value => (float)convention.Values[Math.Min((int)value, last)])])
        {
            LabelConvention = convention,
        };
        return row;
    }

    private SegmentationModelInfo Train(MctSegTrainerOptions options, IEnumerable<TinyRow>? rows = null)
    {
        using SegmentationTransformer model = _ml.Segmentation.Trainers.MctSeg(options)
            .Fit(TinyProblem.View(_ml, rows ?? TinyProblem.Rows(2)));
        return model.Info;
    }
}
