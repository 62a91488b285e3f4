using Smml.MLNet.Losses;
using Smml.MLNet.Methods.Smml;
using Smml.MLNet.Networks;
using Smml.MLNet.Training;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Smml.MLNet.Benchmarks.TrainingSteps;

/// <summary>A training step with the released code's operations in their plain order: branch 1, branch 2, losses, backward of one total
/// after the other, Adam.</summary>
internal sealed class PlainStep : IDisposable
{
    private readonly StepProblem _problem;
    private readonly Student[] _branches;
    private readonly PlainBackbone[] _networks;
    private readonly PlainAdam _adam;

    public PlainStep(StepProblem problem, Student[] branches)
    {
        _problem = problem;
        _branches = branches;
        _networks =
        [
            .. branches.Select(branch => new PlainBackbone(
                branch.NamedParameters.ToDictionary(pair => pair.Name, pair => (Tensor)pair.Parameter), problem.Options.Architecture)),
        ];
        _adam = new(branches.SelectMany(branch => branch.Parameters));
    }

    /// <summary>One step.</summary>
    /// <returns>Both totals.</returns>
    public double[] Run()
    {
        using DisposeScope scope = NewDisposeScope();
        _adam.ZeroGradients();
        Tensor[] totals;
        using (NewDisposeScope())
            totals = [.. Forward().Select(total => total.MoveToOuterDisposeScope())];
        foreach (Tensor total in totals)
            total.backward();
        _adam.Step(_problem.Options.Optimizer.LearningRate, _problem.Options.Optimizer.WeightDecay);
        return [.. totals.Select(total => (double)total.item<float>())];
    }

    public void Dispose()
    {
        _adam.Dispose();
        foreach (Student branch in _branches)
            branch.Dispose();
    }

    private Tensor[] Forward()
    {
        SmmlTrainerOptions options = _problem.Options;
        TrainingBatch batch = TrainingBatch.Create(_problem.Samples, options.Architecture.Patch, CPU);
        Tensor target = F.one_hot(batch.Labels, StepProblem.Classes).permute(0, 4, 1, 2, 3).to(ScalarType.Float32).contiguous();
        var outputs = _networks.Select((network, b) => network.Run(batch.Scans, batch.Masks[b])).ToArray();
        Tensor[] probabilities = [.. outputs.Select(output => output.Logits.softmax(1))];
        (Tensor, Tensor) relation = FeatureRelationLoss.Compute(
            outputs[0].Fused,
            outputs[1].Fused,
            probabilities[0].detach(),
            probabilities[1].detach(),
            batch.Labels,
            options.Losses.Prototypes,
            options.Losses.RelationWeights);
        (Tensor, Tensor) pixel = PixelConsistencyLoss.Compute(
            outputs[0].Logits, outputs[1].Logits, batch.Labels, options.Losses.Temperature, options.Losses.Direction);
        Tensor[] totals = [relation.Item1.Plus(pixel.Item1), relation.Item2.Plus(pixel.Item2)];
        for (int b = 0; b < totals.Length; b++)
        {
            foreach (Tensor prediction in (Tensor[])[probabilities[b], .. outputs[b].Separate, .. outputs[b].Auxiliary])
                totals[b] = totals[b].Plus(PlainLosses.Compute(prediction, target));
        }

        return totals;
    }
}
