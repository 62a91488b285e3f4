using System.Text.Json;
using Smml.MLNet.Losses;
using Smml.MLNet.Methods.Smml;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Methods.Smml;

/// <summary>Every loss in double precision against reference values and gradients; one class is absent in one sample.</summary>
public sealed class LossParityTests : IDisposable
{
    private const double Relative = 1e-6;

    private readonly DisposeScope _scope;
    private readonly Dictionary<string, NumpyArray> _arrays = Fixtures.Archive("losses.npz");
    private readonly JsonElement _numbers = Fixtures.Json("losses.json");
    private readonly Tensor _logits1;
    private readonly Tensor _logits2;
    private readonly Tensor _labels;
    private readonly Tensor _features1;
    private readonly Tensor _features2;

    public LossParityTests()
    {
        TorchRuntime.EnsureAvailable();
        _scope = NewDisposeScope();
        _logits1 = _arrays["z1"].ToTensor().requires_grad_();
        _logits2 = _arrays["z2"].ToTensor().requires_grad_();
        _labels = _arrays["label"].ToTensor();
        _features1 = _arrays["F1"].ToTensor().requires_grad_();
        _features2 = _arrays["F2"].ToTensor().requires_grad_();
    }

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Cross_entropy_and_Dice_with_gradient()
    {
        SegmentationLoss target = new(_labels, 4, ScalarType.Float64);
        Tensor probabilities = _logits1.softmax(1);
        Tensor crossEntropy = target.CrossEntropy(probabilities), dice = target.Dice(probabilities);
        TensorAssert.Close(Number("weighted_ce"), crossEntropy.item<double>(), Relative, "weighted cross-entropy");
        TensorAssert.Close(Number("dice"), dice.item<double>(), Relative, "Dice");
        (crossEntropy + dice).backward();
        TensorAssert.Close(_arrays["grad_task_wrt_z1"].ToTensor(), _logits1.grad!, 1e-9, "gradient");
    }

    [Theory]
    [InlineData("pc_tau1", 1)]
    [InlineData("pc_tau6", 6)]
    public void Pixel_consistency_in_both_directions(string name, double temperature)
    {
        JsonElement expected = _numbers.GetProperty(name);
        (Tensor first, Tensor second) = PixelConsistencyLoss.Compute(_logits1, _logits2, _labels, temperature, DivergenceDirection.Literal);
        TensorAssert.Close(expected.GetProperty("literal_L1").GetDouble(), first.item<double>(), Relative, "L1");
        TensorAssert.Close(expected.GetProperty("literal_L2").GetDouble(), second.item<double>(), Relative, "L2");
        (first, second) = PixelConsistencyLoss.Compute(_logits1, _logits2, _labels, temperature, DivergenceDirection.Distillation);
        TensorAssert.Close(expected.GetProperty("distill_L1").GetDouble(), first.item<double>(), Relative, "distillation L1");
        TensorAssert.Close(expected.GetProperty("distill_L2").GetDouble(), second.item<double>(), Relative, "distillation L2");
    }

    [Fact]
    public void Pixel_consistency_teaches_the_student_only()
    {
        (Tensor first, _) = PixelConsistencyLoss.Compute(_logits1, _logits2, _labels, 6, DivergenceDirection.Literal);
        first.backward();
        TensorAssert.Close(_arrays["grad_pc_literal_L1_tau6_wrt_z1"].ToTensor(), _logits1.grad!, 1e-10, "gradient of the student");
        Assert.True(_logits2.grad is null || _logits2.grad.abs().max().item<double>() == 0, "the teacher received a gradient");
    }

    [Fact]
    public void Pixel_consistency_of_equal_students_is_zero_and_finite()
    {
        (Tensor first, Tensor second) = PixelConsistencyLoss.Compute(
            _logits1, _logits1.detach().clone(), _labels, 6, DivergenceDirection.Literal);
        Assert.Equal(0, first.item<double>());
        Assert.Equal(0, second.item<double>(), 12);
    }

    [Theory]
    [InlineData(RelationWeighting.Raw, "L_raw_eq9")]
    [InlineData(RelationWeighting.Normalized, "L_norm")]
    [InlineData(RelationWeighting.MeanPerVoxel, "L_meanvoxel")]
    public void Feature_relations_with_each_weighting(RelationWeighting weighting, string name)
    {
        (Tensor first, Tensor second) = Relations(PrototypePooling.Nearest, weighting);
        double expected = _numbers.GetProperty("frc").GetProperty(name).GetDouble();
        TensorAssert.Close(expected, first.item<double>(), Relative, name);
        TensorAssert.Close(expected, second.item<double>(), Relative, name);
        if (weighting == RelationWeighting.Normalized)
        {
            first.backward();
            TensorAssert.Close(_arrays["grad_frc_norm_wrt_F1"].ToTensor(), _features1.grad!, 1e-8, "gradient");
            Assert.True(
                _features2.grad is null || _features2.grad.abs().max().item<double>() == 0, "the other student received a gradient");
        }
    }

    [Fact]
    public void Soft_prototypes_lose_no_class()
    {
        (Tensor first, _) = Relations(PrototypePooling.Soft, RelationWeighting.Normalized);
        TensorAssert.Close(_numbers.GetProperty("frc_soft").GetProperty("L_norm").GetDouble(), first.item<double>(), Relative, "soft");
    }

    [Fact]
    public void Prototypes_and_relation_matrices_are_those_of_the_reference()
    {
        Tensor membership = FeatureRelationLoss.Membership(_labels, 4, _features1.shape, PrototypePooling.Nearest, ScalarType.Float64);
        Tensor prototypes = FeatureRelationLoss.Prototypes(_features1, membership);
        TensorAssert.Close(_arrays["P1"].ToTensor(), prototypes, 1e-9, "prototypes");
        TensorAssert.Close(_arrays["R1"].ToTensor(), FeatureRelationLoss.Relations(prototypes), 1e-9, "relations");
    }

    [Fact]
    public void Refinement_consistency_is_a_mean_over_voxels()
    {
        Tensor refined = _arrays["r1"].ToTensor().requires_grad_();
        Tensor loss = RefinementConsistencyLoss.Compute(_logits1, refined);
        TensorAssert.Close(Number("refine_kl_mean_literal"), loss.item<double>(), Relative, "refinement");
        loss.backward();
        Assert.True(refined.grad is null, "the refined prediction is a teacher and receives no gradient");
    }

    [Fact]
    public void A_batch_of_background_only_gives_finite_losses_and_gradients()
    {
        Tensor background = zeros_like(_labels);
        SegmentationLoss target = new(background, 4, ScalarType.Float64);
        (Tensor relation1, Tensor relation2) = FeatureRelationLoss.Compute(
            _features1,
            _features2,
            _logits1.softmax(1),
            _logits2.softmax(1),
            background,
            PrototypePooling.Nearest,
            RelationWeighting.Normalized);
        (Tensor pixel1, Tensor pixel2) = PixelConsistencyLoss.Compute(_logits1, _logits2, background, 6, DivergenceDirection.Literal);
        Tensor total = target.Compute(_logits1.softmax(1)) + relation1 + relation2 + pixel1 + pixel2;
        total.backward();
        Assert.True(double.IsFinite(total.item<double>()));
        foreach (Tensor leaf in new[] { _logits1, _logits2, _features1, _features2 })
            Assert.True(leaf.grad!.isfinite().all().item<bool>());
    }

    private double Number(string name) => _numbers.GetProperty(name).GetDouble();

    private (Tensor First, Tensor Second) Relations(PrototypePooling pooling, RelationWeighting weighting) =>
        FeatureRelationLoss.Compute(_features1, _features2, _logits1.softmax(1), _logits2.softmax(1), _labels, pooling, weighting);
}
