using System.Globalization;
using Microsoft.ML;
using Smml.MLNet.Inference;
using Smml.MLNet.Onnx;
using Smml.MLNet.Persistence;
using Smml.MLNet.Tests.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Inference;

/// <summary>onnxruntime gives what libtorch gives, through the same engine.</summary>
public sealed class OnnxEngineTests : IDisposable
{
    private const double Tolerance = 1e-4; // of the largest logit, or of 1
    private const double WideTolerance = 3e-4; // where parts of a window are constant, the norms of small maps divide by little

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public static TheoryData<string> Keys => ["rfnet", "rfnet-5", "mmformer-zeros", "mmformer-5", "smml"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Keys))]
    public void Logits_and_labels_of_every_subset_are_those_of_libtorch(string key)
    {
        using SegmentationTransformer model = OnnxModels.Create(_ml, key, _folder);
        using OnnxEngine engine = Engine(model);
        VolumeShape window = model.Info.Architecture.Patch;
        // several windows along one axis, smaller than the window along another
        Volume?[] scans = Scans(new(window.X + 9, window.Y, window.Z - 5));
        Compare(key, model.Engine, engine, scans, ModalitySet.Subsets, new(), Tolerance);
    }

    [Theory]
    [InlineData("rfnet-5")]
    [InlineData("mmformer-5")]
    [InlineData("smml")]
    public void So_they_are_with_every_option_of_the_windows(string key)
    {
        using SegmentationTransformer model = OnnxModels.Create(_ml, key, _folder);
        using OnnxEngine engine = Engine(model);
        VolumeShape window = model.Info.Architecture.Patch;
        Volume?[] scans = Scans(new(window.X + 40, window.Y - 3, window.Z), tissue: 20);
        ModalitySet[] subsets = [ModalitySet.All, ModalitySet.Of(Modality.T2)];
        foreach (WindowAverage average in Enum.GetValues<WindowAverage>())
        {
            SlidingWindowOptions options = new()
            {
                Average = average,
                BatchSize = 2, // of three windows
                Blending = WindowBlending.Gaussian,
                Flips = FlipAxes.All,
                SkipsEmptyWindows = true,
            };
            float[][] logits = Compare(key, model.Engine, engine, scans, subsets, options, WideTolerance);
            Assert.Equal(1, logits[0][(window.X + 39) * window.Z * (window.Y - 3)]); // background: the last window has no tissue
        }
    }

    [Fact]
    public void Each_subset_gives_bit_for_bit_what_it_gives_alone_and_NaN_in_an_absent_scan_changes_nothing()
    {
        using SegmentationTransformer model = OnnxModels.Create(_ml, "smml", _folder);
        using OnnxEngine engine = Engine(model);
        Volume?[] scans = Scans(new(40, 32, 30));
        float[] nothing = new float[scans[0]!.Shape.Count];
        nothing.AsSpan().Fill(float.NaN);
        float[][] together = engine.Logits(EngineScans.Set(scans), ModalitySet.Subsets);
        for (int i = 0; i < together.Length; i++)
        {
            ModalitySet subset = ModalitySet.Subsets[i];
            Volume?[] seen = [.. ModalitySet.All.Select(modality =>
                subset.Contains(modality) ? scans[(int)modality] : scans[(int)modality]!.WithVoxels(nothing, background: 0))];
            Assert.True(together[i].AsSpan().SequenceEqual(engine.Logits(EngineScans.Set(seen), [subset])[0]), $"{subset} differs");
        }
    }

    [Fact]
    public void The_disagreement_of_the_networks_is_that_of_libtorch()
    {
        using SegmentationTransformer model = OnnxModels.Create(_ml, "smml", _folder);
        using OnnxEngine engine = Engine(model);
        Volume?[] scans = Scans(new(40, 32, 30));
        scans[1] = null;
        foreach (WindowAverage average in Enum.GetValues<WindowAverage>())
        {
            SlidingWindowOptions windows = new() { Average = average };
            UncertainSegmentation expected = model.Engine.SegmentWithUncertainty(EngineScans.Set(scans), windows);
            UncertainSegmentation found = engine.SegmentWithUncertainty(EngineScans.Set(scans), windows);
            float[] map = expected.Disagreement!.Voxels.ToArray(), other = found.Disagreement!.Voxels.ToArray();
            Assert.True(map.Max() > 0.01f, "the networks are of one mind: nothing was compared");
            Assert.InRange(map.Zip(other, (one, two) => Math.Abs(one - two)).Max(), 0, 1e-4f);
            Assert.Equal(expected.Agreement!.MeanDisagreement, found.Agreement!.MeanDisagreement, 1e-4);
            Assert.All(expected.Agreement.Dice, pair => Assert.Equal(pair.Value, found.Agreement.Dice[pair.Key], 1e-3));
            Assert.True(engine.Segment(scans, [EngineScans.Set(scans).Present], windows)[0].Voxels
                .SequenceEqual(found.Segmentation.Voxels));
        }
    }

    [Fact]
    public void A_model_with_one_network_has_no_disagreement()
    {
        using SegmentationTransformer model = OnnxModels.Create(_ml, "mmformer", _folder);
        using OnnxEngine engine = Engine(model);
        Assert.Contains(
            "mmFormer",
            Assert.Throws<InvalidOperationException>(() => engine.SegmentWithUncertainty(Scans(new(32, 32, 32)))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disposing_ends_those_that_score_and_a_cancelled_token_ends_the_work()
    {
        using SegmentationTransformer model = OnnxModels.Create(_ml, "rfnet", _folder);
        OnnxEngine engine = Engine(model);
        Volume?[] scans = Scans(new(24, 24, 24));
        float[] expected = engine.Segment(scans).Voxels.ToArray();
        Assert.ThrowsAny<OperationCanceledException>(
            () => engine.Segment(scans, [ModalitySet.All], cancellation: new CancellationToken(canceled: true)));
        int done = 0;
        Task[] threads = [.. Enumerable.Range(0, 3).Select(_ => Task.Factory.StartNew(() =>
        {
            while (true)
            {
                Assert.True(engine.Segment(scans).Voxels.SequenceEqual(expected));
                Interlocked.Increment(ref done);
            }
        }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        while (Volatile.Read(ref done) < 5 && threads.All(thread => !thread.IsCompleted))
            await Task.Delay(5, TestContext.Current.CancellationToken);
        engine.Dispose();
        foreach (Task thread in threads)
            await Assert.ThrowsAsync<ObjectDisposedException>(
                () => thread.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        Assert.Throws<ObjectDisposedException>(() => engine.Segment(scans));
    }

    [Theory]
    [InlineData("rfnet")]
    [InlineData("mmformer")]
    [InlineData("smml")]
    public void A_loaded_zip_is_scored_by_the_engine_that_was_chosen(string key)
    {
        using SegmentationTransformer model = OnnxModels.Create(_ml, key, _folder);
        VolumeShape window = model.Info.Architecture.Patch;
        Volume?[] scans = Scans(window);
        ITransformer loaded = SaveAndLoad(model);
        using Choice choice = new(ScoringEngine.OnnxRuntime);
        using OnnxEngine engine = Engine(model);
        SegmentationEngine found = EngineOf(loaded);
        Assert.IsType<OnnxEngine>(found);
        Assert.StartsWith("onnxruntime ", found.Description, StringComparison.Ordinal);
        Assert.True(engine.Segment(scans).Voxels.SequenceEqual(found.Segment(scans).Voxels));
        ScoringRuntime.Engine = ScoringEngine.Auto;
        Assert.IsType<TorchEngine>(EngineOf(loaded));
        ScoringRuntime.Engine = ScoringEngine.LibTorch;
        Assert.StartsWith("libtorch (TorchSharp ", EngineOf(loaded).Description, StringComparison.Ordinal);
        ScoringRuntime.Engine = (ScoringEngine)7;
        Assert.Contains(
            "expected Auto, LibTorch, OnnxRuntime",
            Assert.Throws<InvalidOperationException>(() => EngineOf(loaded)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_GPU_that_is_not_there_is_the_CPU_or_an_error_with_the_remedy()
    {
        using SegmentationTransformer model = OnnxModels.Create(_ml, "rfnet", _folder);
        ITransformer loaded = SaveAndLoad(model);
        using Choice choice = new(ScoringEngine.OnnxRuntime);
        TorchRuntime.GpuDeviceId = 99;
        try
        {
            TorchRuntime.FallbackToCpu = false;
            string message = Assert.Throws<InvalidOperationException>(() => EngineOf(loaded)).Message;
            Assert.StartsWith("GpuDeviceId is 99 and FallbackToCpu is false", message, StringComparison.Ordinal);
            Assert.Contains("CPUExecutionProvider", message, StringComparison.Ordinal);
            Assert.Contains("Microsoft.ML.OnnxRuntime.Gpu.Linux", message, StringComparison.Ordinal);
            TorchRuntime.FallbackToCpu = true;
            Assert.EndsWith(", cpu", EngineOf(loaded).Description, StringComparison.Ordinal);
        }
        finally
        {
            (TorchRuntime.GpuDeviceId, TorchRuntime.FallbackToCpu) = (null, true);
        }
    }

    [Fact]
    public void A_method_without_graphs_is_refused_by_name()
    {
        foreach (SegmentationMethod method in SegmentationMethods.All.Where(method => !method.HasGraphs))
        {
            NetworkArchitecture architecture = method.CreateOptions(NetworkSize.Tiny).Network;
            using SegmentationTransformer model = OnnxModels.Random(_ml, architecture, LabelConvention.BraTS2018);
            ITransformer loaded = SaveAndLoad(model);
            using Choice choice = new(ScoringEngine.OnnxRuntime);
            string message = Assert.Throws<InvalidOperationException>(() => EngineOf(loaded)).Message;
            Assert.Contains($"the model is of {method.Name.Title}", message, StringComparison.Ordinal);
            Assert.Contains("expected SMML, mmFormer or RFNet", message, StringComparison.Ordinal);
            Assert.Contains("TorchSharp-cpu", message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Weights_of_another_number_than_the_networks_have_are_refused()
    {
        using SegmentationTransformer model = OnnxModels.Create(_ml, "rfnet", _folder);
        NetworkGraph graph = Graph(model.Info.Architecture, LabelConvention.BraTS2015);
        string message = Assert.Throws<InvalidDataException>(() => new OnnxEngine(model.Info, graph, Weights(model), null)).Message;
        Assert.Contains($"its header names {model.Info.WeightCount} weights", message, StringComparison.Ordinal);
    }

    private static float[][] Compare(
        string key,
        TorchEngine expected,
        OnnxEngine found,
        Volume?[] scans,
        IReadOnlyList<ModalitySet> subsets,
        SlidingWindowOptions windows,
        double tolerance)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] wanted = expected.Logits(scans, subsets, windows);
        float[][] logits = found.Logits(EngineScans.Set(scans), subsets, windows);
        double largest = 0;
        for (int i = 0; i < subsets.Count; i++)
        {
            double scale = Math.Max(1, wanted[i].abs().max().item<float>());
            Tensor own = tensor(logits[i], wanted[i].shape);
            TensorAssert.Close(wanted[i], own, tolerance * scale, $"{subsets[i]}");
            Assert.True(wanted[i].std().item<float>() > 0.01f, "all logits are alike: nothing was compared");
            largest = Math.Max(largest, (wanted[i] - own).abs().max().item<float>() / scale);
        }

        Volume[] labels = expected.Segment(scans, subsets, windows), others = found.Segment(scans, subsets, windows);
        long same = labels.Zip(others).Sum(pair => pair.First.Voxels.ToArray().Zip(pair.Second.Voxels.ToArray()).Count(two =>
            two.First.Equals(two.Second)));
        long all = subsets.Count * labels[0].Shape.Count;
        Assert.True(labels.Zip(others).All(pair => pair.First.Grid == pair.Second.Grid));
        Assert.True(same >= 0.9999 * all, $"{all - same} of {all} labels differ");
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{key}: the largest difference is {largest:g3} of the largest value; {all - same} of {all} labels differ"));
        return logits;
    }

    private static OnnxEngine Engine(SegmentationTransformer model) =>
        new(model.Info, Graph(model.Info.Architecture, model.Info.Convention), Weights(model), null);

    private static NetworkGraph Graph(NetworkArchitecture architecture, LabelConvention labels) =>
        SegmentationMethods.Of(architecture).CreateGraph(architecture, labels)!;

    private static float[] Weights(SegmentationTransformer model) => [.. model.Engine.WeightParts().SelectMany(part => part)];

    private static SegmentationEngine EngineOf(ITransformer model) => ModelReader.Engine(model)!;

    private ITransformer SaveAndLoad(SegmentationTransformer model) => StageContract.SaveAndLoad(
        _ml, new(seed: 2), model, schema: null);

    // Noise with a bright ball; beyond some voxels of the first axis there is no tissue.
    private static Volume?[] Scans(VolumeShape shape, int tissue = int.MaxValue) => [.. ModalitySet.All.Select(modality =>
    {
        SplitMix64 random = new((ulong)modality);
        float[] voxels = new float[shape.Count];
        for (int i = 0; i < voxels.Length; i++)
        {
            int x = i % shape.X, y = i / shape.X % shape.Y, z = i / (shape.X * shape.Y);
            bool ball = ((x - 10) * (x - 10)) + ((y - 8) * (y - 8)) + ((z - 9) * (z - 9)) < 36;
            voxels[i] = x < tissue ? (float)(random.Normal() + (ball ? 3 : 0)) : -1;
        }

        return new Volume(new(shape, Affine.Identity), voxels)
        {
            Background = -1,
            Source = $"{modality}.nii.gz",
            LabelConvention = LabelConvention.BraTS2018,
        };
    })];

    /// <summary>An engine for the process, until the test ends.</summary>
    private sealed class Choice : IDisposable
    {
        public Choice(ScoringEngine engine) => ScoringRuntime.Engine = engine;

        public void Dispose() => ScoringRuntime.Engine = ScoringEngine.Auto;
    }
}
