using Microsoft.ML;
using Smml.MLNet.Inference;
using Smml.MLNet.Methods.MmFormer;
using Smml.MLNet.Methods.RFNet;
using Smml.MLNet.Networks;
using Smml.MLNet.Tests.Methods;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Exchange;

/// <summary>Weights of the released code become models: with the released outputs, with sizes from shapes, and with what differs listed by
/// name.</summary>
public sealed class ImportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public static TheoryData<string> Keys => [.. SegmentationMethods.All.Select(method => method.Name.Key)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("rfnet", Fidelity.Corrected, "eval")]
    [InlineData("rfnet", Fidelity.Reference, "evalzeros")]
    [InlineData("mmformer", Fidelity.Corrected, "eval")]
    [InlineData("mmformer", Fidelity.Reference, "evalzeros")]
    public void Every_mask_gives_the_released_probabilities(string key, Fidelity fidelity, string kind)
    {
        using SegmentationTransformer model = _ml.Segmentation.Import(
            ReleasedWeights.Write(key, _folder), Options(key) with { Fidelity = fidelity });
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        RivalFixture fixture = new(key);
        Dictionary<string, NumpyArray> data = fixture.Archive("data.npz");
        Tensor scans = data["input"].ToTensor();
        fixture.CloseEvaluation(data, kind, Predict, average: 1e-4, extreme: 1e-4);

        Tensor Predict(Tensor mask) => model.Engine.Networks[0] switch
        {
            RFNetNetwork rfnet => rfnet.Module.Decode(rfnet.Module.Encode(scans, ModalitySet.All), mask, withMaps: false).Logits,
            MmFormerNetwork own =>
                own.Backbone.Decode(own.Backbone.Encode(scans, ModalitySet.All), mask, MmFormerModule.Heads.Fused).Logits,
            var other => throw new NotSupportedException($"{other}"),
        };
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Sizes_are_found_from_shapes_and_every_weight_is_where_it_belongs(string key)
    {
        string[] files = ReleasedWeights.Write(key, _folder);
        using SegmentationTransformer model = _ml.Segmentation.Import(files, Options(key));
        SegmentationModelInfo info = model.Info;
        Assert.Equal(key, info.Method.Key);
        Assert.Empty(info.Architecture.Errors());
        Assert.Equal(files.Select(Path.GetFileName), info.Origin!.Files.Select(file => file.Name));
        Assert.All(info.Origin.Files, file => Assert.Equal(64, file.Sha256.Length));
        Assert.Equal((Fidelity.Reference, StopReason.Imported), (info.Origin.Fidelity, info.Training!.StopReason));
        string card = info.ToModelCard();
        Assert.Contains($"file: {Path.GetFileName(files[0])}, SHA-256 {info.Origin.Files[0].Sha256}", card, StringComparison.Ordinal);
        Assert.All(info.Origin.Notes, note => Assert.Contains(note, card, StringComparison.Ordinal));
        Assert.Contains("Research use only", card, StringComparison.Ordinal);

        WeightLayout layout = SegmentationMethods.Parse(key).Weights;
        IReadOnlyList<WeightPart> parts = layout.Parts(info.Architecture);
        Dictionary<string, NumpyArray>[] expected = key switch
        {
            "smml" => [Fixtures.Archive("smml_mini_branch1_state.npz"), Fixtures.Archive("smml_mini_branch2_state.npz")],
            "smunet" => [new RivalFixture(key).Archive("state_full.npz"), new RivalFixture(key).Archive("state_missing.npz")],
            "m3ae" => [new RivalFixture(key).Archive("state_stage2.npz")],
            _ => [new RivalFixture(key == "unet-mfi" ? "unet_mfi" : key).Archive("state.npz")],
        };
        Assert.Equal(expected.Length, parts.Count);
        int compared = 0;
        for (int i = 0; i < parts.Count; i++)
        {
            SegmentationNetwork network = model.Engine.Networks.First(one => one.Name == parts[i].Network);
            foreach ((string full, Tensor value) in network.ScoringState())
            {
                if (!full.StartsWith(parts[i].Prefix, StringComparison.Ordinal))
                    continue;
                using Tensor known = expected[i][full[parts[i].Prefix.Length..]].ToTensor();
                Assert.True(known.equal(value).all().item<bool>(), full);
                compared++;
            }
        }

        Assert.Equal(model.Engine.Networks.Sum(network => network.ScoringState().Count()), compared);
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_saved_import_scores_in_a_chain_and_can_be_trained_further(string key)
    {
        using SegmentationTransformer model = _ml.Segmentation.Import(ReleasedWeights.Write(key, _folder), Options(key));
        IDataView rows = TinyProblem.View(_ml, [TinyProblem.Row(4)]);
        _ml.Model.Save(model, null, _folder["model.zip"]);
        ITransformer loaded = _ml.Model.Load(_folder["model.zip"], out _);
        if (key != "smunet") // it has one student and the teacher; the row has all scans, which is the teacher's
            Assert.Equal(15, model.Engine.Subsets.Count);
        Volume[] segmentations = [.. new[] { model, loaded }.Select(one => _ml.Data
            .CreateEnumerable<TinyResult>(one.Transform(rows), reuseRowObject: false).Single().Segmentation!)];
        Assert.True(segmentations[0].Voxels.SequenceEqual(segmentations[1].Voxels));
        SegmentationModelInfo info = _ml.Segmentation.Describe(loaded);
        Assert.Equal(model.Info.Origin!.Notes, info.Origin!.Notes);
        Assert.Equal(model.Info.WeightsSha256, _ml.Segmentation.StartingFrom(loaded).Info.WeightsSha256);
    }

    [Fact]
    public void One_file_with_both_students_serves_as_two()
    {
        string[] two = ReleasedWeights.Write("smml", _folder);
        using SegmentationTransformer apart = _ml.Segmentation.Import(two, Options("smml"));
        Dictionary<string, NumpyArray>[] weights =
            [.. Enumerable.Range(1, 2).Select(branch => Fixtures.Archive($"smml_mini_branch{branch}_state.npz"))];
        ReleasedWeights.Write(_folder["both.pth"], [("model1", weights[0]), ("model2", weights[1])]);
        ReleasedWeights.Write(
            _folder["flat.pth"],
            [
                (
                    "state_dict",
                    weights.SelectMany((one, i) => one.Select(pair => ($"branch{i + 1}.{pair.Key}", pair.Value)))
                        .ToDictionary(pair => pair.Item1, pair => pair.Value)),
            ]);
        foreach (string name in new[] { "both.pth", "flat.pth" })
        {
            using SegmentationTransformer together = _ml.Segmentation.Import(_folder[name], Options("smml"));
            Assert.Equal(apart.Info.WeightsSha256, together.Info.WeightsSha256);
        }
    }

    [Fact]
    public void Missing_misshaped_and_unknown_tensors_are_listed_by_name()
    {
        RivalFixture fixture = new("rfnet");
        string path = ReleasedWeights.Write(_folder["a.pth"], [("state_dict", fixture.Archive("state.npz"))], change: tensors =>
        {
            tensors.Remove("t1_encoder.e2_c1.conv.bias");
            tensors["t2_encoder.e1_c2.conv.bias"] = ([3], new float[3]);
            tensors["surprise.weight"] = ([2, 2], new float[4]);
        });
        string message = Assert.Throws<CheckpointFormatException>(() => _ml.Segmentation.Import(path, Options("rfnet"))).Message;
        Assert.StartsWith($"{path}: found weights of another network", message, StringComparison.Ordinal);
        Assert.Contains("1 missing:\n  t1_encoder.e2_c1.conv.bias [", message, StringComparison.Ordinal);
        Assert.Contains("1 misshaped:\n  t2_encoder.e1_c2.conv.bias is [3], expected [", message, StringComparison.Ordinal);
        Assert.Contains("1 unknown:\n  surprise.weight", message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_model_of_the_method_is_refused_with_the_remedy()
    {
        RivalFixture rfnet = new("rfnet"), m3ae = new("m3ae"), smunet = new("smunet");
        string path = ReleasedWeights.Write("rfnet", _folder)[0];
        Refused<CheckpointFormatException>([path], Options("mmformer"), "expected flair_encoder.e1_c1.weight among them");
        Refused<ArgumentException>([path], null, "the method must be named; the names of its tensors are those of rfnet");
        Refused<CheckpointFormatException>(
            [path], Options("rfnet") with { LabelConvention = LabelConvention.BraTS2015 }, "BraTS2015 has 5");
        Refused<CheckpointFormatException>([path], Options("rfnet") with { Dictionary = "model" }, "expected one named model");
        Refused<CheckpointFormatException>([path, path], Options("rfnet"), "found a second file");
        Refused<CheckpointFormatException>([path], Options("rfnet") with { Patch = new(20, 20, 20) }, "multiple of 8");
        Refused<FileNotFoundException>([_folder["none.pth"]], Options("rfnet"), "there is no such file");
        Refused<ArgumentException>([path], Options("rfnet") with { AttentionHeads = 0 }, "expected 1 to 64");

        string broken = ReleasedWeights.Write(
            _folder["nan.pth"],
            [("state_dict", rfnet.Archive("state.npz"))],
            change: tensors => tensors["t1_encoder.e2_c1.conv.bias"].Values[0] = float.NaN);
        Refused<CheckpointFormatException>([broken], Options("rfnet"), "found NaN in t1_encoder.e2_c1.conv.bias");

        string stage1 = ReleasedWeights.Write(_folder["stage1.pth"], [("state_dict", m3ae.Archive("state_stage1.npz"))]);
        Refused<CheckpointFormatException>([stage1], Options("m3ae"), "M3AE's first stage");

        string mmformer = ReleasedWeights.Write("mmformer", _folder)[0];
        Refused<CheckpointFormatException>([mmformer], Options("smml"), "expected those of two students");
        Refused<CheckpointFormatException>(
            [mmformer], Options("mmformer") with { Patch = new(48, 32, 32) }, "position embeddings of 8 tokens");

        string student = ReleasedWeights.Write(
            _folder["one.pth"], [("model_full", smunet.Archive("state_full.npz")), ("model_missing", smunet.Archive("state_missing.npz"))]);
        Refused<CheckpointFormatException>([student], Options("smunet") with { Students = [] }, "name a subset for each file");
        Refused<CheckpointFormatException>(
            [student], Options("smunet") with { Students = [ModalitySet.Parse("flair+t2")] }, "a student that sees 1 scan");
        string teacher = ReleasedWeights.Write(_folder["teacher.pth"], [("model_full", smunet.Archive("state_full.npz"))]);
        Refused<CheckpointFormatException>([teacher], Options("smunet"), "expected one named model_missing");
    }

    [Theory]
    [InlineData("rfnet", "keys_full.txt")]
    [InlineData("mmformer", "keys_full.txt")]
    [InlineData("mctseg", "keys_full.txt")]
    [InlineData("unet-mfi", "keys_full.txt")]
    [InlineData("m3ae", "keys_full_stage2.txt")]
    [InlineData("smunet", "keys_full_teacher.txt")]
    public void Names_and_shapes_of_a_full_size_file_are_those_that_are_read_and_written(string key, string list)
    {
        SegmentationMethod method = SegmentationMethods.Parse(key);
        RivalFixture fixture = new(key == "unet-mfi" ? "unet_mfi" : key);
        Dictionary<string, long[]> keys = fixture.Keys(list).ToDictionary(pair => pair.Name, pair => pair.Shape);
        WeightShapes shapes = new(list, method.Name, keys);
        WeightChoices choices = new(Fidelity.Corrected, null, 8, key == "smunet" ? [ModalitySet.Of(Modality.Flair)] : [], null);
        WeightSizes sizes = method.Weights.Sizes(
            key == "smunet" ? [shapes, new(list, method.Name, new Dictionary<string, long[]> { ["unet.conv1a.weight"] = [16, 1, 3, 3, 3] })]
                : [shapes],
            choices);
        Assert.Equal(4, sizes.Classes);
        NetworkArchitecture paper = method.CreateOptions().Network;
        string expected = paper.Describe(), found = sizes.Architecture.Describe();
        if (key != "smunet")
            Assert.Equal(expected.Split(',', 2)[1], found.Split(',', 2)[1]); // behind the name

        using DisposeScope scope = NewDisposeScope();
        NetworkArchitecture architecture = sizes.Architecture;
        IReadOnlyList<SegmentationNetwork> networks = method.CreateNetworks(architecture, LabelConvention.BraTS2018, complete: true);
        WeightPart part = method.Weights.Parts(architecture)[0];
        Dictionary<string, long[]> own = networks[0].State()
            .Where(pair => pair.Key.StartsWith(part.Prefix, StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[part.Prefix.Length..], pair => pair.Value.shape);
        Dictionary<string, long[]> written = own.Where(pair => !method.Weights.IsOurs(pair.Key))
            .Select(pair => (pair.Key, pair.Value))
            .Concat(method.Weights.Unused(architecture, own))
            .ToDictionary(pair => pair.Item1, pair => pair.Item2);
        RivalFixture.SameNames(keys.Keys, written.Keys);
        Assert.All(keys, pair => Assert.Equal(pair.Value, written[pair.Key]));
        Assert.All(keys.Keys.Except(own.Keys), name => Assert.True(method.Weights.IsUnused(name), name));
    }

    private static ImportOptions Options(string key) => new()
    {
        Method = SegmentationMethods.Parse(key),
        Students = key == "smunet" ? [ModalitySet.Of(Modality.Flair)] : [],
        AttentionHeads = key == "smml" ? 2 : 8,
    };

    private void Refused<TException>(string[] paths, ImportOptions? options, string expected)
        where TException : Exception
    {
        string message = Assert.Throws<TException>(() => _ml.Segmentation.Import(paths, options)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }
}
