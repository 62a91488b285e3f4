using System.Diagnostics;
using System.IO.Compression;
using System.Reflection;
using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using Smml.MLNet.Persistence;
using Smml.MLNet.Phantom;

namespace Smml.MLNet.Tests.Persistence;

public sealed class SavedModelTests(TrainedChain trained) : IClassFixture<TrainedChain>
{
    [Fact]
    public void Another_process_that_only_knows_ML_NET_gives_the_same_voxels_and_so_without_a_scan()
    {
        BraTSCase[] cases = [.. trained.Context.Data.CreateEnumerable<BraTSCase>(trained.Cases, reuseRowObject: false)];
        BraTSCase without = new()
        {
            CaseId = "WithoutFlair",
            T1cePath = cases[0].T1cePath,
            T1Path = cases[0].T1Path,
            T2Path = cases[0].T2Path,
            LabelConvention = cases[0].LabelConvention,
        };
        string manifest = trained.NewPath(".csv");
        BraTSDataset.WriteManifest(manifest, [.. cases, without]);
        string[] expected = TrainedChain.Score(trained.Context, trained.Model, trained.Context.Data.LoadBraTS([.. cases, without]));
        Assert.Equal(4, expected.Select(line => line.Split(' ')[1]).Distinct().Count());
        Assert.Equal(expected, RunChild(trained.ModelPath, manifest));
    }

    [Fact]
    public void A_loaded_model_can_be_saved_and_loaded_again()
    {
        MLContext first = new(seed: 2), second = new(seed: 3);
        ITransformer loaded = first.Model.Load(trained.ModelPath, out DataViewSchema schema);
        Assert.Equal(trained.Cases.Schema.Select(column => column.Name), schema.Select(column => column.Name));
        string path = trained.NewPath(".zip");
        first.Model.Save(loaded, schema, path);
        trained.Forget();
        Assert.Equal(trained.Hashes, TrainedChain.Score(second, second.Model.Load(path, out _), trained.Cases));
    }

    [Fact]
    public void A_prediction_engine_segments_a_case()
    {
        MLContext ml = new(seed: 2);
        using PredictionEngine<BraTSCase, SegmentedCase> engine = ml.Model.CreatePredictionEngine<BraTSCase, SegmentedCase>(ml.Model.Load(
            trained.ModelPath, out _));
        string[] hashes =
        [
            .. ml.Data
                .CreateEnumerable<BraTSCase>(trained.Cases, reuseRowObject: false)
                .Select(one => engine.Predict(one))
                .Select(row => $"{row.CaseId} {TrainedChain.Hash(row.Segmentation!)}"),
        ];
        Assert.Equal(trained.Hashes, hashes);
    }

    [Fact]
    public void A_model_saved_with_its_loader_reads_manifests()
    {
        MLContext ml = new(seed: 2);
        string manifest = trained.NewPath(".csv"), path = trained.NewPath(".zip");
        BraTSDataset.WriteManifest(manifest, trained.Context.Data.CreateEnumerable<BraTSCase>(trained.Cases, reuseRowObject: false));
        ITransformer model = ml.Model.Load(trained.ModelPath, out _);
        ml.Model.Save(model, ml.Data.CreateBraTSManifestLoader(), path);
        ITransformer loaded = ml.Model.LoadWithDataLoader(path, out IDataLoader<IMultiStreamSource> loader);
        Assert.Equal(trained.Hashes, TrainedChain.Score(ml, loaded, loader.Load(new MultiFileSource(manifest))));
    }

    [Theory]
    [InlineData("BraTS2018", 4)]
    [InlineData("BraTS2023", 3)]
    public void The_segmentation_lies_on_the_grid_of_the_files_with_the_label_values_of_their_data_set(string convention, int enhancing)
    {
        using TemporaryFolder folder = new();
        PhantomDataset.Write(folder.Path, 1, seed: 9, new PhantomOptions
        {
            Shape = PhantomOptions.Small.Shape,
            Spacing = PhantomOptions.Small.Spacing,
            Labels = LabelConvention.FromName(convention),
        });
        MLContext ml = new(seed: 2);
        SegmentedCase row = ml.Data
            .CreateEnumerable<SegmentedCase>(
                ml.Model.Load(trained.ModelPath, out _).Transform(ml.Data.LoadBraTS(folder.Path)), reuseRowObject: false)
            .Single();
        Volume source = VolumeFile.Read(row.Flair!.Source!), segmentation = row.Segmentation!;
        Assert.NotEqual(source.Grid, row.Flair.Grid); // the chain did crop
        Assert.Equal(source.Grid, segmentation.Grid);
        Assert.Equal(source.Grid, segmentation.SourceGrid);
        Assert.Equal(LabelConvention.FromName(convention), segmentation.LabelConvention);
        Assert.Equal([0, 1, 2, enhancing], segmentation.Voxels.ToArray().Distinct().Order().Select(value => (int)value));

        // Outside the box that was cropped nothing is tumour.
        Volume box = row.Flair;
        int outside = 0;
        for (int z = 0, i = 0; z < source.Shape.Z; z++)
        {
            for (int y = 0; y < source.Shape.Y; y++)
            {
                for (int x = 0; x < source.Shape.X; x++, i++)
                {
                    if ((uint)(x - box.Offset.X) < (uint)box.Shape.X
                        && (uint)(y - box.Offset.Y) < (uint)box.Shape.Y
                        && (uint)(z - box.Offset.Z) < (uint)box.Shape.Z)
                        continue;
                    outside++;
                    Assert.True(
                        segmentation.Voxels[i] == 0,
                        $"({x}, {y}, {z}) is {segmentation.Voxels[i]}, outside the box {box.Shape} at {box.Offset}");
                }
            }
        }

        Assert.True(outside > 0, $"the box {box.Shape} at {box.Offset} leaves nothing of {source.Shape}");
    }

    [Fact]
    public void The_zip_names_no_path_of_the_machine()
    {
        string[] secrets =
        [
            Path.GetDirectoryName(trained.ModelPath)!,
            AppContext.BaseDirectory,
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
            "Phantom_0001",
        ];
        using ZipArchive zip = ZipFile.OpenRead(trained.ModelPath);
        Assert.NotEmpty(zip.Entries);
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            byte[] bytes = Content(entry);
            foreach (string secret in secrets)
            {
                Assert.DoesNotContain(secret, entry.FullName, StringComparison.Ordinal);
                Assert.False(
                    bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)) >= 0
                    || bytes.AsSpan().IndexOf(Encoding.Unicode.GetBytes(secret)) >= 0,
                    $"{entry.FullName} holds '{secret}'");
            }
        }
    }

    [Fact]
    public void Describe_tells_what_a_loaded_model_is()
    {
        MLContext ml = new(seed: 2);
        SegmentationModelInfo info = ml.Segmentation.Describe(ml.Model.Load(trained.ModelPath, out _));
        Assert.Equal((3, 11, "BraTS2018"), (info.TrainingCases, info.Seed, info.LabelConvention));
        Assert.Equal(ml.Segmentation.Describe(trained.Model).WeightsSha256, info.WeightsSha256);
    }

    [Fact]
    public void A_disposed_model_says_so()
    {
        using SegmentationTransformer model = Small(out IDataView data);
        model.Dispose();
        Exception error = Assert.ThrowsAny<Exception>(() => Segment(model, data));
        Assert.Contains(Chain(error), one => one is ObjectDisposedException);
    }

    [Fact]
    public void One_changed_weight_is_noticed_before_anything_is_scored()
    {
        using SegmentationTransformer model = Small(out IDataView data);
        float[] weights = ModelReader.Find(model).ReadWeights();
        weights[model.Info.WeightCount / 2] = MathF.BitIncrement(weights[model.Info.WeightCount / 2]);
        StageHeader header = StageHeader.Create(SegmentStage.Name, model.Info);
        MLContext ml = new(seed: 1);
        ITransformer loaded = StageContract.SaveAndLoad(
            ml, new(seed: 2), SegmentStage.Saved(ml.Transforms, model.Info, header, [weights]).Fit(data), data.Schema);
        Assert.Contains(
            Chain(Assert.ThrowsAny<Exception>(() => Segment(loaded, data))),
            one => one is InvalidDataException && one.Message.Contains("SHA-256", StringComparison.Ordinal));
        Assert.Contains(
            "SHA-256", Assert.Throws<InvalidDataException>(() => ml.Segmentation.Describe(loaded)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_of_a_newer_format_says_to_update()
    {
        using SegmentationTransformer model = Small(out IDataView data);
        StageHeader header = StageHeader.Create(SegmentStage.Name, model.Info);
        string json = header.Json.Replace("\"format\":1", "\"format\":2", StringComparison.Ordinal);
        StageHeader newer = (StageHeader)Activator.CreateInstance(
            typeof(StageHeader), BindingFlags.Instance | BindingFlags.NonPublic, null, [header.Stage, header.Options, json], null)!;
        MLContext ml = new(seed: 1);
        ITransformer loaded = StageContract.SaveAndLoad(
            ml,
            new(seed: 2),
            SegmentStage.Saved(ml.Transforms, model.Info, newer, [new float[StageWeights.Granule]]).Fit(data),
            data.Schema);
        Assert.Contains(
            Chain(Assert.ThrowsAny<Exception>(() => Segment(loaded, data))),
            one => one is InvalidDataException && one.Message.Contains("update the package", StringComparison.Ordinal));
    }

    /// <summary>All exceptions from the outermost to the innermost.</summary>
    internal static IEnumerable<Exception> Chain(Exception error)
    {
        for (Exception? one = error; one is not null; one = one.InnerException)
            yield return one;
    }

    private static SegmentationTransformer Small(out IDataView data)
    {
        MLContext ml = new(seed: 1);
        data = TinyProblem.View(ml, [TinyProblem.Row(0)]);
        return ml.Segmentation.Trainers.Smml(TrainedChain.Options(seed: 12)).Fit(data);
    }

    private static Volume Segment(ITransformer model, IDataView data) =>
        new MLContext(seed: 1).Data.CreateEnumerable<TinyResult>(model.Transform(data), false).Single().Segmentation!;

    private static byte[] Content(ZipArchiveEntry entry)
    {
        using Stream stream = entry.Open();
        using MemoryStream memory = new();
        stream.CopyTo(memory);
        return memory.ToArray();
    }

    internal static string[] RunChild(string model, string manifest)
    {
        // Beside this project's output, in the same configuration.
        DirectoryInfo own = new(AppContext.BaseDirectory);
        string program = Path.Combine(
            own.Parent!.Parent!.FullName, "ChildProcess", own.Name, "ChildProcess" + (OperatingSystem.IsWindows() ? ".exe" : ""));
        using Process child = Process.Start(new ProcessStartInfo(program, [model, manifest])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        Task<string> output = child.StandardOutput.ReadToEndAsync(), errors = child.StandardError.ReadToEndAsync();
        if (!child.WaitForExit(120_000))
            child.Kill();
        Assert.True(child.HasExited && child.ExitCode == 0, errors.Result);
        return output.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
