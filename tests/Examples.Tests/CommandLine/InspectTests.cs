using System.Text.Json;

namespace Smml.MLNet.Tests.CommandLine;

public sealed class InspectTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("smml-inspect-").FullName;

    [Fact]
    public void Inspect_reports_the_numbers_of_the_file()
    {
        SmmlProcess.Done(
            "phantom", _folder, "--cases", "1", "--seed", "9", "--shape", "30x34x28", "--spacing", "5", "--layout", "2023", "--drop",
            "t1ce");
        string path = Path.Combine(_folder, "BraTS-GLI-00001-000", "BraTS-GLI-00001-000-t2f.nii.gz");
        Assert.False(File.Exists(path.Replace("-t2f", "-t1c", StringComparison.Ordinal)));

        SmmlProcess.Result result = SmmlProcess.Done("inspect", path, "--json");
        JsonElement json = result.Json;
        Volume volume = VolumeFile.Read(path);
        double sum = 0;
        foreach (float value in volume.Voxels)
            sum += value;
        Assert.Empty(result.Error);
        Assert.Equal(path, json.GetProperty("file").GetString());
        Assert.Equal([30, 34, 28], json.GetProperty("shape").EnumerateArray().Select(side => side.GetInt32()));
        Assert.Equal("int16", json.GetProperty("dataType").GetString());
        Assert.All(json.GetProperty("spacing").EnumerateArray(), side => Assert.Equal(5, side.GetDouble(), 6));
        Assert.Equal(sum, json.GetProperty("sum").GetDouble());
        Assert.Equal(System.Numerics.Tensors.TensorPrimitives.Min(volume.Voxels), json.GetProperty("min").GetDouble());
        Assert.Equal(System.Numerics.Tensors.TensorPrimitives.Max(volume.Voxels), json.GetProperty("max").GetDouble());
        Assert.Equal("LPS", json.GetProperty("axisCodes").GetString());
        double[][] affine =
        [
            .. json.GetProperty("affine").EnumerateArray().Select(row => row.EnumerateArray().Select(value => value.GetDouble()).ToArray()),
        ];
        Assert.Equal(volume.Grid.Affine.ToArray(), affine[..3].SelectMany(row => row));
        Assert.Equal([0, 0, 0, 1], affine[3]);
    }

    [Fact]
    public void Inspect_shows_other_formats_several_volumes_and_what_is_odd()
    {
        string path = Path.Combine(_folder, "four.nii");
        VolumeFile.WriteAll(
            path,
            [.. Enumerable.Range(0, 4).Select(i => new Volume(new(new(2, 3, 4), Affine.Identity), [.. Enumerable.Repeat((float)i, 24)]))],
            VoxelType.Int16,
            VolumeFileFormat.Nifti2);
        JsonElement json = SmmlProcess.Done("inspect", path, "--json").Json;
        Assert.Equal([2, 3, 4, 4], json.GetProperty("shape").EnumerateArray().Select(side => side.GetInt32()));
        Assert.Equal(("nifti2", 144), (json.GetProperty("format").GetString(), json.GetProperty("sum").GetDouble()));

        string meta = Path.Combine(_folder, "scan.mha");
        File.WriteAllText(meta, "NDims = 3\nDimSize = 2 1 1\nElementType = MET_UCHAR\nBinaryData = False\nElementDataFile = LOCAL\n7 9");
        json = SmmlProcess.Done("inspect", meta, "--json").Json;
        Assert.Equal(
            ("metaImage", "uint8", 16),
            (json.GetProperty("format").GetString(), json.GetProperty("dataType").GetString(), json.GetProperty("sum").GetDouble()));
        Assert.Contains("1 mm is assumed", json.GetProperty("warnings")[0].GetString());
    }

    [Fact]
    public void Sam_link_refuses_what_is_no_checkpoint_and_writes_nothing()
    {
        string path = Path.Combine(_folder, "sam.pth");
        File.WriteAllText(path, "no weights");
        SmmlProcess.Run("sam", "link", path).Fails(5, path, "504B0304");
        SmmlProcess.Run("sam", "link", path + "x").Fails(2, "there is no such file");
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_damaged_file_is_named_with_its_remedy()
    {
        string path = Path.Combine(_folder, "broken.nii");
        File.WriteAllBytes(path, new byte[1000]);
        SmmlProcess.Run("inspect", path, "--json").Fails(5, path);
    }

    [Fact]
    public void The_table_fits_a_narrow_terminal()
    {
        string path = Path.Combine(_folder, "scan.nii");
        VolumeFile.Write(path, new(new(new(2, 3, 4), Affine.Identity), new float[24]));
        SmmlProcess.Result result = SmmlProcess.Done("inspect", path);
        Assert.Contains("2 x 3 x 4", result.Output);
        Assert.All(result.Output.Split('\n'), line => Assert.True(line.Length <= 60, line));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
