using System.Text.Json;
using Microsoft.ML;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet.Tests;

public sealed class CropForegroundTests
{
    private static readonly VolumeShape s_shape = new(6, 7, 8);

    [Fact]
    public void It_keeps_the_contract() => StageContract.Holds<VolumeRow>(
        ml => ml.Transforms.CropForeground(),
        [
            new()
            {
                Flair = Volumes.Brain(s_shape, 1),
                T1ce = Volumes.Brain(s_shape, 2),
                T1 = Volumes.Brain(s_shape, 3),
                T2 = Volumes.Brain(s_shape, 4),
                Label = Volumes.Brain(s_shape, 5),
            },
            new() { T1 = Volumes.Brain(s_shape, 6) },
        ],
        new(),
        "Flair",
        "T1ce",
        "T1",
        "T2",
        "Label");

    [Fact]
    public void The_box_holds_every_voxel_of_tissue_in_any_scan_and_negative_voxels_are_tissue()
    {
        Volume flair = Volumes.Of(s_shape, (x, y, z) => (x, y, z) == (1, 2, 3) ? -5 : 0);
        Volume t2 = Volumes.Of(s_shape, (x, y, z) => (x, y, z) == (4, 6, 7) ? 5 : 0);
        Volume label = Volumes.Of(s_shape, (x, y, z) => x);
        VolumeSet cropped = Crop(CaseScans.Of(flair, null, null, t2, label), new());
        Assert.Equal(new VolumeShape(4, 5, 5), cropped[Modality.Flair]!.Shape);
        Assert.Equal((1, 2, 3), cropped[Modality.T2]!.Offset);
        Assert.Equal(-5, cropped[Modality.Flair]![0, 0, 0]);
        Assert.Equal(5, cropped[Modality.T2]![3, 4, 4]);
        Assert.Equal(4, cropped.Label![3, 0, 0]);
        Assert.Null(cropped[Modality.T1]);
        StageContract.Same(flair, Restored(cropped[Modality.Flair]!));
    }

    [Theory]
    [InlineData(2, 3, 10, 0, 1, 2, 4)]
    [InlineData(2, 3, 10, 1, 1, 1, 5)]
    [InlineData(0, 9, 10, 5, 1, 0, 10)] // a margin ends at the scan's border
    [InlineData(4, 5, 10, 0, 6, 2, 8)] // grows around the middle
    [InlineData(0, 1, 10, 0, 6, 0, 6)] // is shifted back inside
    [InlineData(8, 9, 10, 0, 6, 4, 10)]
    [InlineData(3, 4, 10, 0, 16, -3, 13)] // the axis is too small: padded on both sides
    public void A_range_grows_shifts_and_pads(int first, int last, int axis, int margin, int minimum, int start, int end) =>
        Assert.Equal(new(start, end), ForegroundBox.CorrectedRange(first, last, axis, margin, minimum));

    [Fact]
    public void Padding_is_background()
    {
        Volume flair = new(new(new(1, 1, 1), Affine.Identity), [3f]) { Background = -2 };
        Volume cropped = Crop(CaseScans.Of(flair, null, null, null, null), new() { MinimumSize = 3 })[Modality.Flair]!;
        Assert.Equal(27, cropped.Voxels.Length);
        Assert.Equal(3, cropped[1, 1, 1]);
        Assert.Equal(26, cropped.Voxels.ToArray().Count(voxel => voxel == -2));
    }

    [Fact]
    public void The_reference_range_is_that_of_the_released_code()
    {
        int[][] table = Fixtures.Json("misc.json").GetProperty("crop_minidx_maxidx_to_slice").Deserialize<int[][]>()!;
        Assert.Equal(14, table.Length);
        Assert.All(table, row => Assert.Equal(new(row[2], row[3]), ForegroundBox.ReferenceRange(row[0], row[1], 128)));
    }

    [Fact]
    public void The_reference_crop_loses_the_last_plane_and_pads_behind_the_scan()
    {
        Volume flair = Volumes.Of(new(6, 6, 6), (x, y, z) => x >= 1 && y >= 1 && z >= 4 ? 1 : 0);
        Volume cropped = Crop(
            CaseScans.Of(flair, null, null, null, null), new() { Fidelity = Fidelity.Reference, MinimumSize = 4 })[Modality.Flair]!;
        Assert.Equal((1, 1, 3), cropped.Offset);
        Assert.Equal(new VolumeShape(4, 4, 4), cropped.Shape);
        Assert.Equal([0, 1, 1, 0], Enumerable.Range(0, 4).Select(z => cropped[0, 0, z]));
    }

    [Theory]
    [InlineData(Fidelity.Reference, 2, 2)] // 0 of the other scan hides the negative voxel, and the last plane is lost
    [InlineData(Fidelity.Corrected, 0, 5)]
    public void A_negative_voxel_of_one_scan_widens_the_box_unless_the_released_code_is_asked_for(Fidelity fidelity, int start, int size)
    {
        Volume flair = Volumes.Of(s_shape, (x, y, z) => x is 2 or 4 ? 5 : x == 0 ? -5 : 0),
            t2 = Volumes.Of(s_shape, (x, _, _) => x is 2 or 4 ? 5 : 0);
        Volume cropped = Crop(CaseScans.Of(flair, null, null, t2, null), new() { Fidelity = fidelity, MinimumSize = 1 })[Modality.Flair]!;
        Assert.Equal((start, size), (cropped.Offset.X, cropped.Shape.X));
    }

    [Fact]
    public void Options_name_every_error()
    {
        MLContext ml = new();
        ArgumentException error = Assert.Throws<ArgumentException>(() => ml.Transforms.CropForeground(new CropForegroundOptions
        {
            Margin = -1,
            MinimumSize = 0,
            Columns = new() { Flair = "", T1 = "T2" },
        }));
        Assert.Equal(
            "CropForegroundOptions: a column name in Columns is empty; the column 'T2' is named 2 times in Columns; "
            + "Margin is -1, expected 0 or more; MinimumSize is 0, expected 1 or more.",
            error.Message);
    }

    [Fact]
    public void Rows_without_a_label_column_are_cropped_and_keep_their_columns()
    {
        MLContext ml = new();
        IDataView data = ml.Data.LoadFromEnumerable<Unlabeled>([new() { MyFlair = Volumes.Brain(s_shape, 1) }]);
        VolumeColumns columns = new() { Flair = "MyFlair", Label = null };
        IDataView cropped = ml.Transforms.CropForeground(new CropForegroundOptions { Columns = columns }).Fit(data).Transform(data);
        Assert.Equal(
            "MyFlair T1 T1ce T2",
            string.Join(" ", cropped.Schema.Where(column => !column.IsHidden).Select(column => column.Name).Order(StringComparer.Ordinal)));
        Assert.Equal(new VolumeShape(4, 5, 6), ml.Data.CreateEnumerable<Unlabeled>(cropped, false).Single().MyFlair!.Shape);
    }

    [Fact]
    public void Bad_rows_are_refused_with_the_reason()
    {
        Volume empty = new(new(s_shape, Affine.Identity), new float[336]) { Source = "case_flair.nii.gz" };
        Refused(() => CaseScans.Of(null, null, null, null, null), "without any scan");
        Refused(() => CaseScans.Of(empty, null, null, null, null), "case_flair.nii.gz: every voxel is background");
        Refused(() => CaseScans.Of(Volumes.Filled(1), Volumes.Brain(s_shape, 1), null, null, null), "2x3x4", "6x7x8");
    }

    private static void Refused(Func<VolumeSet> volumes, params string[] reasons)
    {
        string message = Assert.Throws<InvalidDataException>(() => Crop(volumes(), new())).Message;
        Assert.All(reasons, reason => Assert.Contains(reason, message, StringComparison.Ordinal));
    }

    private static VolumeSet Crop(VolumeSet volumes, CropForegroundOptions options) => CropForegroundEstimator.Crop(volumes, options);

    // What a writer does with a result: the grid of the file, background around it.
    private static Volume Restored(Volume cropped)
    {
        (int x, int y, int z) = cropped.Offset;
        bool Inside(int index, int start, int size) => index >= start && index < start + size;
        return Volumes.Of(cropped.SourceGrid.Shape, (i, j, k) =>
            Inside(i, x, cropped.Shape.X) && Inside(j, y, cropped.Shape.Y) && Inside(k, z, cropped.Shape.Z)
                ? cropped[i - x, j - y, k - z]
                : 0);
    }

    private sealed class Unlabeled
    {
        public Volume? MyFlair { get; set; }

        public Volume? T1ce { get; set; }

        public Volume? T1 { get; set; }

        public Volume? T2 { get; set; }
    }
}
