using Microsoft.ML;
using Smml.MLNet.Phantom;

namespace Smml.MLNet.Tests.Evaluation;

/// <summary>The two ways of simulating a missing scan, with a trained model in a chain.</summary>
public sealed class ProtocolTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);
    private readonly BraTSCase[] _cases;
    private readonly ITransformer _model;

    public ProtocolTests()
    {
        _cases = [.. PhantomDataset.Write(_folder["cases"], 2, 3, new() { Shape = new(40, 36, 40), Spacing = (4.6, 5, 4.6) })];
        IDataView data = _ml.Data.LoadBraTS(_cases);
        _model = _ml.Transforms.LoadVolumes()
            .Append(_ml.Transforms.CropForeground())
            .Append(_ml.Transforms.NormalizeIntensity())
            .Append(_ml.Segmentation.Trainers.Smml(new SmmlTrainerOptions
            {
                Architecture = TinyProblem.Architecture,
                Epochs = 2,
                StepsPerEpoch = 2,
                Optimizer = new() { LearningRate = 3e-3 },
                Seed = 1,
                Losses = TinyProblem.FusedOnly,
            }))
            .Fit(data);
        _ml.Model.Save(_model, data.Schema, _folder["model.zip"]);
    }

    [Fact]
    public void Deployed_is_what_scoring_a_folder_without_the_scans_gives_also_where_encoders_are_shared()
    {
        SegmentationReport report = Evaluate(EvaluationProtocol.Deployed);
        foreach (ModalitySet subset in new[] { ModalitySet.All, ModalitySet.Of(Modality.T1), ModalitySet.Parse("flair,t2") })
        {
            BraTSCase[] partial = [.. _cases.Select(one => Without(one, subset))];
            SegmentationReport plain = _ml.Segmentation.Evaluate(_model.Transform(_ml.Data.LoadBraTS(partial)));
            Assert.Equal(
                plain.Scores.Select(score => (score.CaseId, score.Region, score.Value)),
                report.Scores.Where(score => score.Modalities == subset).Select(score => (score.CaseId, score.Region, score.Value)));
        }
    }

    [Fact]
    public void Paper_is_what_hiding_scans_after_preprocessing_gives()
    {
        SegmentationReport report = Evaluate(EvaluationProtocol.Paper);
        Assert.Equal(15 * 2 * 4, report.Scores.Count(score => score.Metric == "Dice"));
        ITransformer prefix = _ml.Transforms.LoadVolumes()
            .Append(_ml.Transforms.CropForeground())
            .Append(_ml.Transforms.NormalizeIntensity())
            .Fit(_ml.Data.LoadBraTS(_cases));
        ModalitySet subset = ModalitySet.Of(Modality.T1ce);
        ITransformer hidden = _ml.Transforms.DropModalities(ModalitySet.Parse("flair,t1,t2"))
            .Fit(prefix.Transform(_ml.Data.LoadBraTS(_cases)));
        IDataView preprocessed = hidden.Transform(prefix.Transform(_ml.Data.LoadBraTS(_cases)));
        SegmentationTransformer stage = ((IEnumerable<ITransformer>)_model).OfType<SegmentationTransformer>().Single();
        SegmentationReport plain = _ml.Segmentation.Evaluate(stage.Transform(preprocessed));
        Assert.Equal(
            plain.Scores.Select(score => score.Value),
            report.Scores.Where(score => score.Modalities == subset).Select(score => score.Value));
    }

    [Fact]
    public void With_all_scans_both_protocols_agree() => Assert.Equal(
        Evaluate(EvaluationProtocol.Paper).Scores.Where(score => score.Modalities == ModalitySet.All),
        Evaluate(EvaluationProtocol.Deployed).Scores.Where(score => score.Modalities == ModalitySet.All));

    [Fact]
    public void A_loaded_model_scores_the_same()
    {
        ITransformer loaded = _ml.Model.Load(_folder["model.zip"], out _);
        foreach (EvaluationProtocol protocol in Enum.GetValues<EvaluationProtocol>())
            Assert.Equal(
                Evaluate(protocol).Scores,
                _ml.Segmentation.Evaluate(loaded, _ml.Data.LoadBraTS(_cases), new() { Protocol = protocol }).Scores);
    }

    public void Dispose()
    {
        (_model as IDisposable)?.Dispose();
        _folder.Dispose();
    }

    private static BraTSCase Without(BraTSCase one, ModalitySet subset)
    {
        BraTSCase partial = new() { CaseId = one.CaseId, LabelPath = one.LabelPath, LabelConvention = one.LabelConvention };
        foreach (Modality modality in subset)
            partial.SetPath(modality, one.PathOf(modality));
        return partial;
    }

    private SegmentationReport Evaluate(EvaluationProtocol protocol) =>
        _ml.Segmentation.Evaluate(_model, _ml.Data.LoadBraTS(_cases), new() { Protocol = protocol });
}
