using System.Text.Json;
using Smml.MLNet.Losses;
using Smml.MLNet.Methods.MmFormer;
using Smml.MLNet.Methods.Smml;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Methods.Smml;

/// <summary>Two branches with refinement networks against the released networks: outputs, every term, L1, L2, gradients.</summary>
public sealed class SmmlObjectiveParityTests
{
    private const double LogitTolerance = 5e-4;

    [Fact]
    public void Two_branches_give_the_reference_outputs_losses_and_gradients()
    {
        TorchRuntime.EnsureAvailable();
        using DisposeScope scope = NewDisposeScope();
        NumpyArray input = Fixtures.Array("mmformer_mini_input.npy");
        Dictionary<string, NumpyArray> expected = Fixtures.Archive("smml_mini_out.npz");
        JsonElement numbers = Fixtures.Json("smml_mini.json");
        JsonElement configuration = Fixtures.Json("mmformer_mini.json").GetProperty("config");
        int heads = configuration.GetProperty("num_heads").GetInt32(), classes = configuration.GetProperty("num_cls").GetInt32();
        Tensor scans = input.ToTensor(), labels = Fixtures.Array("mmformer_mini_label.npy").ToTensor();

        Student[] branches = new Student[2];
        SmmlObjective.Predictions[] students = new SmmlObjective.Predictions[2];
        SegmentationLoss target = new(labels, classes);
        Tensor cues = Fixtures.Array("smml_mini_samcue.npy").ToTensor().to(ScalarType.Float32).unflatten(1, [classes, 4]);
        for (int b = 0; b < 2; b++)
        {
            Dictionary<string, NumpyArray> weights = Fixtures.Archive($"smml_mini_branch{b + 1}_state.npz");
            branches[b] = new(b + 1, TensorAssert.ArchitectureOf(weights, input, heads), classes, training: true, refinement: true);
            branches[b].Load(weights);
            branches[b].Train(true);
            Tensor mask = expected[$"mask{b + 1}"].ToTensor();
            MmFormerModule.Output output = branches[b].Backbone.call(scans, mask);
            RefinementNetwork.Input refinement = new(cues, mask, target.OneHot);
            Tensor refined = branches[b].Refinement!.call(output.Logits, refinement);
            students[b] = new(output, refined);

            foreach ((string name, Tensor value) in new[] { ("logits", output.Logits), ("feat", output.Fused), ("refine_logits", refined) })
                Assert.True(
                    TensorAssert.CloseAsStored(expected, $"{name}{b + 1}", value, LogitTolerance), $"the reference has no {name}{b + 1}");
            TensorAssert.CloseAsStored(expected, $"samweighted{b + 1}", branches[b].Refinement!.WeightCues(refinement), 1e-4);
        }

        Tensor available = ones([scans.shape[0], 4], ScalarType.Bool);
        SmmlObjective.Result result = new SmmlObjective(new()).Compute(students, [target, target], available, consistency: true);
        Dictionary<string, double> terms = result.Terms.ToDictionary(term => term.Label, term => (double)term.Value.item<float>());
        for (int b = 1; b <= 2; b++)
        {
            JsonElement own = numbers.GetProperty($"branch{b}");
            double Own(string name) => own.GetProperty(name).GetDouble();
            TensorAssert.Close(Own("fuse_ce") + Own("fuse_dice"), terms[$"segmentation {b}"], 1e-4, "segmentation");
            TensorAssert.Close(Own("sep"), terms[$"separate {b}"], 1e-4, "separate");
            TensorAssert.Close(Own("prm"), terms[$"auxiliary {b}"], 1e-4, "auxiliary");
            TensorAssert.Close(Own("refine_ce") + Own("refine_dice"), terms[$"refinement {b}"], 1e-4, "refinement");
            TensorAssert.Close(
                numbers.GetProperty("pc_literal")[b - 1].GetDouble(), terms[$"pixel consistency {b}"], 1e-3, "pixel consistency");
            TensorAssert.Close(numbers.GetProperty("frc_norm").GetDouble(), terms[$"feature relation {b}"], 1e-3, "feature relation");
            TensorAssert.Close(
                numbers.GetProperty("refine_kl")[b - 1].GetDouble(), terms[$"refinement consistency {b}"], 1e-3, "refinement consistency");
            TensorAssert.Close(numbers.GetProperty($"L{b}").GetDouble(), terms[$"total {b}"], 5e-5, $"L{b}");
        }

        (result.Totals[0]! + result.Totals[1]!).backward();
        JsonElement gradients = numbers.GetProperty("grad_norm_first3");
        int compared = 0;
        for (int b = 0; b < 2; b++)
        {
            IEnumerable<(string name, Parameter parameter)> parameters = branches[b].Backbone.named_parameters()
                .Concat(branches[b].Refinement!.named_parameters());
            foreach ((string name, Parameter parameter) in parameters)
            {
                if (!gradients.TryGetProperty($"b{b + 1}.{name}", out JsonElement gradient) || gradient.ValueKind != JsonValueKind.Array)
                    continue;
                double norm = gradient[0].GetDouble(), slack = Math.Max(norm * 5e-3, 5e-5);
                Assert.InRange(parameter.grad!.norm().item<float>(), norm - slack, norm + slack);
                Tensor flat = parameter.grad!.flatten();
                for (int i = 0; i < gradient[1].GetArrayLength(); i++)
                    Assert.InRange(flat[i].item<float>(), gradient[1][i].GetDouble() - slack, gradient[1][i].GetDouble() + slack);
                compared++;
            }

            branches[b].Dispose();
        }

        Assert.True(compared > 300, $"only {compared} gradients were compared");
    }
}
