using System.Text.Json;
using Smml.MLNet.Losses;
using Smml.MLNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Methods;

/// <summary>
/// Reference numbers of one published method, computed with its released code: the folder <c>rivals/method</c> of the folder named by
/// SMML_FIXTURES if it exists, else the project's copy. Sizes, class count and masks are those of the files.
/// </summary>
internal sealed class RivalFixture
{
    private readonly string _copy;
    private readonly string _folder;
    private readonly Lazy<JsonElement> _info;
    private readonly double _learningRate, _weightDecay;

    /// <summary>Finds the numbers of a method.</summary>
    /// <param name="method">The name of the folder.</param>
    /// <param name="learningRate">The released learning rate.</param>
    /// <param name="weightDecay">The released weight decay.</param>
    public RivalFixture(string method, double learningRate = 2e-4, double weightDecay = 1e-4)
    {
        (_learningRate, _weightDecay) = (learningRate, weightDecay);
        _copy = Path.Combine(AppContext.BaseDirectory, "fixtures", "rivals", method);
        string given = Path.Combine(Fixtures.Folder, "rivals", method);
        _folder = Directory.Exists(given) ? given : _copy;
        _info = new(() => Read("info.json"));
    }

    /// <summary>Sizes, losses and gradient norms.</summary>
    public JsonElement Info => _info.Value;

    /// <summary>K.</summary>
    public int Classes => Info.GetProperty("num_cls").GetInt32();

    /// <summary>The learning rate of the stored step: that of the file, else the released one.</summary>
    public double LearningRate => Number("lr", _learningRate);

    /// <summary>The weight decay of the stored step: that of the file, else the released one.</summary>
    public double WeightDecay => Number("weight_decay", _weightDecay);

    /// <summary>Whether the set has a file that belongs to its weights.</summary>
    public bool Has(string name) => File.Exists(Path.Combine(_folder, name));

    /// <summary>An archive that belongs to the weights of the set.</summary>
    public Dictionary<string, NumpyArray> Archive(string name) => NumpyArray.LoadArchive(Path.Combine(_folder, name));

    /// <summary>A file that stands alone, such as outputs of a network with weights from a formula: the set's, else the copy's.</summary>
    public string Alone(string name) => Path.Combine(Has(name) ? _folder : _copy, name);

    /// <summary>A JSON file that belongs to the weights of the set.</summary>
    public JsonElement Read(string name) => JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, name))).RootElement;

    /// <summary>The names and shapes of a full-size checkpoint, one <c>name TAB AxBxC</c> on each line.</summary>
    public IEnumerable<(string Name, long[] Shape)> Keys(string name) => File
        .ReadLines(Alone(name))
        .Select(line => line.Split('\t'))
        .Where(parts => parts.Length == 2)
        .Select(parts => (parts[0], parts[1].Split('x').Select(long.Parse).ToArray()));

    /// <summary>A number of the information file, else a default.</summary>
    public double Number(string name, double released) => Info.TryGetProperty(name, out JsonElement number) ? number.GetDouble() : released;

    /// <summary>Copies reference weights into a network; both must have the same names and shapes.</summary>
    /// <param name="module">The network.</param>
    /// <param name="weights">Of the reference.</param>
    /// <param name="dead">Names of reference weights that no output depends on and that the network does not have.</param>
    public static void Load(nn.Module module, Dictionary<string, NumpyArray> weights, params IEnumerable<string> dead)
    {
        using IDisposable guard = no_grad();
        Dictionary<string, Tensor> state = module.state_dict();
        SameNames(weights.Keys.Except(dead), state.Keys);
        foreach ((string name, Tensor value) in state)
        {
            Assert.Equal(weights[name].Shape, value.shape);
            using Tensor source = weights[name].ToTensor();
            value.copy_(source);
        }
    }

    /// <summary>Fills a network with weights from the formula of <c>full_formula.json</c>; the network may lack some of them.</summary>
    /// <param name="module">The network.</param>
    /// <param name="parameters">Pairs of name and shape; the position k in the list is part of the formula.</param>
    public static void LoadFormula(nn.Module module, JsonElement parameters)
    {
        using IDisposable guard = no_grad();
        Dictionary<string, Tensor> state = module.state_dict();
        HashSet<string> filled = [];
        for (int k = 0; k < parameters.GetArrayLength(); k++)
        {
            string name = parameters[k][0].GetString()!;
            if (!state.TryGetValue(name, out Tensor? value))
                continue;
            long[] shape = ShapeOf(parameters[k][1]);
            Assert.Equal(shape, value.shape);
            using Tensor weights = tensor(Formula(name, shape, k), shape);
            value.copy_(weights);
            filled.Add(name);
        }

        Assert.Equal(state.Keys.Order(StringComparer.Ordinal), filled.Order(StringComparer.Ordinal));
    }

    /// <summary>The scans of <c>full_formula.json</c>: one sample (1, 4, X, Y, Z).</summary>
    public static Tensor FormulaInput(long[] window)
    {
        float[] values = new float[4 * window[0] * window[1] * window[2]];
        int index = 0;
        for (int c = 0; c < 4; c++)
        {
            for (int h = 0; h < window[0]; h++)
            {
                for (int w = 0; w < window[1]; w++)
                {
                    for (int z = 0; z < window[2]; z++)
                    {
                        double wave = Math.Sin((0.05 * h) + (0.07 * (c + 1) * w) + (0.03 * z)) * (1 + (0.1 * c));
                        values[index++] = (float)(wave + (0.5 * Math.Cos((0.11 * z) - (0.02 * (c + 2) * h))));
                    }
                }
            }
        }

        return tensor(values, [1, 4, .. window]);
    }

    /// <summary>Asserts that two sets of names are equal.</summary>
    public static void SameNames(IEnumerable<string> expected, IEnumerable<string> actual) =>
        Assert.Equal(expected.Order(StringComparer.Ordinal), actual.Order(StringComparer.Ordinal));

    /// <summary>Compares the names and shapes of a network's weights with those of a full-size checkpoint.</summary>
    /// <param name="module">The network.</param>
    /// <param name="expected">Of the checkpoint.</param>
    /// <param name="dead">Names of the checkpoint that the network does not have.</param>
    public static void SameState(nn.Module module, Dictionary<string, long[]> expected, params IEnumerable<string> dead)
    {
        Dictionary<string, Tensor> actual = module.state_dict();
        string[] names = [.. expected.Keys.Except(dead)];
        SameNames(names, actual.Keys);
        foreach (string name in names)
            Assert.True(expected[name].SequenceEqual(actual[name].shape), $"{name} has shape [{string.Join(", ", actual[name].shape)}]");
    }

    /// <summary>The arrays whose names begin with a prefix, without it; there must be some.</summary>
    public static IEnumerable<(string Name, NumpyArray Value)> Stored(Dictionary<string, NumpyArray> arrays, string prefix)
    {
        (string, NumpyArray)[] stored = [.. arrays
            .Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(pair => (pair.Key[prefix.Length..], pair.Value))];
        Assert.NotEmpty(stored);
        return stored;
    }

    public static long[] ShapeOf(JsonElement shape) => [.. shape.EnumerateArray().Select(side => side.GetInt64())];

    /// <summary>Availability as the files write it, such as <c>1010</c>, for every sample of a batch: (B, 4) of booleans.</summary>
    public static Tensor Mask(string bits, long batch) => tensor(bits.Select(bit => bit == '1').ToArray()).unsqueeze(0).repeat(batch, 1);

    /// <summary>The stored batch as samples that have every scan and see those of the stored masks.</summary>
    /// <param name="data">Has arrays <c>input</c>, <c>label</c> and <c>train_mask</c>.</param>
    public static TrainingSample[] Samples(Dictionary<string, NumpyArray> data)
    {
        int count = (int)data["input"].Shape[0];
        float[][] scans = [.. data["input"].ToSingle().Chunk(data["input"].Count / count)];
        long[][] labels = [.. data["label"].ToInt64().Chunk(data["label"].Count / count)];
        long[][] masks = [.. data["train_mask"].ToInt64().Chunk(ModalitySet.ModalityCount)];
        return [.. Enumerable.Range(0, count).Select(sample => new TrainingSample
        {
            Scans = scans[sample],
            Labels = [.. labels[sample].Select(label => (byte)label)],
            Available = ModalitySet.All,
            Masks = [ModalitySet.Of([.. ModalitySet.All.Where(modality => masks[sample][(int)modality] != 0)])],
            Start = (0, 0, 0),
        })];
    }

    /// <summary>Compares a map with a stored one of which only every n-th voxel along each axis was kept.</summary>
    public static void CloseSampled(NumpyArray expected, Tensor actual, double tolerance, string what)
    {
        for (int axis = -3; axis < 0; axis++)
        {
            long size = actual.shape[^-axis], kept = expected.Shape[^-axis], step = 1;
            while ((size + step - 1) / step > kept)
                step++;
            actual = actual.slice(axis, 0, size, step);
        }

        TensorAssert.Close(expected.ToTensor(), actual, tolerance, what);
    }

    /// <summary>Compares the mean, the root mean square and the extremes over all voxels of each channel.</summary>
    /// <param name="statistics">One entry per channel.</param>
    /// <param name="actual">(B, K, X, Y, Z).</param>
    /// <param name="average">The tolerance of mean and root mean square.</param>
    /// <param name="extreme">The tolerance of the extremes.</param>
    /// <param name="what">For the message.</param>
    public static void CloseStatistics(JsonElement statistics, Tensor actual, double average, double extreme, string what)
    {
        Assert.Equal(actual.shape[1], statistics.GetArrayLength());
        for (int k = 0; k < statistics.GetArrayLength(); k++)
        {
            JsonElement expected = statistics[k];
            Tensor channel = actual.select(1, k).to(ScalarType.Float64);
            Assert.Equal(ShapeOf(expected.GetProperty("shape")), channel.shape);
            double voxels = channel.numel();
            Close("sum", channel.mean(), voxels, average);
            Close("l2", channel.pow(2).mean().sqrt(), Math.Sqrt(voxels), average);
            Close("min", channel.min(), 1, extreme);
            Close("max", channel.max(), 1, extreme);

            void Close(string name, Tensor found, double divisor, double tolerance)
            {
                double difference = Math.Abs((expected.GetProperty(name).GetDouble() / divisor) - found.item<double>());
                Assert.True(difference <= tolerance, $"{what}, class {k}: {name} differs by {difference:g3}, allowed {tolerance:g3}");
            }
        }
    }

    /// <summary>Compares the fused probabilities of every stored mask; where the file has statistics of all voxels, those too.</summary>
    /// <param name="data">Has arrays <c>kind.mask.prob</c>.</param>
    /// <param name="kind"><c>eval</c>, or <c>evalzeros</c> for convolutions with zero padding; the
    /// test is skipped where none is stored.</param>
    /// <param name="predict">From a mask (B, 4) to logits (B, K, X, Y, Z).</param>
    /// <param name="average">The tolerance of mean and root mean square.</param>
    /// <param name="extreme">The tolerance of each probability.</param>
    public void CloseEvaluation(
        Dictionary<string, NumpyArray> data,
        string kind,
        Func<Tensor, Tensor> predict,
        double average,
        double extreme)
    {
        string[] stored = [.. data.Keys.Where(key => key.StartsWith($"{kind}.", StringComparison.Ordinal))];
        if (stored.Length == 0)
            Assert.Skip($"the reference numbers have no {kind} outputs");
        JsonElement all = Info.TryGetProperty($"{kind}_stats", out JsonElement statistics) ? statistics : default;
        foreach (string key in stored)
        {
            using DisposeScope scope = NewDisposeScope();
            string bits = key.Split('.')[1];
            Tensor probabilities = predict(Mask(bits, data["input"].Shape[0])).softmax(1);
            CloseSampled(data[key], probabilities, extreme, key);
            if (all.ValueKind == JsonValueKind.Object && all.TryGetProperty(bits, out JsonElement expected))
                CloseStatistics(expected, probabilities, average, extreme, key);
        }
    }

    /// <summary>Compares the predictions of every head that the file has of a training pass.</summary>
    /// <param name="data">Has arrays <c>train.fuse</c>, <c>train.sep.modality</c> and <c>train.prm1</c> to <c>train.prm4</c>.</param>
    /// <param name="fused">The fused logits.</param>
    /// <param name="separate">The probabilities from each modality alone.</param>
    /// <param name="maps">The probabilities at the decoder's levels, the finest first.</param>
    /// <param name="tolerance">Of each probability.</param>
    public static void CloseHeads(Dictionary<string, NumpyArray> data, Tensor fused, Tensor[] separate, Tensor[] maps, double tolerance)
    {
        Dictionary<string, Tensor> actual = new() { ["fuse"] = fused.softmax(1) };
        foreach (Modality modality in ModalitySet.All)
            actual[$"sep.{modality.ToString().ToLowerInvariant()}"] = separate[(int)modality];
        for (int level = 0; level < maps.Length; level++)
            actual[$"prm{level + 1}"] = maps[level];
        foreach ((string head, NumpyArray value) in Stored(data, "train."))
            CloseSampled(value, actual[head], tolerance, head);
    }

    /// <summary>Cross-entropy and Dice of each kind of prediction, under the names of the information file.</summary>
    public static Dictionary<string, double> Losses(SegmentationLoss target, Tensor fused, Tensor[] separate, Tensor[] maps)
    {
        Dictionary<string, double> losses = [];
        foreach ((string kind, Tensor[] predictions) in new[] { ("fuse", [fused.softmax(1)]), ("sep", separate), ("prm", maps) })
        {
            losses[$"{kind}_cross"] = predictions.Sum(prediction => target.CrossEntropy(prediction).item<float>());
            losses[$"{kind}_dice"] = predictions.Sum(prediction => target.Dice(prediction).item<float>());
        }

        return losses;
    }

    /// <summary>Compares every loss of the information file with the one of that name.</summary>
    /// <param name="actual">The losses.</param>
    /// <param name="tolerance">Relative.</param>
    /// <param name="entry">The entry of the information file.</param>
    public void CloseLosses(Dictionary<string, double> actual, double tolerance, string entry = "losses_f64")
    {
        JsonProperty[] expected = [.. Info.GetProperty(entry).EnumerateObject()];
        Assert.True(expected.Length >= 2, "the reference file holds too few losses to compare");
        foreach (JsonProperty loss in expected)
            TensorAssert.Close(loss.Value.GetDouble(), actual[loss.Name], tolerance, loss.Name);
    }

    // splitmix64 of (k << 32) + i, scaled by the kind of parameter; the JSON beside the numbers says how.
    private static float[] Formula(string name, long[] shape, int k)
    {
        float[] values = new float[shape.Aggregate(1L, (product, side) => product * side)];
        double fan = shape.Skip(1).Aggregate(1.0, (product, side) => product * side);
        bool bias = name.EndsWith("bias", StringComparison.Ordinal), position = name.EndsWith("_pos", StringComparison.Ordinal);
        bool image = name == "limage";
        double scale = image ? 0.5 : position ? 0.1 : shape.Length >= 2 ? Math.Sqrt(6 / fan) : bias ? 0.05 : 0.1;
        double offset = image ? 0.5 : shape.Length == 1 && !bias ? 1 : 0;
        for (int i = 0; i < values.Length; i++)
        {
            ulong z = ((ulong)k << 32) + (ulong)i + 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            z ^= z >> 31;
            values[i] = (float)(offset + (scale * ((2 * ((z >> 11) / (double)(1UL << 53))) - 1)));
        }

        return values;
    }
}
