using Smml.MLNet.Networks;
using Smml.MLNet.Training;

namespace Smml.MLNet.Benchmarks.TrainingSteps;

/// <summary>The library's training step on a problem.</summary>
internal sealed class OurStep : IDisposable
{
    private readonly StepProblem _problem;
    private readonly SmmlBranch[] _branches;
    private readonly Adam _optimizer;
    private readonly TrainingStep _step;

    public OurStep(StepProblem problem, SmmlBranch[] branches)
    {
        _problem = problem;
        _branches = branches;
        _optimizer = new(branches.SelectMany(branch => branch.Parameters), problem.Options.LearningRate, problem.Options.WeightDecay);
        _step = new(problem.Options, branches, _optimizer, StepProblem.Classes);
    }

    /// <summary>One step.</summary>
    public void Run()
    {
        using EpochLosses losses = new();
        _step.Run(_problem.Samples, consistency: true, losses);
    }

    /// <summary>One step.</summary>
    /// <returns>Every loss term.</returns>
    public IReadOnlyDictionary<string, double> Losses()
    {
        using EpochLosses losses = new();
        _step.Run(_problem.Samples, consistency: true, losses);
        return losses.Means();
    }

    public void Dispose()
    {
        _step.Dispose();
        _optimizer.Dispose();
        foreach (SmmlBranch branch in _branches)
            branch.Dispose();
    }
}
