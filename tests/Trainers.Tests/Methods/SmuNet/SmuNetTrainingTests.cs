using Microsoft.ML;
using Smml.MLNet.Methods.SmuNet;
using Smml.MLNet.Phantom;
using Smml.MLNet.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Methods.SmuNet;

/// <summary>Who learns from which sample, and models with some students only.</summary>
public sealed class SmuNetTrainingTests : IDisposable
{
    private static readonly ModalitySet s_flair = ModalitySet.Of(Modality.Flair), s_pair = ModalitySet.Of(Modality.T1ce, Modality.T2);

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_student_that_was_not_drawn_stands_still_and_a_sample_without_all_scans_does_not_move_the_teacher()
    {
        TorchRuntime.EnsureAvailable();
        using DisposeScope scope = NewDisposeScope();
        SmuNetTrainerOptions options = Options("flair,t1ce+t2");
        using TrainingMethod training = new SmuNetMethod().CreateTraining(options, Setup(ModalitySet.All));
        SmuNetNetwork network = (SmuNetNetwork)training.Networks[0];
        training.Begin();
        Dictionary<string, byte[]> before = Weights(training);
        Step(training, Sample(s_flair, ModalitySet.All), 0);
        Assert.Equal(["discriminator", "network/flair", "network/full"], Moved());
        Step(training, Sample(s_pair, ModalitySet.Of(Modality.T1ce, Modality.T1, Modality.T2)), 1);
        Assert.Equal(["network/t1ce_t2"], Moved());
        Step(training, Sample(s_flair, ModalitySet.All), 2);
        Assert.Equal([2, 2, 1, 2], training.Groups.Select(group => group.Optimizer.Steps)); // teacher, flair, t1ce+t2, discriminator
        Assert.NotNull(network.Find(s_flair));

        string[] Moved()
        {
            Dictionary<string, byte[]> now = Weights(training);
            string[] moved =
            [
                .. now.Where(pair => !pair.Value.AsSpan().SequenceEqual(before[pair.Key]))
                    .Select(pair => pair.Key.StartsWith("network/", StringComparison.Ordinal)
                        ? pair.Key[..pair.Key.IndexOf('.', StringComparison.Ordinal)]
                        : pair.Key[..pair.Key.IndexOf('/', StringComparison.Ordinal)])
                    .Distinct()
                    .Order(StringComparer.Ordinal),
            ];
            before = now;
            return moved;
        }
    }

    [Fact]
    public void The_reference_begins_the_discriminators_optimizer_anew_in_every_step()
    {
        TorchRuntime.EnsureAvailable();
        using DisposeScope scope = NewDisposeScope();
        Dictionary<Fidelity, long> steps = [];
        foreach (Fidelity fidelity in Enum.GetValues<Fidelity>())
        {
            using TrainingMethod training = new SmuNetMethod()
                .CreateTraining(Options("flair") with { Fidelity = fidelity, Epochs = 9 }, Setup(ModalitySet.All));
            training.Begin();
            for (int i = 0; i < 2; i++)
                Step(training, Sample(s_flair, ModalitySet.All), i);
            steps[fidelity] = training.Groups[^1].Optimizer.Steps;
        }

        Assert.Equal((2, 1), (steps[Fidelity.Corrected], steps[Fidelity.Reference]));
    }

    [Fact]
    public void Without_a_term_for_the_discriminator_there_is_none()
    {
        using TrainingMethod training = new SmuNetMethod().CreateTraining(
            Options("flair") with { Losses = new() { AdversarialWeight = 0 } }, Setup(ModalitySet.All));
        Assert.Equal(2, training.Groups.Count);
        Assert.DoesNotContain(training.State, pair => pair.Key.StartsWith("discriminator", StringComparison.Ordinal));
    }

    [Fact]
    public void Cases_from_which_nobody_can_learn_are_refused_before_the_training()
    {
        string message = Assert.Throws<InvalidOperationException>(
            () => new SmuNetMethod().CreateTraining(Options("flair"), Setup(ModalitySet.All, s_pair))).Message;
        Assert.Contains("A training case has the scans T1ce+T2", message, StringComparison.Ordinal);
        Assert.Contains("Architecture.Patterns has Flair", message, StringComparison.Ordinal);
        message = Assert.Throws<InvalidOperationException>(
            () => new SmuNetMethod().CreateTraining(Options("flair"), Setup(s_flair))).Message;
        Assert.Contains("no training case has them", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_with_some_students_is_saved_validated_scored_and_evaluated_for_their_subsets()
    {
        SmuNetTrainerOptions options = Options("flair,t1ce+t2") with
        {
            Seed = 4,
            StepsPerEpoch = 1,
            Validation = new() { Cases = TinyProblem.View(_ml, TinyProblem.Rows(3).Skip(2)), EveryEpochs = 1 },
        };
        using SegmentationTransformer model = _ml.Segmentation.Trainers.SmuNet(options)
            .Fit(TinyProblem.View(_ml, TinyProblem.Rows(2)));
        Assert.Equal(3 * 4, model.Info.Validation!.Scores.Count);
        Assert.Contains(model.History[0].Losses, loss => loss.Name == "discriminator");
        _ml.Model.Save(model, null, _folder["model.zip"]);
        ITransformer loaded = new MLContext().Model.Load(_folder["model.zip"], out _);
        SegmentationModelInfo info = _ml.Segmentation.Describe(loaded);
        Assert.Equal(options.Architecture, info.Architecture);
        Assert.Equal(model.Info.WeightsSha256, info.WeightsSha256);

        TinyRow row = TinyProblem.Row(3);
        Assert.Equal(2, model.Engine.Segment((Volume?[])[row.Flair, row.T1ce, row.T1, row.T2], [s_flair, s_pair]).Length);
        string message = Assert.Throws<InvalidOperationException>(
            () => model.Engine.Segment((Volume?[])[row.Flair, row.T1ce, row.T1, row.T2], [s_flair, ModalitySet.Of(Modality.T1)])).Message;
        Assert.Contains(
            "cannot segment from T1 alone: it was trained for Flair, T1ce+T2, Flair+T1ce+T1+T2", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluation_leaves_subsets_without_a_student_out_and_says_so()
    {
        PhantomDataset.Write(_folder["cases"], 2, seed: 5, new() { Shape = new(32, 32, 32), Spacing = (5.6, 5.6, 5.6) });
        IDataView cases = _ml.Data.LoadBraTS(BraTSDataset.Find(_folder["cases"]));
        IEstimator<ITransformer> chain = _ml.Transforms.LoadVolumes()
            .Append(_ml.Transforms.CropForeground())
            .Append(_ml.Transforms.NormalizeIntensity())
            .Append(_ml.Segmentation.Trainers.SmuNet(Options("flair") with { Seed = 2, StepsPerEpoch = 1 }));
        ITransformer model = chain.Fit(cases);
        List<string> log = [];
        _ml.Log += (_, entry) => log.Add(entry.Message);
        SegmentationReport report = _ml.Segmentation.Evaluate(model, cases, new() { Metrics = SegmentationMetric.Dice });
        Assert.Empty(report.Failures);
        Assert.Equal(13, report.LeftOut.Count);
        Assert.Contains("the model was not trained for T1ce, T1, T2, Flair+T1ce", report.ToHtml(), StringComparison.Ordinal);
        Assert.Equal(
            [s_flair, ModalitySet.All], report.Scores.Select(score => score.Modalities).Distinct().OrderBy(subset => subset.Count));
        Assert.Contains(
            log, text => text.Contains("Not evaluated, because the model was trained for other subsets", StringComparison.Ordinal));
        Assert.Throws<InvalidOperationException>(() => _ml.Segmentation.Evaluate(
            model, cases, new() { Metrics = SegmentationMetric.Dice, Subsets = [s_pair] }));
        (model as IDisposable)?.Dispose();
    }

    private static SmuNetTrainerOptions Options(string patterns)
    {
        SmuNetTrainerOptions tiny = (SmuNetTrainerOptions)SegmentationMethods.Parse("smunet").CreateOptions(NetworkSize.Tiny);
        return tiny with
        {
            Epochs = 1,
            Architecture = tiny.Architecture with { Patterns = StudentPatterns.Parse(patterns), Patch = new(16, 16, 16) },
        };
    }

    private static TrainingSetup Setup(params ModalitySet[] scans) =>
        new(LabelConvention.BraTS2018, [CPU], HasCues: false) { Scans = scans };

    private static Dictionary<string, byte[]> Weights(TrainingMethod training) => training.State
        .Where(pair => pair.Key != "steps")
        .ToDictionary(pair => pair.Key, pair => pair.Value.bytes.ToArray());

    private static void Step(TrainingMethod training, TrainingSample sample, int epoch)
    {
        using EpochLosses losses = new();
        TrainingStep.Run(training, [sample], 1, epoch, losses);
    }

    private static TrainingSample Sample(ModalitySet mask, ModalitySet available)
    {
        Random random = new(7);
        return new()
        {
            Scans = [.. Enumerable.Range(0, 4 * 16 * 16 * 16).Select(_ => (float)random.NextDouble())],
            Labels = [.. Enumerable.Range(0, 16 * 16 * 16).Select(_ => (byte)random.Next(4))],
            Available = available,
            Masks = [mask],
            Start = (0, 0, 0),
        };
    }
}
