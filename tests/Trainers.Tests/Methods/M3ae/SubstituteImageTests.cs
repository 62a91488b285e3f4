using Smml.MLNet.Inference;
using Smml.MLNet.Methods.M3ae;
using Smml.MLNet.Networks;
using Smml.MLNet.Tests.Training;
using Smml.MLNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Methods.M3ae;

/// <summary>Which voxels of the substitute image stand at which voxels of a window.</summary>
public sealed class SubstituteImageTests : IDisposable
{
    private static readonly VolumeShape s_patch = new(5, 4, 3), s_image = new(13, 11, 9);

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Tensor _image;

    public SubstituteImageTests()
    {
        TorchRuntime.EnsureAvailable();
        _image = arange(4 * s_image.Count).to(ScalarType.Float32).view(1, 4, s_image.Z, s_image.Y, s_image.X);
    }

    public void Dispose() => _scope.Dispose();

    public static TheoryData<FlipAxes> Flips => [.. Enumerable.Range(0, 8).Select(axes => (FlipAxes)axes)];

    [Theory]
    [MemberData(nameof(Flips))]
    public void A_volume_as_large_as_the_image_takes_it_voxel_for_voxel_mirrored_as_the_window_is(FlipAxes flips)
    {
        Tensor part = SubstituteImage.Cut(_image, s_patch, (2, 1, 0), new((3, 2, 1), s_image), flips);
        Assert.Equal([1, 4, 3, 4, 5], part.shape);
        for (int m = 0; m < 4; m++)
        {
            for (int z = 0; z < s_patch.Z; z++)
            {
                for (int y = 0; y < s_patch.Y; y++)
                {
                    for (int x = 0; x < s_patch.X; x++)
                    {
                        int fromX = 5 + (flips.HasFlag(FlipAxes.X) ? 4 - x : x), fromY = 3 + (flips.HasFlag(FlipAxes.Y) ? 3 - y : y);
                        int fromZ = 1 + (flips.HasFlag(FlipAxes.Z) ? 2 - z : z);
                        Assert.Equal(_image[0, m, fromZ, fromY, fromX].item<float>(), part[0, m, z, y, x].item<float>());
                    }
                }
            }
        }
    }

    [Fact]
    public void Other_volumes_take_the_nearest_voxel_and_the_edge_outside()
    {
        Assert.Equal([0, 0, 0, 1, 2, 3], SubstituteImage.Indices(-2, 6, whole: 13, image: 13));
        Assert.Equal([11, 12, 12, 12], SubstituteImage.Indices(11, 4, whole: 13, image: 13));
        Assert.Equal([0, 0, 1, 1, 2, 2], SubstituteImage.Indices(0, 6, whole: 6, image: 3));
        Assert.Equal([1, 3, 5], SubstituteImage.Indices(0, 3, whole: 3, image: 6));
        for (int whole = 1; whole < 40; whole++)
        {
            int[] indices = SubstituteImage.Indices(0, whole, whole, 7);
            Assert.Equal(indices.Select((_, i) => (int)Math.Floor((i + 0.5) * 7 / whole)), indices);
        }

        Tensor coarse = SubstituteImage.Cut(_image, new(2, 2, 2), (0, 0, 0), new(default, new(2, 2, 2)), FlipAxes.None);
        Assert.Equal(_image[0, 2, 6, 8, 3].item<float>(), coarse[0, 2, 1, 1, 0].item<float>());
        Assert.Throws<ArgumentException>(() => SubstituteImage.Cut(_image, s_patch, default, default, FlipAxes.None));
    }

    [Fact]
    public void A_mirrored_varied_patch_has_the_part_that_its_scans_show_varied_alike()
    {
        // A scan that holds what the image holds: whatever is drawn about the patch, scan and substitute stay the same.
        float[] voxels = [.. ReleasedOrder.Axes(_image)[0, 3].permute(2, 1, 0).contiguous().data<float>()]; // first axis fastest
        Volume scan = new(new(s_image, Affine.Identity), voxels);
        Volume box = scan.Crop(2, 1, 1, new(10, 9, 7));
        TrainingCase source = TrainingCase.Of(
            "case", EngineScans.Set(box, null, null, null), new byte[box.Shape.Count], LabelConvention.BraTS2018, null);
        AugmentationOptions varied = new() { RotationDegrees = 0 };
        HashSet<FlipAxes> seen = [];
        for (int seed = 0; seed < 40; seed++)
        {
            using DisposeScope scope = NewDisposeScope();
            PatchDraw draw = PatchDraw.Draw(new((ulong)seed), source, s_patch, varied, masks: 1);
            TrainingSample sample = TrainingSample.Cut(source, draw, s_patch, Fidelity.Corrected, withCues: false);
            Tensor shown = ReleasedOrder.Enter(TrainingBatch.Create([sample], s_patch, CPU).Scans)[0, 3];
            TensorAssert.Close(shown, SubstituteImage.Cut(_image, s_patch, sample, varied: true)[0, 3], 1e-2, $"seed {seed}");
            seen.Add(sample.Flips);
        }

        Assert.Equal(8, seen.Count);
    }

    [Fact]
    public void Windows_that_are_scored_flipped_say_where_they_lie_and_how()
    {
        Volume scan = new(new(new(12, 9, 8), Affine.Identity), new float[12 * 9 * 8]);
        using PaddedScans scans = PaddedScans.Of(EngineScans.Set(scan.Crop(4, 3, -1, new(7, 6, 5)), null, null, null), new(4, 8, 4));
        Recorder network = new();
        const FlipAxes both = FlipAxes.X | FlipAxes.Z;
        NetworkMean mean = new([network], new(4, 8, 4), new() { Overlap = 0.5, Average = WindowAverage.Logits, Flips = both });
        _ = mean.Predict(scans, [ModalitySet.Of(Modality.Flair)]).Count();
        Assert.All(network.Seen, windows => Assert.Equal(new CaseFrame((4, 3, -1), new(12, 9, 8)), windows.Frame));
        Assert.Equal([FlipAxes.None, FlipAxes.X, FlipAxes.Z, both], network.Seen.Select(windows => windows.Flips).Distinct());
        Assert.Contains((3, -1, 1), network.Seen.SelectMany(windows => windows.Starts));
    }

    private sealed class Recorder() : SegmentationNetwork("network")
    {
        public List<Windows> Seen { get; } = [];

        public override Readout Readout { get; } = new ClassReadout(2);

        protected override IEnumerable<nn.Module> Modules => [];

        public override IEnumerable<KeyValuePair<string, Tensor>> ScoringState() => [];

        public override void Predict(Windows windows, IReadOnlyList<ModalitySet> subsets, Action<int, Tensor> take)
        {
            Seen.Add(windows);
            take(0, windows.Scans.narrow(1, 0, 2));
        }
    }
}
