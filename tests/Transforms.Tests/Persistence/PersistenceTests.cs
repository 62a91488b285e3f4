using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;

namespace Smml.MLNet.Tests;

[Collection("Toy stage")] // its counters are static
public sealed class PersistenceTests : IDisposable
{
    private const int Part = StageWeights.Granule;

    // Two parts and a little; among them numbers that a lossy carrier would change.
    private static readonly float[] s_weights =
    [
        .. Enumerable.Range(0, (2 * Part) + 10)
            .Select(i => i switch { < 10 => i, 10 => -0f, 11 => float.Epsilon, 12 => -float.Epsilon, _ => 0 }),
    ];
    private readonly string _folder = Directory.CreateTempSubdirectory("smml-").FullName;
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;

    public PersistenceTests()
    {
        ToyFactory.Resident.Clear();
        ToyFactory.BlobLengths.Clear();
        _data = _ml.Data.LoadFromEnumerable<VolumeRow>(
            [new() { CaseId = "a", Flair = Volumes.Filled(1) }, new() { CaseId = "b", Flair = Volumes.Filled(2) }, new() { CaseId = "c" }]);
    }

    [Fact]
    public void A_stage_with_weights_in_three_tables_gives_the_same_rows_after_loading_and_after_saving_again()
    {
        ITransformer fitted = Toy.Fit(_ml, _data, s_weights, 2, Part);
        float?[] expected = Scaled(_ml, fitted);
        Assert.Equal([47, 49, null], expected);
        Assert.All(ToyFactory.BlobLengths, length => Assert.Equal(0, length));

        MLContext other = new(seed: 2);
        ITransformer loaded = other.Model.Load(Save(_ml, fitted), out _);
        ToyFactory.Resident.Clear();
        ToyFactory.BlobLengths.Clear();
        Assert.Equal(expected, Scaled(other, loaded));
        Assert.Equal([3 * Part, 0, 0], ToyFactory.BlobLengths); // the first row brings the weights, the others find them resident

        ITransformer again = other.Model.Load(Save(other, loaded), out _);
        ToyFactory.Resident.Clear();
        Assert.Equal(expected, Scaled(other, again));
    }

    [Fact]
    public void No_temporary_column_is_left()
    {
        IDataView scored = Toy.Fit(_ml, _data, s_weights, 2, Part).Transform(_data);
        Assert.Equal("CaseId Flair T1ce T1 T2 Label Scaled", string.Join(" ", scored.Schema.Select(column => column.Name)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Header_and_weights_are_read_from_a_model_without_running_it(bool loaded)
    {
        ITransformer fitted = Toy.Fit(_ml, _data, s_weights, 2, Part);
        ITransformer model = new Microsoft.ML.Data.TransformerChain<ITransformer>(
            _ml.Transforms.SelectColumns("CaseId", "Flair").Fit(_data), fitted);
        if (loaded)
            model = _ml.Model.Load(Save(_ml, model), out _);

        StageInfo stage = Assert.Single(StageReader.Read(model));
        Assert.Equal(ToyFactory.Stage, stage.Header.Stage);
        ToyOptions options = stage.Header.Read<ToyOptions>(ToyFactory.Stage);
        Assert.Equal(2, options.Scale);
        float[] read = stage.ReadWeights();
        Assert.Equal(3 * Part, read.Length);
        Assert.Equal(
            options.WeightsSha256, Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(read.AsSpan(0, s_weights.Length)))));
        Assert.Empty(ToyFactory.BlobLengths);
    }

    [Fact]
    public void Weights_that_are_mostly_zero_come_back_whole()
    {
        float[] weights = new float[1000];
        weights[997] = 7;
        ITransformer loaded = _ml.Model.Load(Save(_ml, Toy.Fit(_ml, _data, weights, 1, Part)), out _);
        Assert.Equal(weights, StageReader.Read(loaded).Single().ReadWeights()[..1000]);
        ToyFactory.Resident.Clear();
        Assert.Equal([8, 9, null], Scaled(_ml, loaded));
    }

    [Fact]
    public void A_header_of_a_newer_format_says_to_update()
    {
        string json = StageHeader.Create("toy", new ToyOptions { WeightsSha256 = "" })
            .Json.Replace("\"format\":1", "\"format\":2", StringComparison.Ordinal);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => StageHeader.Parse(json.AsMemory()));
        Assert.Equal("The model was written by format 2, this version reads up to 1: update the package Smml.MLNet.", error.Message);
    }

    [Theory]
    [InlineData("\"scale\":2", "\"scale\":3", "SHA-256")]
    [InlineData("{\"format\"", "{\"form", "not the JSON")]
    [InlineData("}}", "}", "not the JSON")]
    [InlineData("\"format\":1", "\"format\":\"x\"", "not the JSON")]
    public void A_damaged_header_is_noticed(string text, string damage, string expected)
    {
        string json = StageHeader.Create("toy", new ToyOptions { Scale = 2, WeightsSha256 = "" }).Json;
        Assert.Contains(text, json, StringComparison.Ordinal);
        InvalidDataException error = Assert.Throws<InvalidDataException>(
            () => StageHeader.Parse(json.Replace(text, damage, StringComparison.Ordinal).AsMemory()));
        Assert.Contains("The model is damaged", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_of_another_stage_and_an_unknown_option_are_refused()
    {
        StageHeader header = StageHeader.Create("toy", new { Scale = 2, Brand = "new", WeightsSha256 = "" });
        Assert.Contains(
            "expected 'crop'",
            Assert.Throws<InvalidDataException>(() => header.Read<ToyOptions>("crop")).Message,
            StringComparison.Ordinal);
        string message = Assert.Throws<InvalidDataException>(() => header.Read<ToyOptions>("toy")).Message;
        Assert.Contains("brand", message, StringComparison.Ordinal);
        Assert.Contains("update the package", message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_row_of_many_runs_the_stage_once()
    {
        IDataView many = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 200)
            .Select(value => new VolumeRow { Flair = Volumes.Filled(value) }));
        ITransformer loaded = _ml.Model.Load(Save(_ml, Toy.Fit(_ml, _data, s_weights, 2, Part)), out _);
        ToyFactory.BlobLengths.Clear();
        _ = _ml.Data.CreateEnumerable<ScaledRow>(loaded.Transform(many), reuseRowObject: false).First();
        Assert.Single(ToyFactory.BlobLengths);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Save(MLContext ml, ITransformer model)
    {
        string path = Path.Combine(_folder, Guid.NewGuid().ToString("N") + ".zip");
        ml.Model.Save(model, null, path);
        return path;
    }

    private float?[] Scaled(MLContext ml, ITransformer model) =>
        [.. ml.Data.CreateEnumerable<ScaledRow>(model.Transform(_data), reuseRowObject: false).Select(row => row.Scaled?[0, 0, 0])];

    private sealed class ScaledRow
    {
        public Volume? Scaled { get; set; }
    }
}
