using System.Globalization;
using System.Text.Json;
using CsCheck;
using Smml.MLNet.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Inference;

public sealed class SlidingWindowTests
{
    [Fact]
    public void Windows_start_where_the_released_code_starts_them()
    {
        JsonProperty[] table = [.. Fixtures.Json("misc.json").GetProperty("sliding_window_starts_patch128").EnumerateObject()];
        Assert.NotEmpty(table);
        Assert.All(table, entry => Assert.Equal(
            entry.Value.EnumerateArray().Select(start => start.GetInt32()),
            SlidingWindow.Starts(int.Parse(entry.Name, CultureInfo.InvariantCulture), 128, 0.5)));
    }

    [Fact]
    public void Sums_and_visits_are_those_of_the_released_loop()
    {
        // The reference predicts 3 * patch + k in window k, so that a wrong order, place or weight of a window shows.
        TorchRuntime.EnsureAvailable();
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, NumpyArray> arrays = Fixtures.Archive("sliding_toy.npz");
        Tensor image = arrays["x"].ToTensor();
        VolumeShape shape = new((int)image.shape[1], (int)image.shape[2], (int)image.shape[3]), window = new(8, 8, 8);
        int index = 0;
        TensorAssert.Close(
            arrays["out"].ToTensor(), WindowMeans.Of(image, window, 0.5, patch => (3 * patch) + index++), 1e-12, "mean of the windows");

        double[] visits = arrays["count"].ToDouble();
        Assert.Equal(visits.Select(count => (int)count), Visits(shape, window, 0.5));
    }

    [Fact]
    public void Every_voxel_is_covered_and_no_window_runs_twice() =>
        Gen.Select(Gen.Int[1, 12], Gen.Int[0, 30], Gen.Int[1, 12], Gen.Int[0, 30], Gen.Int[1, 12], Gen.Int[0, 30], Gen.Double[0, 0.9])
            .Sample(
                (wx, dx, wy, dy, wz, dz, overlap) =>
                {
                    VolumeShape window = new(wx, wy, wz), shape = new(wx + dx, wy + dy, wz + dz);
                    (int X, int Y, int Z)[] windows = [.. SlidingWindow.Windows(shape, window, overlap)];
                    Assert.Equal(windows.Length, windows.Distinct().Count());
                    Assert.All(windows, start => Assert.True(
                        start is { X: >= 0, Y: >= 0, Z: >= 0 }
                        && start.X + wx <= shape.X
                        && start.Y + wy <= shape.Y
                        && start.Z + wz <= shape.Z,
                        $"{start} of {window} in {shape}"));
                    Assert.DoesNotContain(0, Visits(shape, window, overlap));
                },
                iter: 200);

    [Fact]
    public void The_mean_of_a_prediction_that_is_the_patch_is_the_image()
    {
        TorchRuntime.EnsureAvailable();
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 9], Gen.Int[0, 9], Gen.Double[0, 0.9]).Sample(
            (dx, dy, dz, overlap) =>
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor image = arange(2 * (4 + dx) * (5 + dy) * (6 + dz), dtype: ScalarType.Float64).view(2, 4 + dx, 5 + dy, 6 + dz);
                TensorAssert.Close(image, WindowMeans.Of(image, new(4, 5, 6), overlap, patch => patch), 1e-9, "image");
            },
            iter: 30);
    }

    [Fact]
    public void An_axis_shorter_than_the_window_is_refused() =>
        Assert.Contains(
            "pad it first",
            Assert.Throws<ArgumentOutOfRangeException>(() => SlidingWindow.Starts(127, 128, 0.5)).Message,
            StringComparison.Ordinal);

    // How many windows see each voxel, last axis fastest.
    private static int[] Visits(VolumeShape shape, VolumeShape window, double overlap)
    {
        int[] visits = new int[shape.Count];
        foreach ((int x, int y, int z) in SlidingWindow.Windows(shape, window, overlap))
        {
            for (int i = x; i < x + window.X; i++)
            {
                for (int j = y; j < y + window.Y; j++)
                {
                    for (int k = z; k < z + window.Z; k++)
                        visits[(((i * shape.Y) + j) * shape.Z) + k]++;
                }
            }
        }

        return visits;
    }
}
