using Smml.MLNet.Methods.Smml;
using Smml.MLNet.Networks;
using Smml.MLNet.Training;

namespace Smml.MLNet.Benchmarks.TrainingSteps;

/// <summary>The library's training step on a problem.</summary>
internal sealed class OurStep : IDisposable
{
    private readonly StepProblem _problem;
    private readonly Student[] _branches;
    private readonly SmmlTraining _training;
    private readonly IDisposable _passes;
    private readonly TrainingMemory _memory;

    public OurStep(StepProblem problem, Student[] branches)
    {
        _problem = problem;
        _branches = branches;
        _memory = new(keeps: !problem.Options.RecomputeEncoders);
        _training = new(problem.Options, branches, StepProblem.Classes);
        _passes = _training.Begin();
    }

    /// <summary>One step after the warm-up.</summary>
    public void Run()
    {
        using EpochLosses losses = new();
        Run(losses);
    }

    /// <summary>One step after the warm-up.</summary>
    /// <returns>Every loss term.</returns>
    public IReadOnlyDictionary<string, double> Losses()
    {
        using EpochLosses losses = new();
        Run(losses);
        return losses.Means().ToDictionary(loss => loss.Label, loss => loss.Value);
    }

    public void Dispose()
    {
        _passes.Dispose();
        _memory.Dispose();
        _training.Dispose();
        foreach (Student branch in _branches)
            branch.Dispose();
    }

    private void Run(EpochLosses losses) =>
        TrainingStep.Run(_training, _problem.Samples, _problem.Options.BatchSize, _problem.Options.Epochs, losses);
}
