using Smml.MLNet.Methods.Smml;
using Smml.MLNet.Phantom;
using Smml.MLNet.Training;
using TorchSharp;
using static TorchSharp.torch;
using SmmlStudent = Smml.MLNet.Methods.Smml.Student;

namespace Smml.MLNet.Tests.Methods.Smml;

/// <summary>One step: what it keeps in memory, and what accumulation, recomputation, precision and skipped encoders change.</summary>
public sealed class SmmlTrainingTests
{
    private const int Classes = 4;

    public static TheoryData<string> Modes => ["plain", "accumulation", "recomputation", "bfloat16", "one thread"];

    [Theory]
    [MemberData(nameof(Modes))]
    public void Tensors_do_not_grow_in_number(string mode)
    {
        int threads = get_num_threads();
        set_num_threads(mode == "one thread" ? 1 : 2);
        try
        {
            using Student student = new(new()
            {
                Architecture = Architecture(),
                BatchSize = 1,
                GradientAccumulation = mode == "accumulation" ? 2 : 1,
                RecomputeEncoders = mode == "recomputation",
                Precision = mode == "bfloat16" ? TrainingPrecision.BFloat16 : TrainingPrecision.Single,
            });
            long before = 0;
            for (int step = 0; step < 8; step++)
            {
                student.Run(mode == "accumulation" ? 2 : 1);
                if (step == 2)
                    before = Tensor.TotalCount;
            }

            Assert.InRange(Tensor.TotalCount, 0, before);
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Fact]
    public void Recomputed_encoders_give_the_same_gradients()
    {
        using Student kept = new(new() { Architecture = Architecture(), BatchSize = 2 }),
            recomputed = new(new() { Architecture = Architecture(), BatchSize = 2, RecomputeEncoders = true });
        AssertSame(kept, recomputed, samples: 2, tolerance: 1e-6);
    }

    [Fact]
    public void Skipped_encoders_give_the_same_weights_as_hidden_ones()
    {
        SmmlLossOptions fused = new() { SeparateWeight = 0 };
        using Student skipping = new(new() { Architecture = Architecture(), BatchSize = 1, Losses = fused });

        // A separate loss of almost nothing keeps every encoder running.
        using Student running = new(new() { Architecture = Architecture(), BatchSize = 1, Losses = new() { SeparateWeight = 1e-30 } });
        running.Run(1);
        skipping.Run(1);
        foreach (((string name, Tensor expected), (_, Tensor found)) in running.Weights().Zip(skipping.Weights()))
        {
            if (!name.Contains("decoder_sep", StringComparison.Ordinal)
                && !name.Contains("encode", StringComparison.Ordinal)
                && !name.Contains("_transformer", StringComparison.Ordinal))
                TensorAssert.Close(expected, found, 1e-6, name);
        }

        // An encoder that does not run moves by its decay, as with a gradient of zero.
        Assert.Equal(
            skipping.States.Count(state => !state.HasMoved),
            skipping.Weights().Count(pair => pair.Name.Contains("decoder_sep", StringComparison.Ordinal)));
    }

    [Fact]
    public void Branches_on_two_devices_learn_what_they_learn_on_one()
    {
        // "cpu" and "cpu:0" are one processor by two names: batch and targets are made for each, and what branches exchange is moved.
        SmmlTrainerOptions options = new() { Architecture = Architecture(), BatchSize = 1 };
        using Student one = new(options), two = new(options, second: device("cpu:0"));
        one.Run(1);
        two.Run(1);
        foreach (((string name, Tensor expected), (_, Tensor found)) in one.Weights().Zip(two.Weights()))
            Assert.True(expected.bytes.SequenceEqual(found.bytes), name);
    }

    [Fact]
    public void Two_passes_of_one_batch_are_one_pass_of_it()
    {
        using Student once = new(new() { Architecture = Architecture(), BatchSize = 1 }),
            twice = new(new() { Architecture = Architecture(), BatchSize = 1, GradientAccumulation = 2 });
        IReadOnlyDictionary<string, double> expected = once.Run(once.Samples(1)),
            found = twice.Run([.. twice.Samples(1), .. twice.Samples(1)]);
        foreach ((string name, double value) in expected)
            TensorAssert.Close(value, found[name], 1e-5, name);
        AssertClose(once, twice, 1e-6);
    }

    [Fact]
    public void Bfloat16_is_near_single_precision_and_leaves_weights_in_it()
    {
        using Student single = new(new() { Architecture = Architecture(), BatchSize = 1 }),
            half = new(new() { Architecture = Architecture(), BatchSize = 1, Precision = TrainingPrecision.BFloat16 });
        IReadOnlyDictionary<string, double> expected = single.Run(1), found = half.Run(1);
        foreach ((string name, double value) in expected.Where(pair =>
            pair.Key.StartsWith("segmentation", StringComparison.Ordinal) || pair.Key.StartsWith("total", StringComparison.Ordinal)))
        {
            TensorAssert.Close(value, found[name], 0.03, name);
            Assert.NotEqual(value, found[name]);
        }

        Assert.All(half.Weights(), pair => Assert.Equal(ScalarType.Float32, pair.Weight.dtype));
        using Tensor outside = ones([4, 4]), product = outside.mm(outside);
        Assert.Equal(ScalarType.Float32, product.dtype); // the precision ends with the step
    }

    private static void AssertSame(Student expected, Student found, int samples, double tolerance)
    {
        expected.Run(samples);
        found.Run(samples);
        AssertClose(expected, found, tolerance);
    }

    private static void AssertClose(Student expected, Student found, double tolerance)
    {
        // Gradients, relative to the largest of each weight.
        foreach (((string name, Tensor own), (_, Tensor other)) in expected.Gradients().Zip(found.Gradients()))
        {
            using DisposeScope scope = NewDisposeScope();
            double size = Math.Max(1e-3, own.abs().max().item<float>());
            TensorAssert.Close(own / size, other / size, tolerance * 20, name);
        }
    }

    private static SmmlArchitecture Architecture() => new()
    {
        Name = "test",
        BaseChannels = 2,
        TransformerWidth = 16,
        FeedForwardWidth = 32,
        AttentionHeads = 2,
        Dropout = 0,
        Patch = new(32, 32, 32),
    };

    /// <summary>Two branches of fixed weights with their step.</summary>
    private sealed class Student : IDisposable
    {
        private readonly SmmlTrainerOptions _options;
        private readonly SmmlStudent[] _branches = new SmmlStudent[2];
        private readonly SmmlTraining _training;
        private readonly IDisposable _passes;

        public Student(SmmlTrainerOptions options, Device? second = null)
        {
            _options = options;
            TorchRuntime.Seed(5);
            for (int b = 0; b < _branches.Length; b++)
            {
                using DisposeScope scope = NewDisposeScope();
                _branches[b] = new(b + 1, options.Architecture, Classes, training: true, refinement: false);
                _branches[b].DetachFromScope();
                _branches[b].To(b == 1 && second is not null ? second : CPU);
                _branches[b].Train(true);
            }

            _training = new(options, _branches, Classes);
            _passes = _training.Begin();
        }

        public IEnumerable<AdamOptimizer.State> States => _training.Groups.SelectMany(group => group.Optimizer.States);

        public IEnumerable<(string Name, Tensor Weight)> Weights() =>
            _branches.SelectMany((branch, b) => branch.NamedParameters.Select(pair => ($"{b + 1}.{pair.Name}", (Tensor)pair.Parameter)));

        public IEnumerable<(string Name, Tensor Gradient)> Gradients() => Weights()
            .Select(pair => (pair.Name, pair.Weight.grad))
            .Where(pair => pair.grad is not null)
            .Select(pair => (pair.Name, pair.grad!));

        public IReadOnlyList<TrainingSample> Samples(int count) => [.. Enumerable.Range(0, count).Select(Sample)];

        public IReadOnlyDictionary<string, double> Run(int samples) => Run(Samples(samples));

        public IReadOnlyDictionary<string, double> Run(IReadOnlyList<TrainingSample> samples)
        {
            using EpochLosses losses = new();
            TrainingStep.Run(_training, samples, _options.BatchSize, epoch: _options.Epochs, losses); // after the warm-up
            return losses.Means().ToDictionary(loss => loss.Label, loss => loss.Value);
        }

        public void Dispose()
        {
            _passes.Dispose();
            _training.Dispose();
            foreach (SmmlStudent branch in _branches)
                branch.Dispose();
        }

        private TrainingSample Sample(int index)
        {
            PhantomCase phantom = PhantomGenerator.Generate(index + 1, new() { Shape = new(32, 32, 32), Spacing = (5.6, 5.6, 5.6) });
            TrainingCase source = TrainingCase.Of(
                $"phantom {index}",
                EngineScans.Set([.. ModalitySet.All.Select(modality => phantom[modality])]),
                LabelConvention.BraTS2018.ToClasses(phantom.Label),
                LabelConvention.BraTS2018,
                null);
            PatchDraw drawn = PatchDraw.Draw(
                SplitMix64.ForKey(1, index), source, _options.Architecture.Patch, _options.Augmentation, masks: 2);
            return TrainingSample.Cut(source, new()
            {
                Start = drawn.Start,
                Scale = drawn.Scale,
                Shift = drawn.Shift,
                Masks = [ModalitySet.Of(Modality.Flair, Modality.T1), ModalitySet.Of(Modality.T1ce, Modality.T1, Modality.T2)],
            }, _options.Architecture.Patch, _options.Fidelity, withCues: false);
        }
    }
}
