using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Microsoft.ML;
using Smml.MLNet.Inference;
using Smml.MLNet.Methods.M3ae;
using Smml.MLNet.Training;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Methods.M3ae;

/// <summary>Trainings of M3AE with both stages, other label conventions, cropped cases, and its place in a comparison.</summary>
public sealed class M3aeTrainingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("m3ae_pretrain_600")]
    [InlineData("m3ae_finetune_300")]
    public void Every_epoch_has_the_learning_rates_of_the_released_code(string stage)
    {
        TorchRuntime.EnsureAvailable();
        JsonElement rates = new RivalFixture("common").Read("schedules.json").GetProperty(stage);
        M3aeTrainerOptions options = new() { Architecture = M3aeArchitecture.Tiny };
        Assert.Equal((900, 600), (options.Epochs, options.PretrainingEpochs));
        using TrainingMethod training = new M3aeMethod()
            .CreateTraining(options, new(LabelConvention.BraTS2018, [CPU], HasCues: false));
        int first = stage.Contains("finetune", StringComparison.Ordinal) ? 600 : 0;
        Assert.NotEmpty(rates.EnumerateObject());
        foreach (JsonProperty rate in rates.EnumerateObject())
        {
            int epoch = first + int.Parse(rate.Name, CultureInfo.InvariantCulture);
            ParameterGroup[] acting = [.. training.Groups.Where(group => group.ActsIn(epoch))];
            Assert.Equal(first == 0 ? 2 : 1, acting.Length); // the image moves in pre-training only
            for (int i = 0; i < acting.Length; i++)
            {
                acting[i].BeginEpoch(epoch);
                Assert.Equal(rate.Value[i].GetDouble(), acting[i].Optimizer.LearningRate, 1e-12);
            }
        }

        Assert.DoesNotContain(training.Groups, group => group.ActsIn(900));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(7)]
    public void It_goes_on_bit_for_bit_within_each_stage_and_between_them(int stopAfter)
    {
        M3aeTrainerOptions options = Tiny() with { Epochs = 4, PretrainingShare = 0.5, StepsPerEpoch = 2 };
        string whole = Train(options).WeightsSha256;
        using CancellationTokenSource source = new();
        int steps = 0;
        CheckpointOptions checkpoints = new() { Folder = _folder["state"], Resume = true };
        M3aeTrainerOptions stopped = options with
        {
            Checkpoints = checkpoints,
            CancellationToken = source.Token,
            Progress = new Immediate(() =>
            {
                if (++steps == stopAfter)
                    source.Cancel();
            }),
        };
        TrainingResult first = Train(stopped).Training!;
        Assert.Equal((stopAfter, StopReason.Cancelled), (first.StepsDone, first.StopReason));
        SegmentationModelInfo resumed = Train(options with { Checkpoints = checkpoints });
        Assert.True(resumed.Training!.Resumed);
        Assert.Equal(whole, resumed.WeightsSha256);

        string message = Assert.Throws<InvalidOperationException>(
            () => Train(options with { Checkpoints = checkpoints, MaskRatio = 0.5, PretrainingShare = 0.25 })).Message;
        Assert.Contains("maskRatio: found 0.875, expected 0.5", message, StringComparison.Ordinal);
        Assert.Contains("pretrainingEpochs: found 2, expected 1", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_option_of_its_own_is_among_the_settings_that_a_kept_model_must_share()
    {
        M3aeTrainerOptions options = new();
        M3aeTrainerOptions[] others =
        [
            options with { PretrainingShare = 0.5 },
            options with { ImageLearningRate = 1e-3 },
            options with { MaskRatio = 0.75 },
            options with { TokenSide = 32 },
            options with { MaxDropped = 2 },
        ];
        string[] own =
        [
            .. typeof(M3aeTrainerOptions)
                .GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                .Select(property => property.Name)
                .Except([nameof(M3aeTrainerOptions.Architecture), nameof(M3aeTrainerOptions.Losses)]),
        ];
        Assert.Equal(own.Length, others.Length);
        Assert.Equal(others.Length + 1, others.Prepend(options).Select(Text).Distinct().Count());

        static string Text(M3aeTrainerOptions options) =>
            string.Join(' ', options.MethodSettings.Select(pair => $"{pair.Key} {pair.Value}"));
    }

    [Fact]
    public void Pretraining_is_neither_validated_nor_the_best_and_moves_the_image_and_training_does_not()
    {
        M3aeTrainerOptions options = Tiny() with { Epochs = 4, PretrainingShare = 0.5, StepsPerEpoch = 1 };
        using SegmentationTransformer model = Fit(options with
        {
            Validation = new() { Cases = TinyProblem.View(_ml, TinyProblem.Rows(3).Skip(2)), EveryEpochs = 1, UseBestWeights = true },
        });
        Assert.Equal([false, false, true, true], model.History.Select(epoch => epoch.Validation is not null));
        Assert.All(model.History.Take(2), epoch => Assert.Equal(
            ["reconstruction", "regulariser", "total"], epoch.Losses.Select(loss => loss.Name)));
        Assert.All(model.History.Skip(2), epoch => Assert.Equal(
            ["segmentation", "deep", "consistency", "total"], epoch.Losses.Select(loss => loss.Name)));
        Assert.InRange(model.Training!.BestEpoch!.Value, 3, 4);
        double rate = options.Optimizer.LearningRate;
        double[] expected = [rate, rate / 2, rate, rate / 2];
        foreach ((double want, TrainingEpoch epoch) in expected.Zip(model.History))
            Assert.Equal(want, epoch.LearningRate, 1e-9);

        float[] Image(M3aeTrainerOptions own)
        {
            using SegmentationTransformer trained = Fit(own);
            int count = (int)(ModalitySet.ModalityCount * own.Architecture.SubstituteShape.Count);
            return [.. trained.Engine.WeightParts().SelectMany(part => part).Take(count)]; // "limage" comes first
        }

        M3aeTrainerOptions shorter = options with { Epochs = 3, PretrainingShare = 2.0 / 3 };
        float[] after = Image(options);
        Assert.Equal(after, Image(shorter));
        Assert.NotEqual(after, Image(options with { ImageLearningRate = 1e-3 }));
        Assert.Equal(1, Math.Sqrt(after.Average(value => value * value)), 0.1);
        Assert.All(Image(options with { PretrainingShare = 0 }), value => Assert.Equal(0, value));
    }

    [Fact]
    public void A_training_without_validation_that_is_stopped_has_the_best_epoch_that_segments()
    {
        using CancellationTokenSource source = new();
        int steps = 0;
        using SegmentationTransformer model = Fit(Tiny() with
        {
            Epochs = 6,
            PretrainingShare = 0.5,
            StepsPerEpoch = 1,
            CancellationToken = source.Token,
            Progress = new Immediate(() =>
            {
                if (++steps == 5)
                    source.Cancel();
            }),
        });
        Assert.InRange(model.Training!.WeightsEpoch!.Value, 4, 5);

        using CancellationTokenSource early = new();
        using SegmentationTransformer pretrained = Fit(Tiny() with
        {
            Epochs = 6,
            PretrainingShare = 0.5,
            StepsPerEpoch = 1,
            CancellationToken = early.Token,
            Progress = new Immediate(early.Cancel),
        });
        Assert.Equal((null, null), (pretrained.Training!.WeightsEpoch, pretrained.Training.BestEpoch));
    }

    [Fact]
    public void More_memory_or_time_is_a_switch_of_pretraining_too()
    {
        M3aeTrainerOptions options = Tiny() with { Epochs = 3, PretrainingShare = 2.0 / 3, StepsPerEpoch = 1 };
        string plain = Train(options).WeightsSha256;
        Assert.Equal(plain, Train(options with { RecomputeEncoders = true }).WeightsSha256);
        CaseOptions disk = options.Cases with { Memory = 0, CacheFolder = _folder["cases"], Workers = 2 };
        Assert.Equal(plain, Train(options with { Cases = disk }).WeightsSha256);
        SegmentationModelInfo half = Train(options with { Precision = TrainingPrecision.BFloat16 });
        Assert.All(half.FinalLosses.Values, loss => Assert.True(double.IsFinite(loss)));
        Assert.Equal(3, Train(options with { BatchSize = 1, GradientAccumulation = 2 }).Training!.EpochsDone);
    }

    [Fact]
    public void The_place_of_a_crop_in_the_whole_volume_decides_the_substitute_unless_it_is_as_released()
    {
        M3aeTrainerOptions options = Tiny() with { Epochs = 2, PretrainingShare = 0.5, StepsPerEpoch = 1 };
        TinyRow row = TinyProblem.Row(3, side: 40);
        Volume?[] Crop(int place) => [row.Flair!.Crop(place, 0, 0, new(32, 32, 32)), null, null, null];
        Volume?[] here = Crop(0), there = [Same(here[0]!, Crop(8)[0]!), null, null, null];
        Assert.Equal((0, 8), (here[0]!.Offset.X, there[0]!.Offset.X));
        foreach (Fidelity fidelity in Enum.GetValues<Fidelity>())
        {
            using SegmentationTransformer model = Fit(options with { Architecture = options.Architecture.For(fidelity) });
            ModalitySet[] seen = [ModalitySet.Of(Modality.Flair)];
            using Tensor one = model.Engine.Logits(here, seen)[0], other = model.Engine.Logits(there, seen)[0];
            Assert.Equal(fidelity == Fidelity.Reference, one.bytes.SequenceEqual(other.bytes));
        }

        // The same voxels at another place.
        static Volume Same(Volume voxels, Volume place) => place.WithVoxels(voxels.Voxels.ToArray(), voxels.Background);
    }

    [Fact]
    public void Cases_lack_scans_and_patches_may_be_rotated()
    {
        M3aeTrainerOptions options = Tiny() with
        {
            Epochs = 2,
            PretrainingShare = 0.5,
            StepsPerEpoch = 2,
            Augmentation = new() { RotationDegrees = 10 },
        };
        IDataView data = TinyProblem.View(_ml, [TinyProblem.Row(0, ModalitySet.Of(Modality.T1ce, Modality.T2)),
            TinyProblem.Row(1, ModalitySet.Of(Modality.Flair, Modality.T1, Modality.T2))]);
        using SegmentationTransformer model = _ml.Segmentation.Trainers.M3ae(options).Fit(data);
        Assert.All(model.Info.FinalLosses.Values, loss => Assert.True(double.IsFinite(loss)));
    }

    private static M3aeTrainerOptions Tiny() =>
        (M3aeTrainerOptions)SegmentationMethods.Parse("m3ae").CreateOptions(NetworkSize.Tiny) with { Seed = 3 };

    private SegmentationTransformer Fit(M3aeTrainerOptions options) =>
        _ml.Segmentation.Trainers.M3ae(options).Fit(TinyProblem.View(_ml, TinyProblem.Rows(2)));

    private SegmentationModelInfo Train(M3aeTrainerOptions options)
    {
        using SegmentationTransformer model = Fit(options);
        return model.Info;
    }

    private sealed class Immediate(Action act) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => act();
    }
}
