using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using Smml.MLNet.CueGeneration;
using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Onnx;

/// <summary>The files of an export: names, weights beside the graphs, metadata, and who reads them.</summary>
public sealed class OnnxExportTests : IDisposable
{
    private const int Side = 16, Voxels = Side * Side * Side;

    private static readonly string[] s_modalities = ["flair", "t1ce", "t1", "t2"];

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public OnnxExportTests() => TorchRuntime.EnsureAvailable();

    public static TheoryData<string> OtherKeys =>
        [.. SegmentationMethods.All.Select(method => method.Name.Key).Except(["smml", "mmformer", "rfnet"])];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("rfnet-5", new[] { "network" })]
    [InlineData("mmformer", new[] { "network" })]
    [InlineData("smml", new[] { "branch1", "branch2" })]
    public void Each_weight_of_scoring_lies_once_in_the_file_aligned_and_complete(string key, string[] networks)
    {
        using DisposeScope scope = NewDisposeScope();
        using SegmentationTransformer model = OnnxModels.Create(_ml, key, _folder);
        WeightExport export = _ml.Segmentation.SaveOnnx(model, _folder["onnx"]);
        string[] graphs =
        [
            .. networks.SelectMany(network => s_modalities.Select(one => $"{network}.encoder.{one}").Append($"{network}.decoder")),
            "joint",
        ];
        Assert.Equal(
            graphs.Select(graph => _folder[$"onnx/{graph}.onnx"]).Append(_folder["onnx/weights.bin"]),
            export.Files);
        Assert.Contains("Research use only", export.Notes[0], StringComparison.Ordinal);

        byte[] content = File.ReadAllBytes(_folder["onnx/weights.bin"]);
        Dictionary<string, (long Offset, long Length)> places = [];
        foreach (string graph in graphs)
        {
            byte[] file = File.ReadAllBytes(_folder[$"onnx/{graph}.onnx"]);
            Assert.True(file.Length < 200_000, $"{graph} has {file.Length} bytes: weights must lie beside it");
            foreach ((string name, long offset, long length) in External(file))
                Assert.Equal((offset, length), places.TryAdd(name, (offset, length)) ? (offset, length) : places[name]);
        }

        (long Offset, long Length)[] ordered = [.. places.Values.OrderBy(place => place.Offset)];
        Assert.All(ordered, place => Assert.Equal(0, place.Offset % 64));
        Assert.All(ordered.Zip(ordered.Skip(1)), pair => Assert.InRange(pair.Second.Offset - pair.First.Offset - pair.First.Length, 0, 63));
        Assert.Equal(content.Length, ordered[^1].Offset + ordered[^1].Length);

        foreach (SegmentationNetwork network in model.Engine.Networks)
        {
            foreach ((string name, Tensor value) in network.ScoringState())
            {
                string full = networks.Length == 1 ? name : $"{network.Name}.{name}";
                bool isTransposed = places.ContainsKey($"{full}.transposed");
                if (name.StartsWith("decoder_fuse.seg_d", StringComparison.Ordinal)) // predictions of coarser levels, for training
                {
                    Assert.DoesNotContain(full, places.Keys);
                    continue;
                }

                (long offset, long length) = places[isTransposed ? $"{full}.transposed" : full];
                Tensor stored = (isTransposed ? value.transpose(0, 1) : value).contiguous();
                Assert.True(content.AsSpan((int)offset, (int)length).SequenceEqual(stored.bytes), name);
            }
        }
    }

    [Fact]
    public void Graphs_list_the_stages_that_the_model_has_before_its_networks()
    {
        using SegmentationTransformer model = OnnxModels.Create(_ml, "mmformer-5", _folder);
        IDataView rows = _ml.Data.LoadBraTS([new BraTSCase { CaseId = "none", FlairPath = "none.nii.gz" }]);
        ITransformer preparation = _ml.Transforms.LoadVolumes()
            .Append(_ml.Transforms.ResampleVolumes(2))
            .Append(_ml.Transforms.NormalizeIntensity())
            .Fit(rows);
        _ml.Segmentation.SaveOnnx(new TransformerChain<ITransformer>(preparation, model), _folder["staged"]);
        using OnnxFile graph = new(_folder["staged/joint.onnx"]);
        JsonElement[] stages = [.. JsonDocument.Parse(graph.Metadata["preprocessing_stages"]).RootElement.EnumerateArray()];
        Assert.Equal(3, stages.Length);
        Assert.All(
            stages.Zip(["load-volumes", "resample-volumes", "normalize-intensity"]),
            pair => Assert.Contains($"\"{pair.Second}\"", pair.First.GetRawText(), StringComparison.Ordinal));
        Assert.Contains("2", stages[1].GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_graph_says_how_it_is_used()
    {
        using SegmentationTransformer model = OnnxModels.Create(_ml, "mmformer-5", _folder);
        WeightExport export = _ml.Segmentation.SaveOnnx(model, _folder["onnx"]);
        foreach (string path in export.Files.SkipLast(1))
        {
            using OnnxFile graph = new(path);
            Dictionary<string, string> expected = new()
            {
                ["producer"] = $"Smml.MLNet {ModelEnvironment.LibraryVersion}",
                ["method"] = "mmformer",
                ["notice"] = "Research use only. Not a medical device, never a diagnosis.",
                ["window"] = "32x32x48",
                ["modalities"] = "flair,t1ce,t1,t2",
                ["label_convention"] = "BraTS2024Ped",
                ["class_names"] = "background,enhancing tumor,non-enhancing tumor,cystic component,edema",
                ["label_values"] = "0,1,2,3,4",
                ["overlap"] = "0.25",
                ["window_average"] = "probabilities (softmax of the logits)",
                ["weights_sha256"] = model.Info.WeightsSha256,
                ["networks"] = "network",
            };
            Assert.All(expected, pair => Assert.Equal(pair.Value, graph.Metadata[pair.Key]));
            Assert.Contains("Z-score", graph.Metadata["preprocessing"], StringComparison.Ordinal);
        }

        using OnnxFile encoder = new(_folder["onnx/network.encoder.t1ce.onnx"]), decoder = new(_folder["onnx/network.decoder.onnx"]),
            joint = new(_folder["onnx/joint.onnx"]);
        Assert.Equal("encoder of t1ce", encoder.Metadata["part"]);
        Assert.Equal([-1, 1, 32, 32, 48], encoder.Shapes["scan"]);
        Assert.Equal([-1, 12, 16], encoder.Shapes["tokens"]);
        Assert.Equal([-1, 4, 16, 16, 24], encoder.Shapes["level2"]);
        Assert.Equal(encoder.Shapes["level2"], decoder.Shapes["t2.level2"]);
        Assert.Equal([-1, 5, 32, 32, 48], decoder.Shapes["logits"]);
        Assert.Equal([-1, 4], decoder.Shapes["presence"]);
        Assert.Equal(1 + (4 * 5), decoder.Inputs.Count);
        Assert.Equal([1, 4, 32, 32, 48], joint.Shapes["scans"]);
        Assert.Equal([1, 5, 32, 32, 48], joint.Shapes["logits"]);
    }

    [Fact]
    public void ApplyOnnxModel_scores_a_window_in_a_chain_of_MLNet()
    {
        using DisposeScope scope = NewDisposeScope();
        using SegmentationTransformer model = OnnxModels.Create(_ml, "rfnet", _folder);
        _ml.Segmentation.SaveOnnx(model, _folder["onnx"]);
        TorchRuntime.Seed(2);
        Tensor scans = randn([1, 4, Side, Side, Side]);
        scans.select(1, (int)Modality.T1).fill_(float.NaN);
        WindowRow[] rows = [new() { Scans = scans.data<float>().ToArray(), Presence = [1, 1, 0, 1] }];
        IDataView data = _ml.Data.LoadFromEnumerable(rows);
        IDataView scored = _ml.Transforms.ApplyOnnxModel(["logits"], ["scans", "presence"], _folder["onnx/joint.onnx"])
            .Fit(data)
            .Transform(data);
        float[] logits = scored.GetColumn<float[]>("logits").Single();
        Assert.Equal(4 * Voxels, logits.Length);
        using IDisposable guard = no_grad();
        model.Engine.Networks[0].Predict(new(scans, []), [ModalitySet.Parse("flair+t1ce+t2")], (_, expected) =>
            TensorAssert.Close(expected, tensor(logits, expected.shape), 1e-4 * Math.Max(1, expected.abs().max().item<float>()), "logits"));
    }

    [Theory]
    [MemberData(nameof(OtherKeys))]
    public void Other_methods_are_refused_with_those_that_have_graphs(string key)
    {
        NetworkArchitecture architecture = SegmentationMethods.Parse(key).CreateOptions(NetworkSize.Tiny).Network;
        using SegmentationTransformer model = OnnxModels.Random(_ml, architecture, LabelConvention.BraTS2018);
        string message = Assert.Throws<InvalidOperationException>(() => _ml.Segmentation.SaveOnnx(model, _folder["onnx"])).Message;
        Assert.Contains(SegmentationMethods.Parse(key).Name.Title, message, StringComparison.Ordinal);
        Assert.Contains("expected SMML, mmFormer or RFNet", message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["onnx"]));
    }

    [Theory]
    [InlineData("rfnet-zeros")]
    [InlineData("mmformer")]
    [InlineData("smml")]
    public void The_checker_of_onnx_and_its_strict_inference_of_shapes_pass(string key)
    {
        SystemPython.Require("onnx");
        using SegmentationTransformer model = OnnxModels.Create(_ml, key, _folder);
        IReadOnlyList<string> graphs = [.. _ml.Segmentation.SaveOnnx(model, _folder["onnx"]).Files.SkipLast(1)];
        File.WriteAllText(_folder["check.py"], """
            import sys, onnx
            for path in sys.argv[1:]:
                onnx.checker.check_model(path)
                plain = onnx.load(path, load_external_data=False)
                outputs = list(plain.graph.output)
                del plain.graph.output[:]
                for output in outputs:
                    plain.graph.output.add().CopyFrom(onnx.helper.make_tensor_value_info(output.name, 1, None))
                found = onnx.shape_inference.infer_shapes(plain, check_type=True, strict_mode=True, data_prop=True).graph.output
                for output, inferred in zip(outputs, found):
                    shapes = [[axis.dim_value or axis.dim_param for axis in one.type.tensor_type.shape.dim] for one in (output, inferred)]
                    assert shapes[0][1:] == shapes[1][1:], (path, output.name, shapes)
            print(len(sys.argv) - 1)
            """);
        Assert.Equal(graphs.Count.ToString(CultureInfo.InvariantCulture), SystemPython.Run([_folder["check.py"], .. graphs]));
    }

    // Name, offset and length of the initializers that lie beside a graph.
    private static List<(string Name, long Offset, long Length)> External(byte[] file)
    {
        List<(string Name, long Offset, long Length)> found = [];
        ProtobufFields model = new(file);
        while (model.Next())
        {
            if (model.Number != 7)
                continue;
            ProtobufFields graph = new(model.Content);
            while (graph.Next())
            {
                if (graph.Number != 5)
                    continue;
                (string name, Dictionary<string, string> place, long numbers) = Initializer(graph.Content);
                if (place.Count == 0)
                    continue;
                Assert.Equal("weights.bin", place["location"]);
                long length = long.Parse(place["length"], CultureInfo.InvariantCulture);
                Assert.Equal(numbers * sizeof(float), length);
                found.Add((name, long.Parse(place["offset"], CultureInfo.InvariantCulture), length));
            }
        }

        return found;
    }

    private static (string Name, Dictionary<string, string> Place, long Numbers) Initializer(ReadOnlySpan<byte> message)
    {
        string name = "";
        long numbers = 1;
        Dictionary<string, string> place = [];
        ProtobufFields tensor = new(message);
        while (tensor.Next())
        {
            switch (tensor.Number)
            {
                case 1: numbers *= (long)tensor.Value; break;
                case 8: name = Encoding.UTF8.GetString(tensor.Content); break;
                case 13:
                    List<string> entry = [];
                    ProtobufFields pair = new(tensor.Content);
                    while (pair.Next())
                        entry.Add(Encoding.UTF8.GetString(pair.Content));
                    place.Add(entry[0], entry[1]);
                    break;
            }
        }

        return (name, place, numbers);
    }

    private sealed class WindowRow
    {
        [ColumnName("scans")]
        [VectorType(4 * Voxels)]
        public float[] Scans { get; set; } = [];

        [ColumnName("presence")]
        [VectorType(4)]
        public float[] Presence { get; set; } = [];
    }
}
