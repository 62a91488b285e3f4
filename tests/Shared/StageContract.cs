using Microsoft.ML;
using Microsoft.ML.Data;

namespace Smml.MLNet.Tests;

/// <summary>What every stage must do; each stage's tests call it.</summary>
internal static class StageContract
{
    /// <summary>Checks schema, wrong columns, saving and loading, single predictions and laziness.</summary>
    /// <param name="make">Makes the estimator.</param>
    /// <param name="rows">Rows that the stage accepts, one of them with a missing scan.</param>
    /// <param name="refused">A row on which the stage fails.</param>
    /// <param name="inputs">The columns that the stage needs.</param>
    public static void Holds<TRow>(
        Func<MLContext, IEstimator<ITransformer>> make, IReadOnlyList<TRow> rows, TRow? refused, params string[] inputs)
        where TRow : class, new() => Holds<TRow, VolumeRow>(make, rows, refused, inputs);

    /// <inheritdoc cref="Holds{TRow}"/>
    /// <typeparam name="TRow">A row that the stage reads.</typeparam>
    /// <typeparam name="TResult">A row that it delivers, with every volume that is compared.</typeparam>
    public static void Holds<TRow, TResult>(
        Func<MLContext, IEstimator<ITransformer>> make, IReadOnlyList<TRow> rows, TRow? refused, params string[] inputs)
        where TRow : class, new()
        where TResult : class, IVolumeRow, new()
    {
        MLContext ml = new(seed: 1);
        IEstimator<ITransformer> estimator = make(ml);
        IDataView data = ml.Data.LoadFromEnumerable(rows);
        SchemaShape shape = ml.Transforms.CustomMapping<Nothing, TRow>((_, _) => { }, null).GetOutputSchema(new SchemaShape([]));
        ITransformer fitted = estimator.Fit(data);

        SchemaIsAsPromised(estimator.GetOutputSchema(shape), fitted.Transform(data).Schema);
        SchemaIsAsPromised(estimator.GetOutputSchema(shape), fitted.GetOutputSchema(data.Schema));
        foreach (string input in inputs)
        {
            Fails(estimator, ml.Transforms.DropColumns(input), data, shape, input);
            Fails(
                estimator,
                ml.Transforms
                    .CustomMapping<Nothing, Wrong>((_, _) => { }, null)
                    .Append(ml.Transforms.CopyColumns(input, nameof(Wrong.Number))),
                data,
                shape,
                input);
        }

        TResult[] expected = Rows<TResult>(ml, fitted.Transform(data));
        Assert.Equal(rows.Count, expected.Length);
        MLContext other = new(seed: 2);
        ITransformer loaded = SaveAndLoad(ml, other, fitted, data.Schema);
        Same(expected, Rows<TResult>(other, loaded.Transform(data)));
        ITransformer again = SaveAndLoad(other, new(seed: 3), loaded, null);
        Same(expected, Rows<TResult>(other, again.Transform(data)));
        Assert.Equal(StageReader.Read(fitted).Single().Header.Json, StageReader.Read(again).Single().Header.Json);

        using PredictionEngine<TRow, TResult> engine = other.Model.CreatePredictionEngine<TRow, TResult>(loaded);
        Same(expected, [.. rows.Select(row => engine.Predict(row))]);

        if (refused is not null)
            IsLazy(ml, loaded, ml.Data.LoadFromEnumerable([rows[0], .. Enumerable.Repeat(refused, 200)]), expected[0]);
    }

    public static ITransformer SaveAndLoad(MLContext saves, MLContext loads, ITransformer model, DataViewSchema? schema)
    {
        using MemoryStream zip = new();
        saves.Model.Save(model, schema, zip);
        zip.Position = 0;
        return loads.Model.Load(zip, out _);
    }

    public static VolumeRow[] Rows(MLContext ml, IDataView view) => Rows<VolumeRow>(ml, view);

    public static void Same(IReadOnlyList<IVolumeRow> expected, IReadOnlyList<IVolumeRow> actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (int i = 0; i < expected.Count; i++)
        {
            foreach ((Volume? a, Volume? b) in expected[i].ToArray().Zip(actual[i].ToArray()))
                Same(a, b);
        }
    }

    public static void Same(Volume? expected, Volume? actual)
    {
        Assert.Equal(expected is null, actual is null);
        if (expected is null || actual is null)
            return;
        Assert.Equal(expected.Grid, actual.Grid);
        Assert.Equal(expected.SourceGrid, actual.SourceGrid);
        Assert.Equal(expected.FrameGrid, actual.FrameGrid);
        Assert.Equal(expected.Offset, actual.Offset);
        Assert.Equal(expected.Warnings, actual.Warnings);
        Assert.Equal(expected.Background, actual.Background);
        Assert.Equal(expected.Source, actual.Source);
        Assert.Equal(expected.LabelConvention, actual.LabelConvention);
        Assert.True(expected.Voxels.SequenceEqual(actual.Voxels));
    }

    private static TResult[] Rows<TResult>(MLContext ml, IDataView view)
        where TResult : class, new() => [.. ml.Data.CreateEnumerable<TResult>(view, reuseRowObject: false, ignoreMissingColumns: true)];

    private static void SchemaIsAsPromised(SchemaShape promised, DataViewSchema delivered)
    {
        string Text(IEnumerable<(string Name, string? Type)> columns) =>
            string.Join("\n", columns.Select(column => $"{column.Name} {column.Type}").Order(StringComparer.Ordinal));
        Assert.Equal(
            Text(promised.Select(column => (column.Name, column.ItemType.ToString()))),
            Text(delivered.Where(column => !column.IsHidden).Select(column => (column.Name, column.Type.ToString()))));
    }

    private static void Fails(
        IEstimator<ITransformer> estimator, IEstimator<ITransformer> spoil, IDataView data, SchemaShape shape, string column)
    {
        ArgumentException promised = Assert.Throws<ArgumentException>(() => estimator.GetOutputSchema(spoil.GetOutputSchema(shape)));
        Assert.Contains($"'{column}'", promised.Message, StringComparison.Ordinal);
        ArgumentException fitted = Assert.Throws<ArgumentException>(() => estimator.Fit(spoil.Fit(data).Transform(data)));
        Assert.Contains($"'{column}'", fitted.Message, StringComparison.Ordinal);
    }

    // Every row but the first fails, so that nothing may run before it is asked for, not even
    // ahead of a mapping that only asks for numbers.
    private static void IsLazy<TResult>(MLContext ml, ITransformer stage, IDataView data, TResult expected)
        where TResult : class, IVolumeRow, new()
    {
        IDataView volumes = stage.Transform(data);
        Same([expected], [Rows<TResult>(ml, ml.Data.TakeRows(volumes, 1)).Single()]);
        IDataView numbers = ml.Transforms
            .CustomMapping<TResult, Wrong>((row, number) => number.Number = row.ToArray().Count(volume => volume is not null), null)
            .Fit(volumes)
            .Transform(volumes);
        Assert.Equal(expected.ToArray().Count(volume => volume is not null), numbers.GetColumn<float>(nameof(Wrong.Number)).First());
        Assert.Equal(201, numbers.GetColumn<string>(nameof(VolumeRow.CaseId)).Count());
    }

    internal sealed class Nothing
    {
    }

    internal sealed class Wrong
    {
        public float Number { get; set; }
    }
}
