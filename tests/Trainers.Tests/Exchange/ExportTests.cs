using Microsoft.ML;
using Smml.MLNet.Tests.Methods;
using Smml.MLNet.WeightFiles;

namespace Smml.MLNet.Tests.Exchange;

/// <summary>Models leave as files that the released code loads, and come back as they were.</summary>
public sealed class ExportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public static TheoryData<string> Keys => [.. SegmentationMethods.All.Select(method => method.Name.Key)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_model_comes_back_as_it_was_with_and_without_the_settings_in_the_file(string key)
    {
        SegmentationTrainerOptions options = MethodContractTests.Small(key) with { Epochs = 1 };
        if (options is SmuNetTrainerOptions smunet)
            options = smunet with { Architecture = smunet.Architecture with { Patterns = StudentPatterns.Parse("t2,flair,flair+t1ce") } };
        using SegmentationTransformer model =
            _ml.Segmentation.Trainers.Create(options).Fit(TinyProblem.View(_ml, TinyProblem.Rows(2)));
        int count = key switch { "smml" => 2, "smunet" => 3, _ => 1 };
        foreach (string extension in new[] { "pth", "safetensors" })
        {
            WeightExport export = _ml.Segmentation.Export(model, _folder[$"weights.{extension}"]);
            Assert.Equal(count, export.Files.Count);
            Assert.All(export.Files, file => Assert.True(File.Exists(file)));
            Assert.Contains("Research use only", export.Notes[0], StringComparison.Ordinal);
            using SegmentationTransformer back = _ml.Segmentation.Import([.. export.Files.Reverse()]);
            Assert.Equal(model.Info.WeightsSha256, back.Info.WeightsSha256);
            Assert.Equal(model.Info.Architecture, back.Info.Architecture);
            Assert.Equal(model.Info.Losses, back.Info.Losses);
            Assert.Equal(model.Info.FinalLosses, back.Info.FinalLosses);
            Assert.Equal(count, back.Info.Origin!.Files.Count);
            Assert.Contains("Settings and history", back.Info.ToModelCard(), StringComparison.Ordinal);
        }

        // What the released code would have written: no settings, a prefix. The window must be told, the layout of tokens is the released.
        string[] plain = [.. _ml.Segmentation.Export(model, _folder["weights.pth"]).Files.Select(Plain)];
        using SegmentationTransformer again = _ml.Segmentation.Import(plain, new()
        {
            Method = SegmentationMethods.Parse(key),
            Fidelity = Fidelity.Corrected,
            Patch = options.Network.Patch,
            AttentionHeads = options.Network is TransformerArchitecture own ? own.AttentionHeads : 8,
            Students = options.Network is SmuNetArchitecture sizes ? sizes.Patterns.Subsets : [],
        });
        Assert.Equal(model.Info.WeightsSha256, again.Info.WeightsSha256);
    }

    [Fact]
    public void Files_of_different_models_and_missing_files_are_refused()
    {
        SmmlTrainerOptions options = TinyProblem.Options(epochs: 1);
        string[][] exports = [.. new[] { 1, 2 }.Select(seed =>
        {
            using SegmentationTransformer model = _ml.Segmentation.Trainers.Create(options with { Seed = seed })
                .Fit(TinyProblem.View(_ml, TinyProblem.Rows(2)));
            return _ml.Segmentation.Export(model, _folder[$"{seed}.pth"]).Files.ToArray();
        })];
        Assert.Contains(
            "the weights of another model",
            Assert.Throws<CheckpointFormatException>(() => _ml.Segmentation.Import([exports[0][0], exports[1][1]])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "found the parts '1' of a model that has '1', '2'",
            Assert.Throws<CheckpointFormatException>(() => _ml.Segmentation.Import(exports[0][0])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "SMML, and RFNet is asked for",
            Assert.Throws<CheckpointFormatException>(
                () => _ml.Segmentation.Import(exports[0], new() { Method = SegmentationMethods.Parse("rfnet") })).Message,
            StringComparison.Ordinal);
        using SegmentationTransformer back = _ml.Segmentation.Import(exports[0]);
        Assert.Contains(
            "expected .pth or .safetensors",
            Assert.Throws<ArgumentException>(() => _ml.Segmentation.Export(back, _folder["a.onnx"])).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            _ml.Segmentation.Export(back, _folder["c.pth"]).Notes,
            note => note.Contains("scatters them", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void PyTorch_loads_an_export_strictly_into_a_module_with_the_released_names(string key)
    {
        SystemPython.Require("torch");
        string[] released = ReleasedWeights.Write(key, _folder);
        using SegmentationTransformer model = _ml.Segmentation.Import(released, new()
        {
            Method = SegmentationMethods.Parse(key),
            Students = key == "smunet" ? [ModalitySet.Of(Modality.Flair)] : [],
        });
        IReadOnlyList<string> exports = _ml.Segmentation.Export(model, _folder["export.pth"]).Files;
        File.WriteAllText(_folder["strict.py"], """
            import sys, torch
            released, exported = (torch.load(path, map_location="cpu") for path in sys.argv[1:3])
            class Part(torch.nn.Module): pass
            def module_of(state):
                root = Part()
                for name, value in state.items():
                    *path, leaf = name.split(".")
                    at = root
                    for part in path:
                        if not hasattr(at, part):
                            at.add_module(part, Part())
                        at = getattr(at, part)
                    value = torch.zeros_like(value)
                    at.register_parameter(leaf, torch.nn.Parameter(value)) if value.is_floating_point() else at.register_buffer(leaf, value)
                return root
            same = 0
            for key in [key for key in released if key in exported]:
                state = {name.removeprefix("module."): value for name, value in released[key].items()}
                module = module_of(state)
                module.load_state_dict(exported[key], strict=True)
                loaded = module.state_dict()
                same += sum(torch.equal(loaded[name], value) for name, value in state.items())
            print(same)
            """);
        int same = released.Zip(exports).Sum(pair => int.Parse(
            SystemPython.Run(_folder["strict.py"], pair.First, pair.Second), System.Globalization.CultureInfo.InvariantCulture));
        Assert.True(same >= model.Engine.Networks.Sum(network => network.ScoringState().Count()), $"{same} tensors are the released ones");
    }

    // The same weights without what this library wrote beside them, with the prefix of DataParallel.
    private string Plain(string path)
    {
        string plain = $"{path}.plain.pth";
        TorchWriter.Write(plain, [.. StateDicts.Find(WeightFile.Open(path)).Select(dictionary => new NamedWeights(
            dictionary.Key,
            [.. dictionary.Tensors.Select(pair => pair.Value.ElementType == ElementType.Int64
                ? WeightTensor.OfIntegers($"module.{pair.Key}", pair.Value.Shape, dictionary.ReadIntegers(pair.Key))
                : WeightTensor.OfSingles($"module.{pair.Key}", pair.Value.Shape, dictionary.ReadSingles(pair.Key)))]))]);
        return plain;
    }
}
