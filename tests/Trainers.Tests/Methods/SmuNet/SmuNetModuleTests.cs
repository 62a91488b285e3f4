using System.Text.Json;
using Smml.MLNet.Inference;
using Smml.MLNet.Methods.SmuNet;
using Smml.MLNet.Networks;
using Smml.MLNet.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Smml.MLNet.Tests.Methods.SmuNet;

public sealed class SmuNetModuleTests : IDisposable
{
    private static readonly SmuNetArchitecture s_small = new() { BaseChannels = 8, DiscriminatorChannels = 4, Patch = new(16, 24, 16) };

    private readonly DisposeScope _scope = NewDisposeScope();

    public SmuNetModuleTests() => TorchRuntime.EnsureAvailable();

    public static TheoryData<string> Conventions => [.. LabelConvention.Known.Select(labels => labels.Name)];

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Windows_need_not_be_cubes_and_dropout_acts_in_training_only()
    {
        using SmuNetModule module = new(2, 4, s_small with { Dropout = 0.5 });
        using IDisposable guard = no_grad();
        Tensor scans = randn([2, 2, 16, 24, 16]);
        SmuNetModule.Output output = module.call(scans);
        Assert.Equal([2, 4, 16, 24, 16], output.Logits.shape);
        Assert.Equal([2, 64, 2, 3, 2], output.Style.shape);
        Assert.Equal([2, 64, 2, 3, 2], output.Content.shape);
        Assert.False(module.call(scans).Logits.bytes.SequenceEqual(output.Logits.bytes));
        module.eval();
        Assert.True(module.call(scans).Logits.bytes.SequenceEqual(module.call(scans).Logits.bytes));
    }

    [Theory]
    [InlineData(16, 24, 16)]
    [InlineData(32, 32, 32)]
    [InlineData(160, 192, 128)]
    public void The_discriminator_has_a_number_for_each_style_of_every_window(int x, int y, int z)
    {
        using StyleDiscriminator discriminator = new(8, 4, (x / 8, y / 8, z / 8));
        Assert.Equal([2, 1, 1, 1, 1], discriminator.call(zeros([2, 8, x / 8, y / 8, z / 8])).shape);
        discriminator.Freeze(true);
        Assert.All(discriminator.parameters(), parameter => Assert.False(parameter.requires_grad));
        discriminator.Freeze(false);
        Assert.All(discriminator.parameters(), parameter => Assert.True(parameter.requires_grad));
    }

    [Theory]
    [InlineData(4, 4_778_212)]
    [InlineData(3, 4_777_780)]
    [InlineData(2, 4_777_348)]
    [InlineData(1, 4_776_916)]
    public void The_networks_have_the_published_number_of_parameters(int scans, long expected)
    {
        using SmuNetModule module = new(scans, 4, SmuNetArchitecture.Paper);
        Assert.Equal(expected, module.parameters().Sum(parameter => parameter.numel()));
        using StyleDiscriminator discriminator = new(128, 64, (20, 24, 16));
        Assert.Equal(3_149_249, discriminator.parameters().Sum(parameter => parameter.numel()));
    }

    [Fact]
    public void Each_subset_is_scored_by_its_own_network_and_a_subset_without_one_is_refused_with_those_that_there_are()
    {
        StudentPatterns patterns = StudentPatterns.Parse("flair, t1ce+t2");
        using SmuNetNetwork network = new(s_small with { Patterns = patterns }, new(LabelConvention.BraTS2018, 0.5));
        network.Train(false);
        using IDisposable guard = no_grad();
        Tensor scans = randn([1, 4, 16, 24, 16]);
        ModalitySet pair = ModalitySet.Of(Modality.T1ce, Modality.T2);
        Assert.Equal([ModalitySet.Of(Modality.Flair), pair, ModalitySet.All], network.Subsets);
        Tensor expected = network.Students[pair].call(cat([scans.narrow(1, 1, 1), scans.narrow(1, 3, 1)], 1)).Logits.narrow(1, 0, 3);
        Windows windows = new(scans, [(0, 0, 0)]);
        network.Predict(windows, [pair], (_, logits) => Assert.True(expected.bytes.SequenceEqual(logits.bytes)));
        string message = Assert.Throws<InvalidOperationException>(
            () => network.Predict(windows, [ModalitySet.Of(Modality.T1)], (_, _) => { })).Message;
        Assert.Equal(
            "This model cannot segment from T1 alone: it was trained for Flair, T1ce+T2, Flair+T1ce+T1+T2. "
            + "Score with one of these subsets, or train a model that has this one.",
            message);
    }

    [Theory]
    [MemberData(nameof(Conventions))]
    public void Labels_become_maps_and_maps_the_same_labels(string name)
    {
        LabelConvention labels = LabelConvention.FromName(name);
        ExclusiveReadout readout = new(labels, 0.4);
        Assert.Equal(labels.ClassCount - 1, readout.MapCount);
        Tensor classes = arange(labels.ClassCount, ScalarType.Int64).view(1, 1, 1, -1);
        Tensor targets = readout.Targets(F.one_hot(classes, labels.ClassCount).permute(0, 4, 1, 2, 3).to(ScalarType.Float32));
        Assert.True(readout.Classes(targets[0], WindowAverage.Probabilities).eq(classes[0]).all().item<bool>());
        Assert.True(readout.Classes(targets[0] * 9 - 5, WindowAverage.Logits).eq(classes[0]).all().item<bool>());
        Assert.Equal(0, readout.Classes(full([readout.MapCount, 1, 1, 1], 0.39f), WindowAverage.Probabilities).sum().item<long>());
        Assert.Equal(
            LabelConvention.BraTS2018.ClassCount - 1,
            new ExclusiveReadout(LabelConvention.BraTS2018, 0.4)
                .Classes(full([3, 1, 1, 1], 0.41f), WindowAverage.Probabilities).item<long>());
    }

    [Fact]
    public void Probabilities_become_the_labels_of_the_released_evaluation()
    {
        Dictionary<string, NumpyArray> data = new RivalFixture("common").Archive("preprocess_rivals.npz");
        Tensor probabilities = data["smunet.prob"].ToTensor().narrow(0, 0, 3), expected = data["smunet.label_t0.4"].ToTensor();
        Tensor found = new ExclusiveReadout(LabelConvention.BraTS2018, 0.4).Classes(probabilities, WindowAverage.Probabilities);
        found = where(found.eq(3), full_like(found, 4), found); // the file's value of enhancing tumour
        Assert.True(found.eq(expected.to(ScalarType.Int64)).all().item<bool>());
        Assert.Equal(4, expected.max().to(ScalarType.Int64).item<long>());
    }

    [Fact]
    public void Weights_of_the_objective_scale_its_terms_and_0_leaves_a_term_out()
    {
        using SmuNetModule module = new(1, 4, s_small with { Dropout = 0 });
        using IDisposable guard = no_grad();
        SmuNetModule.Output first = module.call(randn([1, 1, 16, 24, 16])), second = module.call(randn([1, 1, 16, 24, 16]));
        Tensor targets = randint(0, 2, [1, 3, 16, 24, 16], dtype: ScalarType.Float32);
        SmuNetLossOptions options = new() { TeacherWeight = 2, StudentWeight = 3, ContentWeight = 5, StyleWeight = 7 };
        LossSum losses = new();
        SmuNetObjective.Compute(losses, options, 11, first, second, targets);
        Dictionary<string, float> terms = losses.Terms.ToDictionary(term => term.Label, term => term.Value.item<float>());
        Assert.Equal(["student", "teacher", "consistency", "content", "style"], terms.Keys);
        float sum = (2 * terms["teacher"]) + (3 * terms["student"]) + (11 * terms["consistency"]) + (5 * terms["content"])
            + (7 * terms["style"]);
        TensorAssert.Close(sum, losses.Total.item<float>(), 1e-4, "total");

        LossSum least = new();
        SmuNetLossOptions none = new() { TeacherWeight = 0, ConsistencyWeight = 0, ContentWeight = 0, StyleWeight = 0 };
        SmuNetObjective.Compute(least, none, 0, first, second, targets);
        Assert.Equal("student", Assert.Single(least.Terms).Label);
        LossSum alone = new();
        SmuNetObjective.Compute(alone, options, 11, first, null, targets);
        Assert.Equal("student", Assert.Single(alone.Terms).Label);
    }

    [Fact]
    public void Patterns_are_values_that_are_read_and_written()
    {
        ModalitySet flair = ModalitySet.Of(Modality.Flair), pair = ModalitySet.Of(Modality.T1ce, Modality.T2);
        Assert.Equal(StudentPatterns.Of(pair, flair), StudentPatterns.Parse("Flair,t1ce+t2"));
        Assert.Equal(14, StudentPatterns.All.Count);
        Assert.Equal(StudentPatterns.All, StudentPatterns.Parse(" ALL "));
        Assert.Equal("Flair, T1ce+T2", StudentPatterns.Of(pair, flair).ToString());
        Assert.Equal("none", default(StudentPatterns).ToString());
        string json = JsonSerializer.Serialize(StudentPatterns.Of(pair, flair));
        Assert.Equal("""["Flair","T1ce\u002BT2"]""", json);
        Assert.Equal(StudentPatterns.Of(pair, flair), JsonSerializer.Deserialize<StudentPatterns>(json));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<StudentPatterns>("""["T7"]"""));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<StudentPatterns>("""["all"]"""));
        Assert.Contains("the teacher sees all four", Assert.Throws<ArgumentException>(() => StudentPatterns.Of(ModalitySet.All)).Message,
            StringComparison.Ordinal);
        Assert.Throws<FormatException>(() => StudentPatterns.Parse("flair,,t1"));
        Assert.Throws<FormatException>(() => StudentPatterns.Parse("pet"));
    }

    [Fact]
    public void Wrong_sizes_and_weights_are_named_with_what_is_expected()
    {
        Assert.Empty(SmuNetArchitecture.Paper.Errors().Concat(SmuNetArchitecture.Tiny.Errors()));
        SmuNetArchitecture wrong = new()
        {
            BaseChannels = 12,
            DiscriminatorChannels = 0,
            Dropout = 1,
            Patterns = default,
            Threshold = double.NaN,
            Patch = new(8, 20, 520),
        };
        string[] errors = [.. wrong.Errors()];
        Assert.Equal(8, errors.Length);
        Assert.All(errors[5..], error => Assert.Contains("a multiple of 8 from 16 to 512", error, StringComparison.Ordinal));
        SmuNetLossOptions losses = new() { StudentWeight = 0, ContentWeight = -1, ConsistencyRamp = 0 };
        Assert.Equal(3, losses.Errors().Count());
        string message = Assert.Throws<ArgumentException>(
            () => new Microsoft.ML.MLContext().Segmentation.Trainers.SmuNet(new() { Architecture = wrong, Losses = losses })).Message;
        Assert.Contains("SmuNetTrainerOptions: 11 options are out of range", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Released_settings_are_the_defaults_and_the_reference_differs_where_it_is_said()
    {
        SmuNetTrainerOptions paper = new(), reference = SmuNetTrainerOptions.Paper(BraTS.Y2018, Fidelity.Reference);
        Assert.Equal((250, 1, 1e-4, 1e-5), (paper.Epochs, paper.BatchSize, paper.Optimizer.LearningRate, paper.Optimizer.WeightDecay));
        Assert.Equal((0.5, 0.4), (paper.Architecture.Threshold, reference.Architecture.Threshold));
        Assert.Contains("(1 - (epoch + 1) / 250)", reference.ToString(), StringComparison.Ordinal);
        JsonElement rates = new RivalFixture("common").Read("schedules.json").GetProperty("smunet_lr_250");
        using TrainingMethod training = new SmuNetMethod().CreateTraining(
            reference with { Architecture = s_small with { Patterns = StudentPatterns.Parse("flair") } },
            new(LabelConvention.BraTS2018, [CPU], HasCues: false) { Scans = [ModalitySet.All] });
        foreach (JsonProperty rate in rates.EnumerateObject())
        {
            foreach (ParameterGroup group in training.Groups)
            {
                group.BeginEpoch(int.Parse(rate.Name, System.Globalization.CultureInfo.InvariantCulture));
                Assert.Equal(rate.Value.GetDouble(), group.Optimizer.LearningRate, 1e-12);
            }
        }
    }
}
