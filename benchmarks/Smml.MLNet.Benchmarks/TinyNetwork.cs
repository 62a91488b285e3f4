using BenchmarkDotNet.Attributes;
using Microsoft.ML;
using Smml.MLNet.Phantom;

namespace Smml.MLNet.Benchmarks;

/// <summary>One training step and one scoring window of <see cref="SmmlArchitecture.Tiny"/> on a small phantom.</summary>
public class TinyNetwork
{
    private readonly MLContext _ml = new(seed: 1);
    private IDataView? _case;
    private SegmentationTransformer? _model;

    /// <summary>Prepares a case of one window and a model.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        PhantomCase phantom = PhantomGenerator.Generate(1, new() { Shape = SmmlArchitecture.Tiny.Patch, Spacing = (5.6, 5.6, 5.6) });
        IDataView data = _ml.Data.LoadFromEnumerable([new PhantomRow(phantom)]);
        _case = _ml.Transforms.NormalizeIntensity().Fit(data).Transform(data);
        _model = Train();
    }

    /// <summary>Gives the model back.</summary>
    [GlobalCleanup]
    public void Dispose() => _model?.Dispose();

    /// <summary>Fits for one step on a batch of one; includes making the networks.</summary>
    [Benchmark]
    public string TrainingStep()
    {
        using SegmentationTransformer model = Train();
        return model.Info.WeightsSha256;
    }

    /// <summary>Scores one window with all four scans.</summary>
    [Benchmark]
    public Volume ScoringWindow() =>
        _ml.Data.CreateEnumerable<ScoredRow>(_model!.Transform(_case!), reuseRowObject: false).Single().Segmentation!;

    private SegmentationTransformer Train() => _ml.Segmentation.Trainers.Smml(new SmmlTrainerOptions
    {
        Architecture = SmmlArchitecture.Tiny,
        Epochs = 1,
        StepsPerEpoch = 1,
        BatchSize = 1,
        Seed = 1,
        Cases = new() { LabelConvention = LabelConvention.BraTS2018 },
    }).Fit(_case!);
}
