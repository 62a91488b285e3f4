using System.Globalization;
using System.Text.RegularExpressions;
using CsCheck;
using Smml.MLNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Training.Feeding;

public sealed partial class PatchSamplerTests
{
    private static readonly VolumeShape s_patch = new(6, 7, 8);

    private static readonly Gen<(VolumeShape Shape, ulong Seed)> s_cases =
        Gen.Select(Gen.Int[3, 14], Gen.Int[3, 14], Gen.Int[3, 14], Gen.ULong).Select((x, y, z, seed) => (new VolumeShape(x, y, z), seed));

    [Fact]
    public void Rotations_are_those_of_the_released_code()
    {
        Dictionary<string, NumpyArray> arrays = Fixtures.Archive("preprocess_augment.npz");
        NumpyArray image = arrays["img"], label = arrays["lab"];
        VolumeShape shape = new((int)image.Shape[0], (int)image.Shape[1], (int)image.Shape[2]);
        float[] voxels = image.ToSingle();
        Volume scan = Volumes.Of(shape, (x, y, z) => voxels[(((x * shape.Y) + y) * shape.Z) + z]);
        byte[] classes = FirstAxisFastest(label.Bytes, shape);
        int compared = 0;
        foreach ((string name, Match match) in arrays.Keys
            .Select(name => (name, RotatedImage().Match(name)))
            .Where(pair => pair.Item2.Success))
        {
            int[] plane = [.. match.Groups["axes"].Value.Select(digit => digit - '0').Order()]; // SciPy sorts the axes too
            PatchDraw draw = Draw(
                shape, angle: double.Parse(match.Groups["angle"].Value, CultureInfo.InvariantCulture), plane: (plane[0], plane[1]));
            int[] indices = PatchSampler.SourceIndices(shape, shape, draw);
            float[] rotated = new float[shape.Count];
            PatchSampler.Image(scan.Voxels, indices, shape, draw, Modality.Flair, -1, rotated);
            Assert.Equal(arrays[name].ToSingle(), rotated);
            byte[] map = new byte[shape.Count];
            PatchSampler.Map(classes, indices, shape, map);
            Assert.Equal(arrays["lab" + name["img".Length..]].Bytes.ToArray(), map);
            compared++;
        }

        Assert.True(compared >= 3, $"only {compared} rotations were compared");
    }

    [Fact]
    public void Indices_follow_from_place_rotation_and_mirrors_voxel_by_voxel() => s_cases.Sample(
        one =>
        {
            PatchDraw draw = PatchDraw.Draw(
                new(one.Seed), TinyCases.Case(1, shape: one.Shape), s_patch, new() { RotationDegrees = 90 }, masks: 2);
            int[] indices = PatchSampler.SourceIndices(one.Shape, s_patch, draw),
                rotation = PatchSampler.Rotation(s_patch[draw.Plane.First], s_patch[draw.Plane.Second], draw.Angle);
            int width = s_patch[draw.Plane.Second], element = 0;
            for (int x = 0; x < s_patch.X; x++)
            {
                for (int y = 0; y < s_patch.Y; y++)
                {
                    for (int z = 0; z < s_patch.Z; z++, element++)
                    {
                        int[] position =
                        [
                            draw.Flip.X ? s_patch.X - 1 - x : x,
                            draw.Flip.Y ? s_patch.Y - 1 - y : y,
                            draw.Flip.Z ? s_patch.Z - 1 - z : z,
                        ];
                        int from = rotation[(position[draw.Plane.First] * width) + position[draw.Plane.Second]];
                        (position[draw.Plane.First], position[draw.Plane.Second]) = (from / width, from % width);
                        (int X, int Y, int Z) voxel = (draw.Start.X + position[0], draw.Start.Y + position[1], draw.Start.Z + position[2]);
                        bool inside = from >= 0
                            && voxel.X >= 0
                            && voxel.X < one.Shape.X
                            && voxel.Y >= 0
                            && voxel.Y < one.Shape.Y
                            && voxel.Z >= 0
                            && voxel.Z < one.Shape.Z;
                        Assert.Equal(inside ? voxel.X + (one.Shape.X * (voxel.Y + (one.Shape.Y * voxel.Z))) : -1, indices[element]);
                    }
                }
            }
        },
        iter: 200);

    [Fact]
    public void Mirroring_twice_gives_the_patch_back() =>
        Gen.Select(s_cases, Gen.Bool, Gen.Bool, Gen.Bool).Sample(
            (one, x, y, z) =>
            {
                byte[] voxels = Bytes(one.Shape, one.Seed);
                PatchDraw draw = Draw(one.Shape, flip: (x, y, z));
                int[] indices = PatchSampler.SourceIndices(one.Shape, one.Shape, draw);
                byte[] once = new byte[voxels.Length], twice = new byte[voxels.Length];
                PatchSampler.Map(voxels, indices, one.Shape, once);
                PatchSampler.Map(FirstAxisFastest(once, one.Shape), indices, one.Shape, twice);
                Assert.Equal(voxels, FirstAxisFastest(twice, one.Shape));
                Assert.Equal(x || y || z, !FirstAxisFastest(once, one.Shape).SequenceEqual(voxels));
            },
            iter: 100);

    [Fact]
    public void Scans_labels_and_cues_stay_aligned_through_any_draw()
    {
        TorchRuntime.EnsureAvailable();
        AugmentationOptions options = new() { IntensityScale = 0, IntensityShift = 0, RotationDegrees = 30, ForegroundSampling = 0.5 };
        s_cases.Sample(
            one =>
            {
                using DisposeScope scope = NewDisposeScope();
                TrainingCase source = Case(one.Shape, one.Seed);
                PatchDraw draw = PatchDraw.Draw(new(one.Seed), source, s_patch, options, masks: 2);
                TrainingBatch batch = TrainingBatch.Create(
                    [TrainingSample.Cut(source, draw, s_patch, Fidelity.Corrected, withCues: true)], s_patch, CPU);
                float[] scans = batch.Scans.data<float>().ToArray(), cues = batch.Cues!.data<float>().ToArray();
                long[] labels = batch.Labels.data<long>().ToArray();
                int inside = 0;
                for (int i = 0; i < labels.Length; i++)
                {
                    // The number of the voxel that the patch shows here, or -1: every array must show the same one.
                    int shown = (int)scans[i];
                    inside += shown >= 0 ? 1 : 0;
                    Assert.Equal(shown < 0 ? 0 : source.Classes.Span[shown], labels[i]);
                    for (int m = 0; m < 4; m++)
                    {
                        Assert.Equal(shown < 0 ? -1 - m : shown + (1000 * m), scans[(m * labels.Length) + i]);
                        for (int k = 0; k < 4; k++)
                            Assert.Equal(
                                shown < 0 ? 0 : source.Cues![(k * 4) + m].Span[shown] / 255f,
                                cues[(((k * 4) + m) * labels.Length) + i],
                                1e-6f);
                    }
                }

                Assert.True(inside > 0, "the patch shows nothing of the volume");
            },
            iter: 100);
    }

    [Fact]
    public void Cues_of_a_scan_that_the_case_does_not_have_are_zero()
    {
        TorchRuntime.EnsureAvailable();
        using DisposeScope scope = NewDisposeScope();
        TrainingCase source = Case(s_patch, 4, withoutT1ce: true);
        Tensor cues = TrainingBatch.Create(
            [TrainingSample.Cut(source, Draw(s_patch), s_patch, Fidelity.Corrected, withCues: true)], s_patch, CPU).Cues!;
        for (int m = 0; m < 4; m++)
            Assert.Equal(m == (int)Modality.T1ce, cues.select(2, m).abs().max().item<float>() == 0);
    }

    [Fact]
    public void Uniform_patches_stay_inside_and_reach_both_ends()
    {
        VolumeShape shape = new(9, 7, 5); // larger than, equal to and smaller than the patch
        TrainingCase source = Case(shape, 1);
        HashSet<(int X, int Y, int Z)> starts =
        [
            .. Enumerable.Range(0, 500)
                .Select(seed => PatchDraw.Draw(new((ulong)seed), source, s_patch, AugmentationOptions.None, masks: 2).Start),
        ];
        Assert.Equal(
            from x in Enumerable.Range(0, 4) from z in Enumerable.Range(-3, 4) select (x, 0, z),
            starts.OrderBy(start => start.X).ThenBy(start => start.Z));
    }

    [Fact]
    public void Tumour_patches_hold_a_tumour_voxel() => s_cases.Sample(
        one =>
        {
            TrainingCase source = Case(one.Shape, one.Seed);
            PatchDraw draw = PatchDraw.Draw(
                new(one.Seed), source, s_patch, new() { RotationDegrees = 0, ForegroundSampling = 1 }, masks: 2);
            byte[] map = new byte[s_patch.Count];
            PatchSampler.Map(source.Classes.Span, PatchSampler.SourceIndices(one.Shape, s_patch, draw), s_patch, map);
            Assert.Contains(map, value => value > 0);
        },
        iter: 100);

    [Fact]
    public void Draws_have_the_published_ranges()
    {
        TrainingCase source = Case(new(9, 9, 9), 1);
        PatchDraw[] draws =
        [
            .. Enumerable.Range(0, 2000).Select(seed => PatchDraw.Draw(new((ulong)seed), source, s_patch, new(), masks: 2)),
        ];
        Assert.Equal(Enumerable.Range(-10, 20), draws.Select(draw => (int)draw.Angle).Distinct().Order());
        Assert.Equal([(0, 1), (0, 2), (1, 2)], draws.Select(draw => draw.Plane).Distinct().Order());
        Assert.Equal(8, draws.Select(draw => draw.Flip).Distinct().Count());
        float[] scales = [.. draws.SelectMany(draw => draw.Scale)], shifts = [.. draws.SelectMany(draw => draw.Shift)];
        Assert.Equal(s_patch.X * 4, draws[0].Scale.Length);
        Assert.InRange(scales.Min(), 0.9f, 0.901f);
        Assert.InRange(scales.Max(), 1.099f, 1.1f);
        Assert.InRange(shifts.Min(), -0.1f, -0.099f);
        Assert.InRange(shifts.Max(), 0.099f, 0.1f);
    }

    [Fact]
    public void Intensity_changes_a_slice_of_a_modality_as_a_whole_and_follows_the_mirror()
    {
        VolumeShape shape = new(3, 2, 2);
        Volume scan = Volumes.Of(shape, (x, y, z) => 1);
        PatchDraw draw = new()
        {
            Start = (0, 0, 0),
            Scale = [.. Enumerable.Range(0, 12).Select(i => (float)i)],
            Shift = [.. Enumerable.Repeat(0.5f, 12)],
            Flip = (true, false, false),
        };
        float[] patch = new float[12];
        PatchSampler.Image(scan.Voxels, PatchSampler.SourceIndices(shape, shape, draw), shape, draw, Modality.T1, 0, patch);
        Assert.Equal([10.5f, 10.5f, 10.5f, 10.5f, 6.5f, 6.5f, 6.5f, 6.5f, 2.5f, 2.5f, 2.5f, 2.5f], patch);
    }

    [Fact]
    public void Masks_are_two_different_subsets_of_the_scans_at_hand_and_every_pair_occurs()
    {
        SplitMix64 random = new(3);
        foreach (ModalitySet available in ModalitySet.Subsets)
        {
            ModalitySet[] subsets = [.. ModalitySet.Subsets.Where(subset => subset.IsSubsetOf(available))];
            HashSet<(ModalitySet, ModalitySet)> drawn =
            [
                .. Enumerable.Range(0, 6000).Select(_ => PatchDraw.DrawMasks(random, available, 2)).Select(pair => (pair[0], pair[1])),
            ];
            HashSet<(ModalitySet, ModalitySet)> expected = subsets.Length == 1
                ? [(available, available)]
                : [.. from first in subsets from second in subsets where first != second select (first, second)];
            Assert.True(expected.SetEquals(drawn), $"{available}: {drawn.Count} pairs were drawn, expected {expected.Count}");
        }
    }

    [Fact]
    public void A_method_with_one_mask_gets_the_first_of_those_that_another_gets()
    {
        foreach (ModalitySet available in ModalitySet.Subsets)
        {
            for (int seed = 0; seed < 50; seed++)
            {
                ModalitySet one = Assert.Single(PatchDraw.DrawMasks(new((ulong)seed), available, 1));
                IReadOnlyList<ModalitySet> many = PatchDraw.DrawMasks(new((ulong)seed), available, 16);
                Assert.Equal(one, many[0]);
                Assert.Equal(16, many.Count); // more than there are: they repeat
                Assert.All(many, mask => Assert.True(mask.IsSubsetOf(available)));
            }
        }
    }

    private static PatchDraw Draw(
        VolumeShape shape, double angle = 0, (int First, int Second)? plane = null, (bool X, bool Y, bool Z) flip = default) =>
        new()
        {
            Start = (0, 0, 0),
            Angle = angle,
            Plane = plane ?? (0, 1),
            Flip = flip,
            Scale = [.. Enumerable.Repeat(1f, shape.X * 4)],
            Shift = new float[shape.X * 4],
        };

    // A case whose voxels name themselves: modality m of voxel i is i + 1000 m, and -1 - m outside; one or more voxels are tumour.
    private static TrainingCase Case(VolumeShape shape, ulong seed, bool withoutT1ce = false)
    {
        int count = (int)shape.Count;
        byte[] classes = [.. Bytes(shape, seed).Select(value => (byte)(value < 200 ? 0 : value % 4))];
        classes[seed % (ulong)count] = 3;
        return TrainingCase.Of(
            "case",
            EngineScans.Set([
                .. Enumerable.Range(0, 4)
                    .Select(m => withoutT1ce && m == (int)Modality.T1ce
                        ? null
                        : new Volume(new(shape, Affine.Identity), [.. Enumerable.Range(0, count).Select(i => (float)(i + (1000 * m)))])
                        {
                            Background = -1 - m,
                        }),
            ]),
            classes,
            LabelConvention.BraTS2018,
            new(shape, 4, [.. Enumerable.Range(0, 16).Select(map => Bytes(shape, seed + (ulong)map))]));
    }

    private static byte[] Bytes(VolumeShape shape, ulong seed)
    {
        SplitMix64 random = new(seed);
        return [.. Enumerable.Range(0, (int)shape.Count).Select(_ => (byte)random.Integer(0, 255))];
    }

    // From the order of a patch to the order of a volume.
    private static byte[] FirstAxisFastest(ReadOnlySpan<byte> patch, VolumeShape shape)
    {
        byte[] voxels = new byte[patch.Length];
        for (int i = 0; i < patch.Length; i++)
        {
            int z = i % shape.Z, y = i / shape.Z % shape.Y, x = i / (shape.Z * shape.Y);
            voxels[x + (shape.X * (y + (shape.Y * z)))] = patch[i];
        }

        return voxels;
    }

    [GeneratedRegex(@"^img_(?<angle>-?\d+)_(?<axes>\d\d)$", RegexOptions.ExplicitCapture)]
    private static partial Regex RotatedImage();
}
