using System.Globalization;
using Microsoft.ML;
using Smml.MLNet.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Onnx;

/// <summary>The graphs in onnxruntime give what the networks give in libtorch.</summary>
public sealed class OnnxParityTests : IDisposable
{
    private const double Tolerance = 1e-4; // of the largest logit, or of 1

    private static readonly ModalitySet[] s_subsets = [.. ModalitySet.Subsets];

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);
    private readonly DisposeScope _scope;

    public OnnxParityTests()
    {
        TorchRuntime.EnsureAvailable();
        _scope = NewDisposeScope();
    }

    public static TheoryData<string> Keys => [.. OnnxModels.Keys];

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void Encoders_and_decoder_give_the_logits_of_the_network_for_every_mask(string key)
    {
        using SegmentationTransformer model = Save(key);
        Tensor scans = Scans(model, 2);
        double largest = 0;
        foreach (SegmentationNetwork network in model.Engine.Networks)
        {
            Tensor[] expected = Predict(network, scans);
            using OnnxNetwork graphs = new(_folder["onnx"], network.Name);
            (string Name, Tensor Value)[] both = graphs.Encode(scans), first = graphs.Encode(scans.narrow(0, 0, 1));
            for (int i = 0; i < s_subsets.Length; i++)
            {
                using DisposeScope scope = NewDisposeScope();
                int other = s_subsets.Length - 1 - i; // each sample has a mask of its own
                Tensor found = graphs.Decode(both, Presence(s_subsets[i], s_subsets[other]));
                Tensor wanted = cat([expected[i].narrow(0, 0, 1), expected[other].narrow(0, 1, 1)]);
                largest = Math.Max(largest, Compare(wanted, found));
                largest = Math.Max(largest, Compare(expected[i].narrow(0, 0, 1), graphs.Decode(first, Presence(s_subsets[i]))));
            }
        }

        Tell(key, largest);
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void The_joint_graph_is_the_model_and_NaN_in_an_absent_scan_changes_no_bit(string key)
    {
        using SegmentationTransformer model = Save(key);
        Tensor scans = Scans(model, 1);
        Tensor[][] each = [.. model.Engine.Networks.Select(network => Predict(network, scans))];
        using OnnxFile joint = new(_folder["onnx/joint.onnx"]);
        double largest = 0;
        for (int i = 0; i < s_subsets.Length; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor presence = Presence(s_subsets[i]), spoiled = scans.clone();
            foreach (Modality missing in s_subsets[i].Complement)
                spoiled.select(1, (int)missing).fill_(float.NaN);
            Tensor logits = joint.Run([("scans", scans), ("presence", presence)])["logits"];
            Tensor again = joint.Run([("scans", spoiled), ("presence", presence)])["logits"];
            Assert.True(logits.bytes.SequenceEqual(again.bytes), $"{s_subsets[i]}: NaN in an absent scan changed the logits");
            largest = Math.Max(largest, Compare(stack([.. each.Select(own => own[i])]).mean([0]), logits));
        }

        Tell(key, largest);
    }

    [Theory]
    [InlineData("rfnet")]
    [InlineData("mmformer")]
    [InlineData("smml")]
    public void NaN_in_the_features_of_an_absent_modality_changes_no_bit(string key)
    {
        using SegmentationTransformer model = Save(key);
        using OnnxNetwork graphs = new(_folder["onnx"], model.Engine.Networks[^1].Name);
        (string Name, Tensor Value)[] features = graphs.Encode(Scans(model, 2));
        foreach (ModalitySet subset in s_subsets.Where(subset => subset.Count == 2))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor presence = Presence(subset, ModalitySet.All);
            (string Name, Tensor Value)[] spoiled =
            [
                .. features.Select((feature, i) =>
                {
                    Tensor value = feature.Value.clone();
                    if (!subset.Contains((Modality)(i * ModalitySet.ModalityCount / features.Length)))
                        value.narrow(0, 0, 1).fill_(float.NaN);
                    return (feature.Name, value);
                }),
            ];
            Assert.True(graphs.Decode(features, presence).bytes.SequenceEqual(graphs.Decode(spoiled, presence).bytes), $"{subset}");
        }
    }

    [Theory(Explicit = true)] // a minute each
    [InlineData("rfnet")]
    [InlineData("mmformer")]
    public void The_published_sizes_agree_as_well(string key)
    {
        NetworkArchitecture architecture = SegmentationMethods.Parse(key).CreateOptions().Network;
        using SegmentationTransformer model = OnnxModels.Random(_ml, architecture, LabelConvention.BraTS2018);
        _ml.Segmentation.SaveOnnx(model, _folder["onnx"]);
        Tensor scans = Scans(model, 1);
        ModalitySet[] subsets = [ModalitySet.All, ModalitySet.Parse("t1ce")];
        Tensor[] expected = Predict(model.Engine.Networks[0], scans, subsets);
        using OnnxNetwork graphs = new(_folder["onnx"], "network");
        (string Name, Tensor Value)[] features = graphs.Encode(scans);
        Tell(key, subsets.Index().Max(one => Compare(expected[one.Index], graphs.Decode(features, Presence(one.Item)))));
    }

    private SegmentationTransformer Save(string key)
    {
        SegmentationTransformer model = OnnxModels.Create(_ml, key, _folder);
        _ml.Segmentation.SaveOnnx(model, _folder["onnx"]);
        return model;
    }

    private static Tensor Scans(SegmentationTransformer model, int batch)
    {
        VolumeShape window = model.Info.Architecture.Patch;
        TorchRuntime.Seed(11);
        return randn([batch, ModalitySet.ModalityCount, window.X, window.Y, window.Z]);
    }

    private static Tensor[] Predict(SegmentationNetwork network, Tensor scans, ModalitySet[]? subsets = null)
    {
        using IDisposable guard = no_grad();
        subsets ??= s_subsets;
        Tensor[] logits = new Tensor[subsets.Length];
        network.Predict(new(scans, []), subsets, (i, found) => logits[i] = found.clone().DetachFromDisposeScope());
        return logits;
    }

    private static Tensor Presence(params ModalitySet[] subsets) => tensor(
        [.. subsets.SelectMany(subset => ModalitySet.All.Select(modality => subset.Contains(modality) ? 1f : 0f))],
        [subsets.Length, ModalitySet.ModalityCount]);

    private static double Compare(Tensor expected, Tensor actual)
    {
        double scale = Math.Max(1, expected.abs().max().item<float>());
        TensorAssert.Close(expected, actual, Tolerance * scale, "logits");
        return (expected - actual).abs().max().item<float>() / scale;
    }

    private static void Tell(string key, double largest) => TestContext.Current.TestOutputHelper!.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"{key}: the largest difference is {largest:g3} of the largest logit"));
}
