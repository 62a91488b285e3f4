using System.Text.Json;
using Smml.MLNet.Methods.SmuNet;
using Smml.MLNet.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Methods.SmuNet;

/// <summary>SMU-Net against numbers of the released networks and training.</summary>
/// <remarks>
/// The released code in float32 and in float64 differs by 3e-7 in probabilities. A mistake in the network moves them by 0.1 and more. The
/// fixture has windows of 64^3, so that its discriminator ends in a kernel of 1x1x1; the released one is compared by itself.
/// </remarks>
public sealed class SmuNetParityTests : IDisposable
{
    private const double Tolerance = 1e-5;
    private const double LossTolerance = 1e-5;
    private const double FormulaTolerance = 2e-4;

    private static readonly Modality[] s_order = [Modality.Flair, Modality.T1, Modality.T1ce, Modality.T2];

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly RivalFixture _fixture = new("smunet", learningRate: 1e-4, weightDecay: 1e-5);
    private readonly Dictionary<string, NumpyArray> _data;
    private readonly SmuNetModule _teacher, _student;
    private readonly StyleDiscriminator _discriminator;
    private readonly Tensor _scans, _targets;

    public SmuNetParityTests()
    {
        TorchRuntime.EnsureAvailable();
        _data = _fixture.Archive("data.npz");
        Tensor input = _data["input"].ToTensor();
        _scans = input.index_select(1, tensor(ModalitySet.All.Select(one => (long)Array.IndexOf(s_order, one)).ToArray()));
        _targets = _data["target"].ToTensor().to(ScalarType.Float32).narrow(1, 0, 3); // the fourth map is the background's
        Dictionary<string, NumpyArray> teacher = _fixture.Archive("state_full.npz"), student = _fixture.Archive("state_missing.npz");
        _teacher = Module(teacher);
        _student = Module(student);
        JsonElement sizes = _fixture.Info.GetProperty("discriminator");
        _discriminator = new(sizes.GetProperty("num_classes").GetInt32(), sizes.GetProperty("ndf").GetInt32(), (8, 8, 8));
        RivalFixture.Load(_discriminator, _fixture.Archive("state_discriminator.npz"));

        static SmuNetModule Module(Dictionary<string, NumpyArray> weights)
        {
            long[] stem = weights["unet.conv1a.weight"].Shape, head = weights["unet.up1conv.weight"].Shape;
            SmuNetModule module = new((int)stem[1], (int)head[0], new() { BaseChannels = (int)stem[0], Dropout = 0 });
            RivalFixture.Load(module, weights);
            return module;
        }
    }

    private ModalitySet Pattern => ModalitySet.Of(
        [.. _fixture.Info.GetProperty("student_channels").EnumerateArray().Select(channel => s_order[channel.GetInt32()])]);

    public void Dispose()
    {
        _teacher.Dispose();
        _student.Dispose();
        _discriminator.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Teacher_and_student_give_the_reference_probabilities_styles_and_contents()
    {
        using IDisposable guard = no_grad();
        foreach ((string name, SmuNetModule.Output output) in new[] { ("full", Teach()), ("missing", Learn()) })
        {
            RivalFixture.CloseSampled(_data[$"{name}.prob"], output.Logits.sigmoid(), Tolerance, $"{name}, probabilities");
            RivalFixture.CloseSampled(_data[$"{name}.style"], output.Style, 10 * Tolerance, $"{name}, style");
            RivalFixture.CloseSampled(_data[$"{name}.content"], output.Content, 10 * Tolerance, $"{name}, content");
            TensorAssert.Close(_data[$"d.{name}"].ToTensor(), _discriminator.call(output.Style), Tolerance, $"{name}, judgement");
        }
    }

    [Fact]
    public void A_wrong_order_of_scans_is_far_from_the_reference()
    {
        using IDisposable guard = no_grad();
        Tensor wrong = _teacher.call(_scans).Logits.sigmoid(); // t1ce before t1
        Assert.Throws<Xunit.Sdk.TrueException>(() => RivalFixture.CloseSampled(_data["full.prob"], wrong, 100 * Tolerance, "wrong"));
    }

    [Fact]
    public void The_discriminator_of_the_released_window_gives_the_reference_logit()
    {
        using IDisposable guard = no_grad();
        Dictionary<string, NumpyArray> weights = RivalFixture.Stored(_data, "dreal.state.")
            .ToDictionary(pair => pair.Name, pair => pair.Value);
        long[] first = weights["0.weight"].Shape;
        using StyleDiscriminator discriminator = new((int)first[1], (int)first[0], (20, 24, 16));
        RivalFixture.Load(discriminator, weights);
        Tensor logit = discriminator.call(_data["dreal.input"].ToTensor());
        TensorAssert.Close(_data["dreal.output"].ToTensor(), logit, Tolerance, "logit");
    }

    [Fact]
    public void Every_loss_is_that_of_the_reference()
    {
        using IDisposable guard = no_grad();
        SmuNetModule.Output teacher = Teach(), student = Learn();
        Dictionary<string, double> terms = Objective(teacher, student).Terms
            .ToDictionary(term => term.Label, term => (double)term.Value.item<float>());
        Close("loss_dc", terms["teacher"]);
        Close("loss_miss_dc", terms["student"]);
        Close("consistency_loss", terms["consistency"]);
        Close("content_loss", terms["content"]);
        Close("style_loss_times_1e-4", terms["style"] * 1e-4, 1e-4);
        Close("adv_raw", terms["adversarial"]);
        Close("loss_Co", terms["total"] - (2e-4 * terms["adversarial"]));
        Close("d_full_label0", SmuNetObjective.Judgement(_discriminator.call(teacher.Style), isStudent: false).item<float>());
        Close("d_missing_label1", SmuNetObjective.Judgement(_discriminator.call(student.Style), isStudent: true).item<float>());
        Tensor known = teacher.Logits.sigmoid(), guessed = student.Logits.sigmoid();
        foreach ((string name, int map) in new[] { ("ed", 0), ("net", 1), ("et", 2) })
        {
            Tensor target = _targets.narrow(1, map, 1);
            Close($"{name}_dc_loss", SmuNetObjective.Dice(known.narrow(1, map, 1), target).item<float>());
            Close($"{name}_miss_dc_loss", SmuNetObjective.Dice(guessed.narrow(1, map, 1), target).item<float>());
        }

        void Close(string name, double found, double allowed = LossTolerance) => TensorAssert.Close(Expected(name), found, allowed, name);
    }

    [Fact]
    public void The_weight_of_the_consistency_rises_as_in_the_reference()
    {
        foreach (JsonProperty weight in _fixture.Info.GetProperty("consistency_weight").EnumerateObject())
            TensorAssert.Close(
                weight.Value.GetDouble(),
                new SmuNetLossOptions().ConsistencyIn(int.Parse(weight.Name, System.Globalization.CultureInfo.InvariantCulture), 250),
                1e-9,
                weight.Name);
        Assert.Equal(10, new SmuNetLossOptions { ConsistencyRamp = 3 }.ConsistencyIn(3, 250));
        Assert.Equal(10, new SmuNetLossOptions().ConsistencyIn(1, 2));
    }

    [Fact]
    public void Every_gradient_and_one_optimizer_step_are_those_of_the_reference()
    {
        Networks all = new(_teacher, _student, _discriminator);
        RivalStep step = new(_fixture, all);
        SmuNetTrainerOptions options = new();
        Assert.Equal((_fixture.LearningRate, _fixture.WeightDecay), (options.Optimizer.LearningRate, options.Optimizer.WeightDecay));
        AdamSettings settings = new(_fixture.WeightDecay, AmsGrad: false);
        using AdamOptimizer networks = new([.. _teacher.parameters(), .. _student.parameters()], _fixture.LearningRate, settings);
        using AdamOptimizer judge = new(_discriminator.parameters(), _fixture.LearningRate, new(0, AmsGrad: false, Beta2: 0.99));
        SmuNetModule.Output teacher = Teach(), student = Learn();
        Objective(teacher, student).Total.backward();
        Assert.All(_discriminator.parameters(), parameter => Assert.Null(parameter.grad));
        Tensor loss = SmuNetObjective.Judgement(_discriminator.call(teacher.Style.detach()), isStudent: false)
            + SmuNetObjective.Judgement(_discriminator.call(student.Style.detach()), isStudent: true);
        loss.backward();
        step.CloseGradients(_data);
        networks.Step();
        judge.Step();
        step.CloseWeights(_data);
        step.CloseChanges(_fixture.Info.GetProperty("zero_gradient").EnumerateArray().Select(name => name.GetString()!));
    }

    [Fact]
    public void The_full_width_gives_the_reference_probabilities()
    {
        JsonElement formula = JsonDocument.Parse(File.ReadAllText(_fixture.Alone("full_formula.json"))).RootElement;
        Dictionary<string, NumpyArray> expected = NumpyArray.LoadArchive(_fixture.Alone("full_formula.npz"));
        JsonElement statistics = formula.GetProperty("stats").GetProperty("stats.prob");
        JsonElement own = JsonSerializer.SerializeToElement(
            formula.GetProperty("params").EnumerateArray()
                .Where(pair => pair[0].GetString()!.StartsWith("unet.", StringComparison.Ordinal)));
        using IDisposable guard = no_grad();
        using SmuNetModule teacher = new(4, 4, SmuNetArchitecture.Paper);
        teacher.eval();
        RivalFixture.LoadFormula(teacher, own);
        Tensor scans = RivalFixture.FormulaInput(RivalFixture.ShapeOf(statistics[0].GetProperty("shape"))[1..]);
        SmuNetModule.Output output = teacher.call(scans);
        RivalFixture.CloseSampled(expected["prob"], output.Logits.sigmoid(), FormulaTolerance, "probabilities");
        RivalFixture.CloseStatistics(statistics, output.Logits.sigmoid(), FormulaTolerance, FormulaTolerance, "probabilities");
        double largest = expected["style"].ToTensor().abs().max().item<float>();
        RivalFixture.CloseSampled(expected["style"], output.Style, 1e-5 * largest, "style");
        largest = expected["content"].ToTensor().abs().max().item<float>();
        RivalFixture.CloseSampled(expected["content"], output.Content, 1e-5 * largest, "content");
    }

    [Fact]
    public void The_states_have_the_names_and_shapes_of_a_released_checkpoint()
    {
        SmuNetArchitecture paper = SmuNetArchitecture.Paper;
        using SmuNetModule teacher = new(4, 4, paper);
        RivalFixture.SameState(teacher, Keys("keys_full_teacher.txt"));
        using StyleDiscriminator discriminator = new(8 * paper.BaseChannels, paper.DiscriminatorChannels, (20, 24, 16));
        RivalFixture.SameState(discriminator, Keys("keys_full_discriminator.txt"));

        Dictionary<string, long[]> Keys(string name) => _fixture.Keys(name).ToDictionary(pair => pair.Name, pair => pair.Shape);
    }

    private SmuNetModule.Output Teach() => _teacher.call(SmuNetNetwork.Select(_scans, ModalitySet.All));

    private SmuNetModule.Output Learn() => _student.call(SmuNetNetwork.Select(_scans, Pattern));

    private double Consistency() => new SmuNetLossOptions().ConsistencyIn(_fixture.Info.GetProperty("epoch").GetInt32(), 250);

    private double Expected(string loss) => _fixture.Info.GetProperty("losses_f64").GetProperty(loss).GetDouble();

    private LossSum Objective(SmuNetModule.Output teacher, SmuNetModule.Output student)
    {
        LossSum losses = new();
        SmuNetLossOptions options = new();
        SmuNetObjective.Compute(losses, options, Consistency(), student, teacher, _targets);
        _discriminator.Freeze(true);
        Tensor judgement = SmuNetObjective.Judgement(_discriminator.call(student.Style), isStudent: false);
        losses.Add("adversarial", judgement, options.AdversarialWeight);
        _discriminator.Freeze(false);
        losses.Finish();
        return losses;
    }

    // Under the names of the information file.
    private sealed class Networks : nn.Module
    {
        public Networks(nn.Module teacher, nn.Module student, nn.Module discriminator)
            : base(nameof(Networks))
        {
            register_module("full", teacher);
            register_module("missing", student);
            register_module("discriminator", discriminator);
        }
    }
}
