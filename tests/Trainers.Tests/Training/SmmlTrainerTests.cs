using System.Globalization;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using Smml.MLNet.Training;
using TorchSharp;

namespace Smml.MLNet.Tests.Training;

public sealed class SmmlTrainerTests
{
    [Fact]
    public void The_same_seed_gives_the_same_weights_and_another_seed_others()
    {
        static string Train(int seed)
        {
            MLContext ml = new(seed: 1);
            SmmlTrainerOptions options = new()
            {
                Architecture = TinyProblem.Architecture,
                Epochs = 2,
                StepsPerEpoch = 1,
                BatchSize = 1,
                Optimizer = new() { LearningRate = 1e-3 },
                Seed = seed,
                ConsistencyStartEpoch = 1,
            };
            using SegmentationTransformer model = ml.Segmentation.Trainers.Smml(options).Fit(TinyProblem.View(ml, TinyProblem.Rows(3)));
            return model.Info.WeightsSha256;
        }

        string first = Train(7);
        Assert.Equal(first, Train(7));
        Assert.NotEqual(first, Train(8));
    }

    [Fact]
    public void The_seed_comes_from_the_context_when_none_is_given()
    {
        static int Seed(int seed)
        {
            MLContext ml = new(seed);
            SmmlTrainerOptions options = new()
            {
                Architecture = TinyProblem.Architecture,
                Epochs = 1,
                BatchSize = 1,
                Losses = TinyProblem.FusedOnly,
            };
            using SegmentationTransformer model = new SmmlTrainer(ml, options).Fit(TinyProblem.View(ml, TinyProblem.Rows(1)));
            return model.Info.Seed;
        }

        int first = Seed(3);
        Assert.Equal(first, Seed(3));
        Assert.NotEqual(first, Seed(4));
    }

    [Fact]
    public void One_batch_can_be_overfitted()
    {
        // One scan, so that both students always see the same, which shows every class; a
        // tumour of three shells in the middle of one window.
        MLContext ml = new(seed: 1);
        VolumeGrid grid = new(TinyProblem.Architecture.Patch, Affine.Identity);
        float[] labels = new float[grid.Shape.Count], scan = new float[labels.Length];
        SplitMix64 random = new(1);
        for (int i = 0; i < labels.Length; i++)
        {
            int x = (i % 32) - 14, y = (i / 32 % 32) - 17, z = (i / 1024) - 15;
            labels[i] = ((x * x) + (y * y) + (z * z)) switch { < 36 => 1, < 81 => 4, < 169 => 2, _ => 0 };
            scan[i] = (float)(random.Normal() * 0.2) + (labels[i] switch { 1 => 3, 2 => 1, 4 => 2, _ => 0 });
        }

        TinyRow row = new()
        {
            CaseId = "one",
            Flair = new(grid, scan),
            Label = new(grid, labels) { LabelConvention = LabelConvention.BraTS2018 },
        };
        List<double> totals = [];
        SmmlTrainerOptions options = new()
        {
            Architecture = new()
            {
                Name = "overfit",
                BaseChannels = 2,
                TransformerWidth = 16,
                FeedForwardWidth = 32,
                AttentionHeads = 2,
                Dropout = 0,
                Patch = grid.Shape,
            },
            Epochs = 4,
            StepsPerEpoch = 20,
            BatchSize = 1,
            Optimizer = new() { LearningRate = 4e-2, WeightDecay = 0 },
            Seed = 3,
            Augmentation = AugmentationOptions.None,
            Losses = new() { SeparateWeight = 0, Prototypes = PrototypePooling.Soft },
            Progress = new Immediate(progress =>
            {
                if (progress.EpochLosses.Count > 0)
                    totals.Add(progress.EpochLosses.Of("segmentation 1") + progress.EpochLosses.Of("segmentation 2"));
            }),
        };
        using SegmentationTransformer model = ml.Segmentation.Trainers.Smml(options).Fit(TinyProblem.View(ml, [row]));
        Assert.True(totals[^1] < 0.4 * totals[0], $"the mean loss of an epoch fell from {totals[0]} to {totals[^1]} only");
        float[] predicted = ml.Data
            .CreateEnumerable<TinyResult>(model.Transform(TinyProblem.View(ml, [row])), false)
            .Single()
            .Segmentation!.Voxels.ToArray();
        foreach (float value in new float[] { 1, 2, 4 })
        {
            int both = predicted.Zip(labels).Count(pair => pair.First == value && pair.Second == value);
            double dice = 2.0 * both / (predicted.Count(voxel => voxel == value) + labels.Count(voxel => voxel == value));
            Assert.True(dice > 0.8, $"Dice of label {value} on the one training case is {dice:0.00}");
        }
    }

    [Fact]
    public void Cues_switch_the_refinement_network_on_and_their_absence_is_logged()
    {
        MLContext ml = new(seed: 1);
        List<string> log = [];
        ml.Log += (_, e) => log.Add($"{e.Source}|{e.RawMessage}");
        List<IReadOnlyDictionary<string, double>> epochs = [];
        SmmlTrainerOptions options = new()
        {
            Architecture = TinyProblem.Architecture,
            Epochs = 2,
            StepsPerEpoch = 1,
            BatchSize = 1,
            ConsistencyStartEpoch = 1,
            Seed = 1,
            Losses = TinyProblem.FusedOnly,
            Progress = new Immediate(progress => epochs.Add(progress.EpochLosses.ByLabel())),
        };
        using SegmentationTransformer with = ml.Segmentation.Trainers.Smml(options)
            .Fit(TinyProblem.View(ml, TinyProblem.Rows(2, cues: true), cues: true));
        Assert.True(with.Info.TrainedWithCues);
        Assert.Contains("refinement 1", epochs[0].Keys);
        Assert.DoesNotContain("refinement consistency 1", epochs[0].Keys);
        Assert.DoesNotContain("pixel consistency 1", epochs[0].Keys);
        Assert.Contains("refinement consistency 2", epochs[1].Keys);
        Assert.Contains("pixel consistency 2", epochs[1].Keys);
        Assert.DoesNotContain(log, line => line.Contains("is off"));

        epochs.Clear();
        using SegmentationTransformer without = ml.Segmentation.Trainers.Smml(options).Fit(TinyProblem.View(ml, TinyProblem.Rows(2)));
        Assert.False(without.Info.TrainedWithCues);
        Assert.DoesNotContain("refinement 1", epochs[1].Keys);
        Assert.Contains(
            log,
            line => line.StartsWith("SmmlTrainer; Fit|", StringComparison.Ordinal) && line.Contains("(SRN, equations 10 and 11) is off"));
        Assert.Contains(log, line => line.Contains("Epoch 2 of 2") && line.Contains("segmentation 1"));
    }

    [Fact]
    public void Every_term_can_be_switched_off()
    {
        MLContext ml = new(seed: 1);
        IReadOnlyDictionary<string, double> terms = new Dictionary<string, double>();
        SmmlTrainerOptions options = new()
        {
            Architecture = TinyProblem.Architecture,
            Epochs = 1,
            StepsPerEpoch = 1,
            BatchSize = 1,
            ConsistencyStartEpoch = 0,
            Seed = 1,
            Losses = new()
            {
                SeparateWeight = 0,
                AuxiliaryWeight = 0,
                PixelConsistencyWeight = 0,
                FeatureRelationWeight = 0,
                RefinementWeight = 0,
                RefinementConsistencyWeight = 0,
            },
            Progress = new Immediate(progress => terms = progress.EpochLosses.ByLabel()),
        };
        using SegmentationTransformer model = ml.Segmentation.Trainers.Smml(options)
            .Fit(TinyProblem.View(ml, TinyProblem.Rows(2, cues: true), cues: true));
        Assert.Equal(["segmentation 1", "segmentation 2", "total 1", "total 2"], terms.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Cases_with_missing_scans_are_trained_on()
    {
        MLContext ml = new(seed: 1);
        TinyRow[] rows =
        [
            TinyProblem.Row(0, ModalitySet.Of(Modality.T1ce, Modality.T2)),
            TinyProblem.Row(1),
            TinyProblem.Row(2, ModalitySet.All.Except(ModalitySet.Of(Modality.T1))),
        ];
        SmmlTrainerOptions options = new()
        {
            Architecture = TinyProblem.Architecture,
            Epochs = 1,
            BatchSize = 3,
            ConsistencyStartEpoch = 0,
            Seed = 7,
        };
        using SegmentationTransformer model = ml.Segmentation.Trainers.Smml(options).Fit(TinyProblem.View(ml, rows));
        Assert.Contains("separate 1", model.Info.FinalLosses.Keys);
        Assert.All(model.Info.FinalLosses.Values, value => Assert.True(double.IsFinite(value)));
    }

    [Fact]
    public void A_data_set_that_does_not_fit_the_memory_is_trained_on()
    {
        MLContext ml = new(seed: 1);
        SmmlTrainerOptions options = new()
        {
            Architecture = TinyProblem.Architecture,
            Epochs = 2,
            BatchSize = 1,
            Seed = 5,
            Cases = new() { Memory = 100 },
            Losses = TinyProblem.FusedOnly,
        };
        List<string> log = [];
        ml.Log += (_, e) => log.Add(e.RawMessage);
        using SegmentationTransformer model = ml.Segmentation.Trainers.Smml(options).Fit(TinyProblem.View(ml, TinyProblem.Rows(3)));
        Assert.Contains(log, line => line.Contains("0 kept in memory, 3 on disk"));
        Assert.Equal(3, model.Info.TrainingCases);
        Assert.Equal(3, model.Info.StepsPerEpoch);
    }

    [Fact]
    public void Training_keeps_the_number_of_live_tensors()
    {
        MLContext ml = new(seed: 1);
        List<long> alive = [];
        SmmlTrainerOptions options = new()
        {
            Architecture = TinyProblem.Architecture,
            Epochs = 6,
            StepsPerEpoch = 1,
            BatchSize = 1,
            Seed = 1,
            ConsistencyStartEpoch = 0,
            Progress = new Immediate(_ => alive.Add(torch.Tensor.TotalCount)),
        };
        using (SegmentationTransformer model = ml.Segmentation.Trainers.Smml(options)
            .Fit(TinyProblem.View(ml, TinyProblem.Rows(2, cues: true), cues: true)))
            Assert.Equal([alive[2], alive[2], alive[2]], alive[^3..]);
    }

    [Fact]
    public void All_bad_options_are_named_in_one_message()
    {
        SmmlTrainerOptions options = new()
        {
            Epochs = 0,
            BatchSize = 0,
            Optimizer = new() { LearningRate = double.NaN },
            Output = new() { Overlap = 1 },
            Architecture = SmmlArchitecture.Paper with { Patch = new(100, 128, 128) },
            Losses = new() { Temperature = 0, PixelConsistencyWeight = -1 },
            Augmentation = new() { FlipProbability = 2 },
        };
        ArgumentException error = Assert.Throws<ArgumentException>(() => new MLContext().Segmentation.Trainers.Smml(options));
        foreach (string name in new[]
        {
            "Epochs", "BatchSize", "LearningRate", "Overlap", "Patch", "Temperature", "PixelConsistencyWeight", "FlipProbability",
        })
            Assert.Contains(name, error.Message);
        Assert.Contains("8 options are out of range", error.Message);
    }

    [Fact]
    public void A_refinement_network_that_nothing_trains_is_refused() =>
        Assert.Contains("nothing trains", Assert.Throws<ArgumentException>(() =>
            new MLContext().Segmentation.Trainers.Smml(new SmmlTrainerOptions { Losses = new() { RefinementWeight = 0 } })).Message);


    [Theory]
    [InlineData("label", "has no label")]
    [InlineData("scans", "all of Flair, T1ce, T1 and T2 are missing")]
    [InlineData("value", "label value 7 (1 voxels)")]
    [InlineData("convention", "not known what the label values mean")]
    [InlineData("empty", "no training cases")]
    public void A_case_that_cannot_be_trained_on_is_named(string what, string expected)
    {
        MLContext ml = new(seed: 1);
        TinyRow row = TinyProblem.Row(0);
        switch (what)
        {
            case "label": row.Label = null; break;
            case "scans": (row.Flair, row.T1ce, row.T1, row.T2) = (null, null, null, null); break;
            case "value": row.Label = Changed(row.Label!, 7, LabelConvention.BraTS2018); break;
            case "convention": row.Label = Changed(row.Label!, 0, null); break;
            default: break;
        }

        Exception error = Assert.ThrowsAny<Exception>(
            () => ml.Segmentation.Trainers.Smml(TinyProblem.Options()).Fit(TinyProblem.View(ml, what == "empty" ? [] : [row])));
        Assert.Contains(expected, error.Message);

        static Volume Changed(Volume label, float first, LabelConvention? convention)
        {
            float[] voxels = label.Voxels.ToArray();
            voxels[0] = first;
            return new(label.Grid, voxels) { Source = label.Source, LabelConvention = convention };
        }
    }

    [Fact]
    public void A_missing_column_is_named_by_schema_and_by_fit()
    {
        MLContext ml = new(seed: 1);
        IDataView data = ml.Transforms.DropColumns("Label")
            .Fit(TinyProblem.View(ml, TinyProblem.Rows(1)))
            .Transform(TinyProblem.View(ml, TinyProblem.Rows(1)));
        SmmlTrainer trainer = ml.Segmentation.Trainers.Smml(TinyProblem.Options());
        Assert.Contains("'Label'", Assert.Throws<ArgumentException>(() => trainer.Fit(data)).Message);
        Assert.Contains("'Label'", Assert.ThrowsAny<Exception>(() => new EstimatorChain<ITransformer>().Append(trainer).Fit(data)).Message);
    }

    [Theory]
    [InlineData(0, 2e-4)]
    [InlineData(100, 1.8191e-4)]
    [InlineData(500, 1.0718e-4)]
    [InlineData(999, 4e-7)]
    public void The_learning_rate_follows_the_released_schedule(int epoch, double expected) =>
        Assert.Equal(expected, Schedules.Poly(2e-4, epoch, 1000), 12);

    [Fact]
    public void Consistency_begins_after_a_tenth_of_the_epochs_as_released()
    {
        Assert.Equal(101, new SmmlTrainerOptions().WarmUpEnd);
        Assert.Equal(5, new SmmlTrainerOptions { Epochs = 40 }.WarmUpEnd);
    }

    private sealed class Immediate(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
