using Microsoft.Data.Analysis;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Smml.MLNet.Tests;

/// <summary>Rows that lack columns of <see cref="BraTSCase"/> can be read; what is missing counts as empty.</summary>
public sealed class OptionalColumnsTests : IDisposable
{
    private static readonly string[] s_columns =
        ["FlairPath", "T1cePath", "T1Path", "T2Path", "LabelPath", "LabelConvention", "Problem"];

    private readonly CaseFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);
    private readonly BraTSCase _case;

    public OptionalColumnsTests() => _case = _folder.Case("a");

    public static TheoryData<string> Columns => [.. s_columns];

    [Fact]
    public void A_fitted_stage_reads_rows_without_labels_and_without_a_scan()
    {
        ITransformer fitted = _ml.Transforms.LoadVolumes(_folder.Root).Fit(_ml.Data.LoadFromEnumerable([_case]));
        IDataView rows = _ml.Data.LoadFromEnumerable([ScansOnly()]), loaded = fitted.Transform(rows);

        Assert.Equal("CaseId FlairPath T1Path Flair T1ce T1 T2 Label", string.Join(" ", loaded.Schema.Select(column => column.Name)));
        Assert.Equal(
            loaded.Schema.Select(column => column.Name), fitted.GetOutputSchema(rows.Schema).Select(column => column.Name));
        IsFlairAndT1(StageContract.Rows(_ml, loaded).Single());
        using PredictionEngine<TwoScans, VolumeRow> engine = _ml.Model.CreatePredictionEngine<TwoScans, VolumeRow>(fitted);
        IsFlairAndT1(engine.Predict(ScansOnly()));
    }

    [Fact]
    public void A_data_frame_without_labels_is_read()
    {
        DataFrame rows = new(
            new StringDataFrameColumn("CaseId", ["a"]),
            new StringDataFrameColumn("FlairPath", [_case.FlairPath]),
            new StringDataFrameColumn("T1Path", [_case.T1Path]));
        IsFlairAndT1(StageContract.Rows(_ml, _ml.Transforms.LoadVolumes(_folder.Root).Fit(rows).Transform(rows)).Single());
    }

    [Fact]
    public void What_was_fitted_on_such_rows_is_saved_and_loaded_for_such_rows()
    {
        IDataView rows = _ml.Data.LoadFromEnumerable([ScansOnly()]);
        LoadVolumesEstimator estimator = _ml.Transforms.LoadVolumes(_folder.Root);
        ITransformer loaded = StageContract.SaveAndLoad(_ml, new(), estimator.Fit(rows), rows.Schema);
        IsFlairAndT1(StageContract.Rows(_ml, loaded.Transform(rows)).Single());
        Assert.Equal(
            loaded.Transform(rows).Schema.Select(column => column.Name).Order(StringComparer.Ordinal),
            estimator.GetOutputSchema(Shape<TwoScans>()).Select(column => column.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_loaded_model_reads_such_rows_with_optional_columns()
    {
        IDataView full = _ml.Data.LoadFromEnumerable([_case]), rows = _ml.Data.LoadFromEnumerable([ScansOnly()]);
        IEstimator<ITransformer> chain = _ml.Transforms.LoadVolumes(_folder.Root).Append(_ml.Transforms.CropForeground());
        ITransformer loaded = StageContract.SaveAndLoad(_ml, new(), chain.Fit(full), full.Schema);
        Assert.ThrowsAny<ArgumentException>(() => loaded.Transform(rows)); // ML.NET's own words; nothing of ours runs

        ITransformer tolerant = _ml.Model.WithOptionalColumns(loaded);
        IsFlairAndT1(StageContract.Rows(_ml, tolerant.Transform(rows)).Single());
        StageContract.Same(StageContract.Rows(_ml, loaded.Transform(full)), StageContract.Rows(_ml, tolerant.Transform(full)));
        using PredictionEngine<TwoScans, VolumeRow> engine = _ml.Model.CreatePredictionEngine<TwoScans, VolumeRow>(tolerant);
        IsFlairAndT1(engine.Predict(ScansOnly()));
        ITransformer again = StageContract.SaveAndLoad(_ml, new(), tolerant, full.Schema);
        StageContract.Same(StageContract.Rows(_ml, loaded.Transform(full)), StageContract.Rows(_ml, again.Transform(full)));

        ArgumentException other = Assert.Throws<ArgumentException>(
            () => _ml.Model.WithOptionalColumns(_ml.Transforms.CopyColumns("B", "CaseId").Fit(full)));
        Assert.Contains("no stage 'load-volumes'", other.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_without_any_scan_column_are_refused_in_the_words_of_the_library()
    {
        LoadVolumesEstimator estimator = _ml.Transforms.LoadVolumes(_folder.Root);
        IDataView rows = _ml.Data.LoadFromEnumerable([new { CaseId = "a", LabelPath = "" }]), full = _ml.Data.LoadFromEnumerable([_case]);
        ITransformer fitted = estimator.Fit(full), loaded = _ml.Model.WithOptionalColumns(
            StageContract.SaveAndLoad(_ml, new(), fitted, full.Schema));
        foreach (Action use in new Action[]
        {
            () => estimator.Fit(rows),
            () => fitted.Transform(rows),
            () => loaded.Transform(rows),
            () => estimator.GetOutputSchema(Shape<StageContract.Wrong>()),
        })
        {
            Assert.Contains(
                "needs at least one of the columns 'FlairPath', 'T1cePath', 'T1Path', 'T2Path'",
                Assert.Throws<ArgumentException>(use).Message,
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Columns))]
    public void A_column_of_another_type_is_refused(string column)
    {
        IDataView full = _ml.Data.LoadFromEnumerable([_case]);
        IDataView wrong = _ml.Transforms.CustomMapping<StageContract.Nothing, StageContract.Wrong>((_, _) => { }, null)
            .Append(_ml.Transforms.CopyColumns(column, nameof(StageContract.Wrong.Number)))
            .Fit(full)
            .Transform(full);
        LoadVolumesEstimator estimator = _ml.Transforms.LoadVolumes(_folder.Root);
        ITransformer fitted = estimator.Fit(full);
        foreach (Action use in new Action[] { () => estimator.Fit(wrong), () => fitted.Transform(wrong) })
        {
            Assert.Contains(
                $"needs the column '{column}' of type String, found Single",
                Assert.Throws<ArgumentException>(use).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_case_with_a_problem_is_refused_with_it_and_the_others_are_read()
    {
        BraTSCase[] cases = [_case, _folder.Case("b", 11), _folder.Case("c", 21)];
        cases[1].Problem = "b: found two files for FLAIR";
        IDataView data = _ml.Data.LoadBraTS(cases);
        IDataView rows = _ml.Transforms.LoadVolumes(_folder.Root).Fit(data).Transform(data);
        using DataViewRowCursor cursor = rows.GetRowCursor([rows.Schema["Flair"]]);
        ValueGetter<Volume> flair = cursor.GetGetter<Volume>(rows.Schema["Flair"]);
        List<string> seen = [];
        while (cursor.MoveNext())
        {
            try
            {
                Volume scan = null!;
                flair(ref scan);
                seen.Add(Path.GetFileName(scan.Source!));
            }
            catch (InvalidDataException refused)
            {
                seen.Add(refused.Message);
            }
        }

        Assert.Equal(["a_flair.nii.gz", cases[1].Problem, "c_flair.nii.gz"], seen);
    }

    public void Dispose() => _folder.Dispose();

    private static void IsFlairAndT1(VolumeRow row) =>
        Assert.Equal([true, false, true, false, false], row.ToArray().Select(volume => volume is not null));

    private SchemaShape Shape<TRow>()
        where TRow : class, new() =>
        _ml.Transforms.CustomMapping<StageContract.Nothing, TRow>((_, _) => { }, null).GetOutputSchema(new SchemaShape([]));

    private TwoScans ScansOnly() => new() { CaseId = "a", FlairPath = _case.FlairPath, T1Path = _case.T1Path };

    private sealed class TwoScans
    {
        public string CaseId { get; set; } = "";

        public string FlairPath { get; set; } = "";

        public string T1Path { get; set; } = "";
    }
}
