using CsCheck;
using Smml.MLNet.Inference;
using Smml.MLNet.Tests.Training.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Inference;

/// <summary>What the options of a sliding window change, and what they do not.</summary>
public sealed class WindowOptionsTests(WindowOptionsTests.Model model) : IClassFixture<WindowOptionsTests.Model>
{
    [Fact]
    public void Gaussian_weights_are_those_of_MONAI()
    {
        TorchRuntime.EnsureAvailable();
        using DisposeScope scope = NewDisposeScope();
        Tensor weights = TensorWindows.Weights(new(16, 8, 9), WindowBlending.Gaussian);
        for (int x = 0; x < 16; x++)
        {
            for (int z = 0; z < 9; z++)
            {
                // exp(-(i - middle)^2 / (2 (n / 8)^2)) along each axis, at least 1e-3
                double expected = Math.Exp(-Math.Pow(x - 7.5, 2) / 8) * Math.Exp(-Math.Pow(3 - 3.5, 2) / 2) * Math.Exp(
                    -Math.Pow(z - 4, 2) / (2 * Math.Pow(9 / 8.0, 2)));
                Assert.Equal(Math.Max(1e-3, expected), weights[x, 3, z].item<float>(), 1e-6);
            }
        }
    }

    [Fact]
    public void The_weighted_mean_of_a_prediction_that_is_the_patch_is_the_image_for_any_options()
    {
        TorchRuntime.EnsureAvailable();
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 9], Gen.Double[0, 0.9], Gen.Int[1, 5], Gen.Bool).Sample(
            (dx, dz, overlap, batch, isGaussian) =>
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor image = arange(2 * (4 + dx) * 6 * (6 + dz), dtype: ScalarType.Float64).view(2, 4 + dx, 6, 6 + dz);
                WindowBlending blending = isGaussian ? WindowBlending.Gaussian : WindowBlending.Constant;
                TensorAssert.Close(image, WindowMeans.Of(image, new(4, 5, 6), overlap, patches => patches, batch, blending), 1e-9, "image");
            },
            iter: 30);
    }

    [Fact]
    public void The_middle_of_a_window_counts_more_than_its_rim_with_Gaussian_blending()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor image = zeros([1, 12, 8, 8]);
        int window = 0;
        Tensor mean = WindowMeans.Of(
            image, new(8, 8, 8), 0.5, patch => zeros_like(patch).Plus(window++), blending: WindowBlending.Gaussian);
        Assert.InRange(mean[0, 4, 4, 4].item<float>(), 0.002f, 0.003f); // beside the middle of window 0, at the rim of window 1
        Assert.InRange(mean[0, 7, 4, 4].item<float>(), 0.997f, 0.998f);
    }

    [Fact]
    public void A_batch_of_windows_gives_the_logits_of_single_windows_to_rounding()
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Volume?[] scans = Scans(TinyProblem.Row(5, side: 40));
        // 8 windows: the last batch has two
        foreach ((Tensor single, Tensor batched) in Logits(scans, new()).Zip(Logits(scans, new() { BatchSize = 3 })))
        {
            TensorAssert.Close(single, batched, 2e-4, "logits");
            Assert.True(single.std().item<float>() > 0.01f);
        }
    }

    [Fact]
    public void Probabilities_are_averaged_where_asked()
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Volume?[] scans = Scans(TinyProblem.Row(5)); // one window: the mean over two branches alone
        Tensor logits = Logits(scans, new())[0], probabilities = Logits(scans, new() { Average = WindowAverage.Probabilities })[0];
        TensorAssert.Close(ones_like(probabilities[0]), probabilities.sum([0L]), 1e-5, "sum over classes");
        Assert.False(
            logits.softmax(0).allclose(probabilities, 1e-7, 1e-7), "the mean of probabilities is that of logits: nothing was compared");
        Assert.True(logits.argmax(0).eq(probabilities.argmax(0)).to(ScalarType.Float32).mean().item<float>() > 0.9f);
    }

    [Theory]
    [InlineData(FlipAxes.X)]
    [InlineData(FlipAxes.Y | FlipAxes.Z)]
    [InlineData(FlipAxes.All)]
    public void With_flips_a_flipped_case_has_the_flipped_logits(FlipAxes axes)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        long[] dimensions =
        [
            .. new[] { FlipAxes.X, FlipAxes.Y, FlipAxes.Z }.Index().Where(axis => axes.HasFlag(axis.Item)).Select(axis => axis.Index + 1L),
        ];
        TinyRow row = TinyProblem.Row(5);
        Volume?[] scans = Scans(row), flipped = [.. scans.Select(scan => Flip(scan!, dimensions))];
        TensorAssert.Close(
            Logits(scans, new() { Flips = axes })[0],
            Logits(flipped, new() { Flips = axes })[0].flip(dimensions),
            2e-4,
            "logits with flips");
        Assert.True(
            (Logits(scans, new())[0] - Logits(flipped, new())[0].flip(dimensions)).abs().max().item<float>() > 1e-3f,
            "the network is symmetric: flips change nothing");
    }

    [Fact]
    public void Windows_without_tissue_are_left_out_and_become_background()
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Volume?[] small = Scans(TinyProblem.Row(5)), wide = [.. small.Select(scan => scan!.Crop(0, 0, 0, new(96, 32, 32)))];
        Tensor all = Logits(wide, new())[0], some = Logits(wide, new() { SkipsEmptyWindows = true })[0];
        // starts 0, 16, 32 see tissue up to voxel 31
        Assert.True(
            all.narrow(1, 0, 32).contiguous().bytes.SequenceEqual(some.narrow(1, 0, 32).contiguous().bytes),
            "the part whose windows all hold tissue differs");
        Tensor empty = some.narrow(1, 48, 48);
        Assert.Equal((1f, 0f), (empty[0].min().item<float>(), empty.narrow(0, 1, 3).abs().max().item<float>()));
        Assert.True(all.narrow(1, 48, 48).std().item<float>() > 1e-3f, "what is left out was computed before");
    }

    [Fact]
    public void What_a_subset_leaves_out_does_not_depend_on_the_subsets_beside_it()
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Volume[] moved =
        [
            .. Scans(TinyProblem.Row(5))
                .Select((scan, modality) => scan!.Crop(modality == (int)Modality.Flair ? 0 : -64, 0, 0, new(96, 32, 32))),
        ];
        // Flair's tissue lies elsewhere
        Volume?[] scans = [.. moved.Select(scan => new Volume(moved[0].Grid, scan.Voxels.ToArray()) { Background = scan.Background })];
        SlidingWindowOptions windows = new() { SkipsEmptyWindows = true };
        ModalitySet[] subsets = [ModalitySet.Of(Modality.Flair), ModalitySet.Of(Modality.T2), ModalitySet.All];
        Tensor[] together = model.Engine.Logits(scans, subsets, windows);
        foreach ((ModalitySet subset, Tensor logits) in subsets.Zip(together))
            Assert.True(logits.bytes.SequenceEqual(model.Engine.Logits(scans, [subset], windows)[0].bytes), $"{subset} differs");
    }

    [Fact]
    public void A_case_without_any_tissue_is_background()
    {
        Volume?[] scans = [.. Scans(TinyProblem.Row(5)).Select(scan => scan!.WithVoxels(new float[scan.Shape.Count], background: 0))];
        Assert.All(
            model.Engine.Segment(scans, [ModalitySet.All], new() { SkipsEmptyWindows = true })[0].Voxels.ToArray(),
            value => Assert.Equal(0, value));
    }

    [Fact]
    public void Options_out_of_range_are_named()
    {
        SlidingWindowOptions wrong = new()
        {
            Overlap = 0.95,
            BatchSize = 0,
            Blending = (WindowBlending)7,
            Average = (WindowAverage)7,
            Flips = (FlipAxes)8,
        };
        string[] errors = [.. wrong.Errors()];
        Assert.Equal(5, errors.Length);
        Assert.All(
            errors.Zip(["Overlap", "BatchSize", "Blending", "Average", "Flips"]),
            pair => Assert.Contains("Windows." + pair.Second, pair.First, StringComparison.Ordinal));
        Assert.Empty(new SlidingWindowOptions().Errors());
    }

    private Tensor[] Logits(Volume?[] scans, SlidingWindowOptions windows) =>
        model.Engine.Logits(scans, [ModalitySet.All, ModalitySet.Of(Modality.T2)], windows);

    private static Volume Flip(Volume scan, long[] dimensions)
    {
        using DisposeScope scope = NewDisposeScope();
        VolumeShape shape = scan.Shape;
        Tensor map = tensor(scan.Voxels.ToArray(), [shape.Z, shape.Y, shape.X]).flip([.. dimensions.Select(dimension => 3 - dimension)]);
        return scan.WithVoxels(map.contiguous().data<float>().ToArray(), scan.Background);
    }

    private static Volume?[] Scans(TinyRow row) => [row.Flair, row.T1ce, row.T1, row.T2];

    /// <summary>A model of a short training.</summary>
    public sealed class Model : IDisposable
    {
        private readonly SegmentationTransformer _model = new TinyTraining { Length = 1 }.Run();

        internal TorchEngine Engine => _model.Engine;

        public void Dispose() => _model.Dispose();
    }
}
