using Microsoft.ML;
using Microsoft.ML.Data;

namespace Smml.MLNet.Tests;

public sealed class PipelineTests : IDisposable
{
    private readonly CaseFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Load_crop_normalise_and_drop_run_as_one_model_after_loading()
    {
        BraTSCase[] cases = [_folder.Case("a", 1), _folder.Case("b", 11)];
        cases[1].T1cePath = "";
        IDataView data = _ml.Data.LoadFromEnumerable(cases);
        ITransformer fitted = Pipeline().Fit(data);
        VolumeRow[] expected = StageContract.Rows(_ml, fitted.Transform(data));
        ITransformer loaded = StageContract.SaveAndLoad(_ml, new(), fitted, data.Schema);
        StageContract.Same(expected, StageContract.Rows(_ml, loaded.Transform(data)));

        Volume flair = expected[0].Flair!;
        Assert.Equal(new VolumeShape(4, 5, 6), flair.Shape);
        Assert.Equal((1, 1, 1), flair.Offset);
        Assert.Equal(CaseFolder.Shape, flair.SourceGrid.Shape);
        Assert.Equal(0, flair.Voxels.ToArray().Average(), 1e-5);
        Assert.NotEqual(0, flair.Background);
        Assert.Equal(flair.Grid, expected[0].Label!.Grid);
        Assert.Null(expected[0].T2);
        Assert.NotNull(expected[0].T1ce);
        Assert.Null(expected[1].T1ce);
        Assert.Equal(
            ["load-volumes", "crop-foreground", "normalize-intensity", "drop-modalities"],
            StageReader.Read(loaded).Select(stage => stage.Header.Stage),
            StringComparer.Ordinal);
    }

    [Fact]
    public void A_model_is_loaded_together_with_the_loader_of_its_manifest()
    {
        BraTSCase a = _folder.Case("a", 1), b = _folder.Case("b", 11);
        string manifest = Path.Combine(_folder.Root, "cases.csv"), zip = Path.Combine(_folder.Root, "model.zip");
        File.WriteAllLines(
            manifest,
            [
                "id,flair,t1ce,t1,t2,label,convention",
                .. new[] { a, b }.Select(row => $"{row.CaseId},{row.FlairPath},,{row.T1Path},{row.T2Path},{row.LabelPath},BraTS2018"),
            ]);
        TextLoader loader = Loader(hasHeader: true);
        IDataView data = loader.Load(manifest);
        ITransformer fitted = Pipeline().Fit(data);
        _ml.Model.Save(fitted, loader, zip);

        MLContext other = new();
        ITransformer model = other.Model.LoadWithDataLoader(zip, out IDataLoader<IMultiStreamSource> loadedLoader);
        VolumeRow[] rows = StageContract.Rows(other, model.Transform(loadedLoader.Load(new MultiFileSource(manifest))));
        StageContract.Same(StageContract.Rows(_ml, fitted.Transform(data)), rows);
        Assert.Equal(["a", "b"], rows.Select(row => row.CaseId), StringComparer.Ordinal);
    }

    [Fact]
    public void Asking_for_names_only_reads_no_file_and_the_first_case_reads_no_other()
    {
        BraTSCase[] cases =
        [
            _folder.Case("a"),
            .. Enumerable.Range(0, 200).Select(index => new BraTSCase { CaseId = $"gone{index}", FlairPath = "gone.nii" }),
        ];
        IDataView data = _ml.Data.LoadFromEnumerable(cases);
        IDataView rows = Pipeline().Fit(data).Transform(data);
        Assert.Equal(201, rows.GetColumn<string>("CaseId").Count());
        Assert.NotNull(_ml.Data.CreateEnumerable<VolumeRow>(rows, reuseRowObject: false).First().Flair);
    }

    [Fact]
    public void A_number_made_of_the_first_case_of_a_manifest_reads_no_other_case()
    {
        BraTSCase a = _folder.Case("a");
        string manifest = Path.Combine(_folder.Root, "cases.csv");
        File.WriteAllLines(manifest, [$"a,{a.FlairPath},,,,,", .. Enumerable.Range(0, 2000).Select(index => $"gone{index},gone.nii,,,,,")]);
        IDataView data = Loader(hasHeader: false).Load(manifest);
        IEstimator<ITransformer> mean = _ml.Transforms.CustomMapping<VolumeRow, Mean>(
            (row, mean) => mean.Value = row.Flair!.Voxels.ToArray().Average(), null);
        IDataView rows = Pipeline().Append(mean).Fit(data).Transform(data);
        Assert.Equal(0, rows.GetColumn<float>("Value").First(), 1e-5f);
    }

    [Fact]
    public void A_row_that_lost_every_scan_is_refused_by_the_next_stage()
    {
        BraTSCase only = _folder.Case("a");
        only.T1cePath = only.T1Path = only.FlairPath = "";
        IDataView data = _ml.Data.LoadFromEnumerable([only]);
        IDataView rows = _ml.Transforms.LoadVolumes(_folder.Root)
            .Append(_ml.Transforms.DropModalities(ModalitySet.Of(Modality.T2)))
            .Append(_ml.Transforms.CropForeground()).Fit(data).Transform(data);
        string message = Assert.Throws<InvalidDataException>(() => StageContract.Rows(_ml, rows)).Message;
        Assert.Contains("without any scan", message, StringComparison.Ordinal);
        Assert.Contains("a_seg.nii.gz", message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private TextLoader Loader(bool hasHeader) => _ml.Data.CreateTextLoader(
        [.. new[]
        {
            "CaseId", "FlairPath", "T1cePath", "T1Path", "T2Path", "LabelPath", "LabelConvention",
        }.Select((name, index) => new TextLoader.Column(name, DataKind.String, index))],
        separatorChar: ',',
        hasHeader: hasHeader);

    private IEstimator<ITransformer> Pipeline() => _ml.Transforms.LoadVolumes(_folder.Root)
        .Append(_ml.Transforms.CropForeground())
        .Append(_ml.Transforms.NormalizeIntensity())
        .Append(_ml.Transforms.DropModalities(ModalitySet.Of(Modality.T2)));

    internal sealed class Mean
    {
        public float Value { get; set; }
    }
}
