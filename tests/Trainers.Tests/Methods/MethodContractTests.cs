using Microsoft.ML;
using Microsoft.ML.Data;
using Smml.MLNet.Inference;
using Smml.MLNet.Persistence;
using Smml.MLNet.Phantom;
using Smml.MLNet.Tests.Persistence;

namespace Smml.MLNet.Tests.Methods;

/// <summary>What every method of <see cref="SegmentationMethods.All"/> gets from the library, however it is trained.</summary>
public sealed class MethodContractTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public static TheoryData<string> Keys => [.. SegmentationMethods.All.Select(method => method.Name.Key)];

    // A method sees the number of classes; the conventions that have equally many differ in what is written into files.
    public static TheoryData<string, string> KeysAndConventions => new(
        from method in SegmentationMethods.All
        from convention in LabelConvention.Known.Reverse().DistinctBy(one => one.ClassCount)
        select (method.Name.Key, convention.Name));

    [Theory]
    [MemberData(nameof(Keys))]
    public void Its_named_sizes_are_sound_and_its_options_name_it(string key)
    {
        SegmentationMethod method = SegmentationMethods.Parse(key.ToUpperInvariant());
        foreach (NetworkSize size in Enum.GetValues<NetworkSize>())
        {
            SegmentationTrainerOptions options = method.CreateOptions(size);
            options.Validate();
            Assert.Equal(method.Name, options.Method);
            Assert.Equal(size.ToString().ToLowerInvariant(), options.Network.Name);
            Assert.Equal(method.Name, options.Objective.Method);
            Assert.Equal(method.OptionsType, options.GetType());
            Assert.Contains(method.Name.Title, options.ToString(), StringComparison.Ordinal);
            Assert.Equal(Fidelity.Reference, method.CreateOptions(size, Fidelity.Reference).Fidelity);
        }

        foreach (BraTS edition in Enum.GetValues<BraTS>())
        {
            SegmentationTrainerOptions paper = method.CreatePaperOptions(edition);
            paper.Validate();
            Assert.Equal((1024, edition == BraTS.Y2015), (paper.Seed, paper.Cases.Split is null));
            Assert.Throws<ArgumentOutOfRangeException>(() => method.CreatePaperOptions((BraTS)1999));
        }
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_stopped_training_that_goes_on_gives_the_weights_of_one_that_was_not_stopped(string key)
    {
        SegmentationTrainerOptions options = Small(key) with { Epochs = 3, StepsPerEpoch = 2 };
        string whole = Train(options).WeightsSha256;
        using CancellationTokenSource source = new();
        int steps = 0;
        CheckpointOptions checkpoints = new() { Folder = _folder["state"], Resume = true };
        Train(options with { Checkpoints = checkpoints, CancellationToken = source.Token, Progress = new Immediate(() => Stop(++steps)) });
        SegmentationModelInfo resumed = Train(options with { Checkpoints = checkpoints });
        Assert.True(resumed.Training!.Resumed);
        Assert.Equal(whole, resumed.WeightsSha256);

        // The checkpoint belongs to its method.
        SegmentationMethod other = SegmentationMethods.All.First(method => method.Name.Key != key);
        string message = Assert.Throws<InvalidOperationException>(
            () => Train(Small(other.Name.Key) with { Epochs = 3, StepsPerEpoch = 2, Checkpoints = checkpoints })).Message;
        Assert.Contains("architecture.method", message, StringComparison.Ordinal);

        void Stop(int done)
        {
            if (done == 3)
                source.Cancel();
        }
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_zip_scores_the_same_voxels_in_another_context_and_says_what_it_is(string key)
    {
        SegmentationTrainerOptions options = Small(key);
        IDataView data = TinyProblem.View(_ml, TinyProblem.Rows(2));
        using SegmentationTransformer model = _ml.Segmentation.Trainers.Create(options).Fit(data);
        IDataView rows = TinyProblem.View(
            _ml, [TinyProblem.Row(4, side: 40), TinyProblem.Row(5, ModalitySet.Of(Modality.T1ce, Modality.T2), side: 34)]);
        _ml.Model.Save(model, null, _folder["model.zip"]);
        TrainedChain.Forget(ModelReader.Key(ModelReader.Find(model).Header.Json));
        MLContext other = new(seed: 9);
        ITransformer loaded = other.Model.Load(_folder["model.zip"], out _);
        foreach ((Volume expected, Volume found) in Segment(model, rows).Zip(Segment(loaded, rows)))
            Assert.True(expected.Voxels.SequenceEqual(found.Voxels));

        SegmentationModelInfo info = other.Segmentation.Describe(loaded);
        Assert.Equal(options.Method, info.Method);
        Assert.Equal(options.Network, info.Architecture);
        Assert.Equal(options.Objective, info.Losses);
        Assert.Contains(options.Method.Description, info.ToModelCard(), StringComparison.Ordinal);
        Assert.Contains(options.Objective.Describe(), info.ToModelCard(), StringComparison.Ordinal);
        Assert.NotEmpty(info.FinalLosses);
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Subsets_that_share_the_encoders_give_the_bits_that_each_gives_alone_and_a_missing_scan_reaches_none(string key)
    {
        using SegmentationTransformer model = _ml.Segmentation.Trainers.Create(Small(key)).Fit(TinyProblem.View(_ml, TinyProblem.Rows(2)));
        TinyRow row = TinyProblem.Row(3);
        Volume?[] scans = [row.Flair, row.T1ce, row.T1, row.T2];
        TorchSharp.torch.Tensor[] together = model.Engine.Logits(scans, ModalitySet.Subsets);
        for (int i = 0; i < together.Length; i++)
        {
            ModalitySet subset = ModalitySet.Subsets[i];
            Volume?[] only = [.. scans.Select((scan, m) => subset.Contains((Modality)m) ? scan : null)];
            using TorchSharp.torch.Tensor alone = model.Engine.Logits(only, [subset])[0], shared = together[i];
            Assert.True(alone.bytes.SequenceEqual(shared.bytes), $"{key}, {subset}");
        }
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Validation_and_the_log_show_its_course(string key)
    {
        SegmentationTrainerOptions options = Small(key);
        options = options with
        {
            Validation = new() { Cases = TinyProblem.View(_ml, TinyProblem.Rows(3).Skip(2)), EveryEpochs = 1, UseBestWeights = true },
            Output = options.Output with { LogFolder = _folder["log"] },
        };
        using SegmentationTransformer model = _ml.Segmentation.Trainers.Create(options).Fit(TinyProblem.View(_ml, TinyProblem.Rows(2)));
        Assert.All(model.History, epoch => Assert.NotNull(epoch.Validation));
        Assert.All(model.History, epoch => Assert.Contains(epoch.Losses, loss => loss.Role == LossRole.Segmentation));
        Assert.All(
            model.History, epoch => Assert.Equal(options.Network.NetworkCount, epoch.Losses.Count(loss => loss.Role == LossRole.Total)));
        Assert.Equal(15 * 4, model.Info.Validation!.Scores.Count);
        Assert.True(File.Exists(_folder["log/training.png"]));
        Assert.Equal(options.Epochs + 1, File.ReadAllLines(_folder["log/training.csv"]).Length);
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Memory_precision_and_passes_are_switches_of_every_method(string key)
    {
        SegmentationTrainerOptions options = Small(key);
        string plain = Train(options).WeightsSha256;
        Assert.Equal(
            plain,
            Train(options with { Cases = options.Cases with { Memory = 0, CacheFolder = _folder["cases"], Workers = 2 } }).WeightsSha256);
        Assert.Equal(plain, Train(options with { RecomputeEncoders = true }).WeightsSha256);
        SegmentationModelInfo half = Train(options with { Precision = TrainingPrecision.BFloat16 });
        Assert.NotEqual(plain, half.WeightsSha256);
        Assert.All(half.FinalLosses.Values, loss => Assert.True(double.IsFinite(loss)));
        Assert.Equal(1, Train(options with { BatchSize = 1, GradientAccumulation = 2, Epochs = 1 }).Training!.EpochsDone);
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Uncertainty_needs_two_networks_and_one_says_so(string key)
    {
        SegmentationTrainerOptions options = Small(key);
        using SegmentationTransformer model = _ml.Segmentation.Trainers.Create(options).Fit(TinyProblem.View(_ml, TinyProblem.Rows(2)));
        TinyRow row = TinyProblem.Row(3);
        Volume?[] scans = [row.Flair, row.T1ce, row.T1, row.T2];
        if (options.Network.NetworkCount > 1)
        {
            Assert.InRange(model.Engine.SegmentWithUncertainty(scans).Agreement!.Score, 0, 1);
            return;
        }

        string message = Assert.Throws<InvalidOperationException>(() => model.Engine.SegmentWithUncertainty(scans)).Message;
        Assert.Contains($"this {options.Method.Title} model has one", message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(KeysAndConventions))]
    public void Every_number_of_classes_is_trained_saved_and_scored(string key, string name)
    {
        LabelConvention convention = LabelConvention.FromName(name);
        SegmentationTrainerOptions options = Small(key) with { Epochs = 1 };
        IDataView data = TinyProblem.View(_ml, TinyProblem.Rows(2).Select(row => Relabelled(row, convention)));
        using SegmentationTransformer model = _ml.Segmentation.Trainers.Create(options).Fit(data);
        Assert.Equal(convention, model.Info.Convention);
        TinyRow row = TinyProblem.Row(3);
        Volume?[] scans = [.. new[] { row.Flair, row.T1ce, row.T1, row.T2 }.Select(scan => scan!.WithConvention(null))];
        Volume segmentation = model.Engine.Segment(scans);
        Assert.All(segmentation.Voxels.ToArray().Distinct(), value => Assert.Contains((int)value, convention.Values));
        _ml.Model.Save(model, null, _folder["model.zip"]);
        ITransformer loaded = _ml.Model.Load(_folder["model.zip"], out _);
        Assert.Equal(model.Info.WeightsSha256, _ml.Segmentation.Describe(loaded).WeightsSha256);
    }

    [Fact]
    public void All_of_them_stand_in_one_comparison()
    {
        PhantomDataset.Write(_folder["cases"], 2, seed: 5, new() { Shape = new(32, 32, 32), Spacing = (5.6, 5.6, 5.6) });
        ComparisonReport report = _ml.Segmentation.Compare(
            _ml.Data.LoadBraTS(BraTSDataset.Find(_folder["cases"])),
            [.. SegmentationMethods.All.Select(method => ComparisonMethod.Parse(method.Name.Key, NetworkSize.Tiny))],
            new()
            {
                HeldOut = ["Phantom_0002"],
                Budget = new() { Steps = 2 },
                Evaluation = new() { Metrics = SegmentationMetric.Dice },
                Folder = _folder["study"],
                Seed = 6,
            });
        Assert.Equal(SegmentationMethods.All.Select(method => method.Name.Title), report.Methods.Select(one => one.Method.Name));
        string table = report.ToTable();
        Assert.All(report.Methods, one =>
        {
            Assert.Equal(2, one.Model.Training!.StepsDone); // of both stages, where a method has two
            Assert.True(File.Exists(_folder[$"study/{one.Method.Key}.zip"]));
            Assert.Contains(one.Method.Name, table, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void An_unknown_method_is_refused_with_the_list_of_those_that_there_are()
    {
        string list = string.Join(", ", SegmentationMethods.All.Select(method => method.Name.Key));
        Assert.Contains(
            $"'unet' is no method. Expected one of {list}",
            Assert.Throws<FormatException>(() => SegmentationMethods.Parse("unet")).Message,
            StringComparison.Ordinal);

        // A zip of a method that a later version may know.
        SegmentationTrainerOptions options = Small("rfnet");
        using SegmentationTransformer model = _ml.Segmentation.Trainers.Create(options).Fit(TinyProblem.View(_ml, TinyProblem.Rows(2)));
        string header = ModelReader.Find(model)
            .Header.Options.Replace("\"method\":\"rfnet\"", "\"method\":\"later\"", StringComparison.Ordinal);
        StageHeader later = StageHeader.Create(SegmentStage.Name, System.Text.Json.JsonDocument.Parse(header).RootElement);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => ModelReader.ReadInfo(later));
        Assert.Contains("the method 'later' is not known here", error.Message, StringComparison.Ordinal);
        Assert.Contains(list, error.Message, StringComparison.Ordinal);
        Assert.Contains("update the package", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_of_SMML_names_no_method_so_that_earlier_versions_read_it()
    {
        using SegmentationTransformer model = _ml.Segmentation.Trainers.Create(Small("smml"))
            .Fit(TinyProblem.View(_ml, TinyProblem.Rows(2)));
        Assert.DoesNotContain("\"method\"", ModelReader.Find(model).Header.Options, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_of_one_method_do_not_reach_the_network_of_another()
    {
        RFNetTrainerOptions wrong = new()
        {
            Architecture = RFNetArchitecture.Tiny with { Patch = new(20, 32, 32), BaseChannels = 6 },
            FusionStartEpoch = -1,
        };
        string message = Assert.Throws<ArgumentException>(() => _ml.Segmentation.Trainers.RFNet(wrong)).Message;
        Assert.Contains("RFNetTrainerOptions: 3 options are out of range", message, StringComparison.Ordinal);
        Assert.Contains("a multiple of 8 from 16 to 512, found 20", message, StringComparison.Ordinal);
        MmFormerTrainerOptions other = new() { Architecture = MmFormerArchitecture.Tiny with { Patch = new(40, 32, 32) } };
        Assert.Contains(
            "a multiple of 16 from 32 to 512, found 40",
            Assert.Throws<ArgumentException>(() => _ml.Segmentation.Trainers.MmFormer(other)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Before_its_start_the_fused_prediction_of_RFNet_trains_nothing()
    {
        RFNetTrainerOptions options = (RFNetTrainerOptions)Small("rfnet");
        Assert.NotEqual(
            Train(options with { FusionStartEpoch = 0 }).WeightsSha256, Train(options with { FusionStartEpoch = 2 }).WeightsSha256);
        Assert.Equal((20, 8), (new RFNetTrainerOptions().WarmUpEnd, (options with { Epochs = 120 }).WarmUpEnd));
        SegmentationModelInfo late = Train(options with { FusionStartEpoch = 2 });
        Assert.Equal(2, late.ConsistencyStartEpoch);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A network of a method that trains in seconds.</summary>
    internal static SegmentationTrainerOptions Small(string key) => SegmentationMethods.Parse(key).CreateOptions(NetworkSize.Tiny) switch
    {
        SmmlTrainerOptions smml => smml with { Architecture = TinyProblem.Architecture with { Dropout = 0 } },
        MmFormerTrainerOptions own => own with { Architecture = TinyProblem.Architecture.Backbone with { Dropout = 0 } },
        var other => other,
    } with
    {
        Epochs = 2,
        StepsPerEpoch = 1,
        BatchSize = 2,
        Seed = 5,
    };

    // The phantom's classes in the numbers of the convention, as far as it has them.
    private static TinyRow Relabelled(TinyRow row, LabelConvention convention)
    {
        int last = convention.ClassCount - 1;
        byte[] classes = LabelConvention.BraTS2018.ToClasses(row.Label!);
        row.Label = new(row.Label!.Grid, [.. classes.Select(one => (float)convention.Values[Math.Min((int)one, last)])])
        {
            LabelConvention = convention,
        };
        return row;
    }

    private SegmentationModelInfo Train(SegmentationTrainerOptions options)
    {
        using SegmentationTransformer model = _ml.Segmentation.Trainers.Create(options).Fit(TinyProblem.View(_ml, TinyProblem.Rows(2)));
        return model.Info;
    }

    private Volume[] Segment(ITransformer model, IDataView rows) =>
        [.. _ml.Data.CreateEnumerable<TinyResult>(model.Transform(rows), reuseRowObject: false).Select(row => row.Segmentation!)];

    private sealed class Immediate(Action act) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => act();
    }
}
