using System.Text.Json;

namespace Smml.MLNet.Tests.CommandLine;

public sealed class ValidateTests : IDisposable
{
    private readonly TemporaryFolderOfCases _folder = new();

    [Fact]
    public void A_folder_with_a_good_an_odd_and_a_bad_case_is_told_in_text_and_JSON()
    {
        Volume t2 = VolumeFile.Read(_folder["Phantom_0002", "t2"]);
        float[] skull = [.. t2.Voxels.ToArray().Select((voxel, i) => voxel + 1 + (i % 7))];
        VolumeFile.Write(_folder["Phantom_0002", "t2"], new(t2.Grid, skull), VoxelType.Int16);

        SmmlProcess.Result text = SmmlProcess.Run("validate", _folder.Path);
        text.Fails(4);
        Assert.All(text.Output.Split('\n').Where(line => !line.Contains('/')), line => Assert.True(line.Length <= 60, line));
        Assert.Contains("refused [skull] Phantom_0002", text.Output);
        Assert.Contains("warning [spacing] 2 cases", text.Output);
        Assert.Contains("HD-BET", text.Output);
        Assert.Contains("2 cases: 0 ok, 1 with warnings, 1 refused", text.Output);

        SmmlProcess.Result result = SmmlProcess.Run("validate", _folder.Path, "--json");
        Assert.Equal(4, result.ExitCode);
        Assert.Empty(result.Error);
        JsonElement json = result.Json, first = json.GetProperty("cases")[0], second = json.GetProperty("cases")[1];
        Assert.Equal(_folder.Path, json.GetProperty("folder").GetString());
        Assert.Equal("{\"cases\":2,\"ok\":0,\"warnings\":1,\"refused\":1}", JsonSerializer.Serialize(json.GetProperty("summary")));
        Assert.Equal(("Phantom_0001", "warning"), (first.GetProperty("caseId").GetString(), first.GetProperty("verdict").GetString()));
        Assert.Equal(["flair", "t1ce", "t1", "t2"], first.GetProperty("modalities").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal([28, 32, 28], first.GetProperty("shape").EnumerateArray().Select(side => side.GetInt32()));
        Assert.All(first.GetProperty("spacing").EnumerateArray(), side => Assert.Equal(5.6, side.GetDouble(), 1e-5));
        Assert.Equal("LPS", first.GetProperty("axes").GetString());
        Assert.Equal(28 * 32 * 28, first.GetProperty("labels").EnumerateObject().Sum(value => value.Value.GetInt64()));
        JsonElement finding = second.GetProperty("findings")
            .EnumerateArray()
            .First(item => item.GetProperty("severity").GetString() == "error");
        Assert.Equal("skull", finding.GetProperty("check").GetString());
        Assert.Equal(_folder["Phantom_0002", "t2"], finding.GetProperty("file").GetString());
        Assert.Contains("HD-BET", finding.GetProperty("message").GetString());
    }

    [Fact]
    public void The_exit_code_says_whether_none_some_or_all_cases_are_refused()
    {
        SmmlProcess.Done("validate", _folder.Path);
        File.WriteAllText(_folder["Phantom_0002", "flair"], "no image");
        SmmlProcess.Done("validate", _folder.Path, "--cases", "Phantom_0001");
        SmmlProcess.Result all = SmmlProcess.Run("validate", _folder.Path, "--cases", "Phantom_0002");
        Assert.Equal(5, all.ExitCode);
        Assert.Contains("refused [unreadable] Phantom_0002", all.Output);
        SmmlProcess.Run("validate", _folder.Path, "--cases", "Phantom_0009").Fails(2, "Phantom_0009");
        SmmlProcess.Run("validate", Path.Combine(_folder.Path, "absent")).Fails(2, "absent");
    }

    [Fact]
    public void Four_scans_in_one_file_and_another_orientation_are_accepted()
    {
        string folder = Path.Combine(_folder.Path, "msd");
        SmmlProcess.Done(
            "phantom", folder, "--cases", "1", "--layout", "msd", "--shape", "28x32x30", "--spacing", "5.6", "--orientation", "ASR");
        JsonElement only = SmmlProcess.Done("validate", folder, "--json").Json.GetProperty("cases").EnumerateArray().Single();
        Assert.Equal(4, only.GetProperty("modalities").GetArrayLength());
        Assert.Equal(("ASR", "MsdTask01"), (only.GetProperty("axes").GetString(), only.GetProperty("labelConvention").GetString()));
        Assert.Equal(
            ["spacing"], only.GetProperty("findings").EnumerateArray().Select(finding => finding.GetProperty("check").GetString()));
    }

    [Fact]
    public void A_scan_that_contradicts_itself_is_refused_with_the_option_that_accepts_it()
    {
        string path = _folder["Phantom_0001", "flair"], zip = Path.Combine(_folder.Path, "model.zip");
        byte[] bytes;
        using (System.IO.Compression.GZipStream gzip = new(File.OpenRead(path), System.IO.Compression.CompressionMode.Decompress))
        using (MemoryStream memory = new())
        {
            gzip.CopyTo(memory);
            bytes = memory.ToArray();
        }

        // qform: RPS instead of LPS
        BitConverter.TryWriteBytes(bytes.AsSpan(76), -1f);
        BitConverter.TryWriteBytes(bytes.AsSpan(256), 1f);
        BitConverter.TryWriteBytes(bytes.AsSpan(264), 0f);
        using (System.IO.Compression.GZipStream gzip = new(File.Create(path), System.IO.Compression.CompressionLevel.Fastest))
            gzip.Write(bytes);

        SmmlProcess.Result refused = SmmlProcess.Run("validate", _folder.Path, "--cases", "Phantom_0001");
        Assert.Equal(5, refused.ExitCode);
        Assert.Contains("refused [orientation] Phantom_0001", refused.Output);
        Assert.Contains("--orientation-source", refused.Output);
        SmmlProcess.Run("inspect", path).Fails(5, path, "LPS", "RPS");

        Assert.Contains(
            "warning [orientation]",
            SmmlProcess.Done("validate", _folder.Path, "--cases", "Phantom_0001", "--orientation-source", "sform").Output);
        Assert.Equal(
            "RPS",
            SmmlProcess.Done("inspect", path, "--json", "--orientation-source", "qform").Json.GetProperty("axisCodes").GetString());
        SmmlProcess.Done(
            "train", _folder.Path, "--out", zip, "--epochs", "1", "--steps", "1", "--batch", "1", "--orientation-source", "sform");
        // the choice is saved with the model
        SmmlProcess.Done("evaluate", zip, _folder.Path, "--out", Path.Combine(_folder.Path, "evaluated"), "--cases", "Phantom_0001");
        SmmlProcess.Done("score", zip, _folder.Path, "--out", Path.Combine(_folder.Path, "scored"));
    }

    [Fact]
    public void A_folder_of_DICOM_files_is_told_what_to_do()
    {
        string dicom = Path.Combine(_folder.Path, "dicom");
        Directory.CreateDirectory(dicom);
        File.WriteAllBytes(Path.Combine(dicom, "IM0001"), [.. new byte[128], .. "DICM"u8, .. new byte[400]]);
        SmmlProcess.Run("validate", dicom).Fails(5, dicom, "dcm2niix first");
    }

    [Fact]
    public void Training_goes_on_without_a_bad_case_and_ends_with_4()
    {
        File.Delete(_folder["Phantom_0002", "seg"]);
        string zip = Path.Combine(_folder.Path, "model.zip");
        SmmlProcess.Result training = SmmlProcess.Run("train", _folder.Path, "--out", zip, "--epochs", "1", "--steps", "1", "--batch", "1");
        training.Fails(4, "Phantom_0002 is left out: ", "has no label");
        Assert.Contains("trained on 1 cases, 1 refused", training.Output);

        SmmlProcess.Result scoring = SmmlProcess.Done("score", zip, _folder.Path, "--out", Path.Combine(_folder.Path, "scored"));
        Assert.Contains("2 cases: warning: The voxels are 5.6 x 5.6 x 5.6 mm", scoring.Error);
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Two phantoms in a folder of their own.</summary>
    private sealed class TemporaryFolderOfCases : IDisposable
    {
        public TemporaryFolderOfCases() =>
            SmmlProcess.Done("phantom", Path, "--cases", "2", "--seed", "5", "--shape", "28x32x28", "--spacing", "5.6");

        public string Path { get; } = Directory.CreateTempSubdirectory("smml-validate-").FullName;

        public string this[string caseId, string kind] => System.IO.Path.Combine(Path, caseId, $"{caseId}_{kind}.nii.gz");

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
