using System.Globalization;
using Microsoft.ML;
using Smml.MLNet.Pictures;
using Spectre.Console;

namespace Smml.MLNet.Quickstart;

/// <summary>What the second process does: it knows the model only as a zip.</summary>
internal static class UnseenPhantoms
{
    /// <summary>Loads the model and evaluates the test set for all 15 subsets of the scans.</summary>
    public static int Evaluate()
    {
        MLContext ml = new(seed: 1);
        ITransformer model = ml.Model.Load(QuickstartSettings.ModelFile, out _);
        IReadOnlyList<BraTSCase> unseen = BraTSDataset.Find(QuickstartSettings.TestFolder);

        SegmentationReport report = Display.Evaluation("evaluated unseen phantoms in a second process", progress =>
            ml.Segmentation.Evaluate(
                model,
                ml.Data.LoadBraTS(unseen),
                new EvaluationOptions
                {
                    Progress = progress,
                    MinimumEnhancingVoxels = QuickstartSettings.MinimumEnhancingVoxels,
                    Pictures = 2,
                }));
        report.SaveCsv(QuickstartSettings.CsvFile);
        report.SaveHtml(QuickstartSettings.PageFile);
        Draw(ml, model, report, unseen);

        Display.Say("");
        Display.Say(report.ToTable(AnsiConsole.Profile.Width));
        Display.Say("");
        Display.PeakMemory("evaluating process");
        Display.Say("");
        Display.Say("Worth opening:");
        Display.Say($"  {QuickstartSettings.PageFile}  the report, in a browser");
        Display.Say($"  {QuickstartSettings.PictureFile}   one unseen head with four sets of scans");
        Display.Say($"  {QuickstartSettings.CsvFile}   every score, for a spreadsheet");
        return 0;
    }

    /// <summary>Draws the case with the largest enhancing tumour, with all scans and with fewer.</summary>
    private static void Draw(MLContext ml, ITransformer model, SegmentationReport report, IReadOnlyList<BraTSCase> unseen)
    {
        BraTSCase chosen = unseen.MaxBy(item => VolumeFile.Read(item.LabelPath).Voxels.Count(4f))!;
        ModalitySet[] shown = [ModalitySet.All, ModalitySet.Parse("flair,t1,t2"), ModalitySet.Parse("t1ce,t1"), ModalitySet.Parse("flair")];
        SegmentationPicture.Write(QuickstartSettings.PictureFile, [.. shown.Select(modalities =>
        {
            ScoredCase scored = Score(ml, model, chosen, modalities);
            double Dice(ScoredRegion region) => report.Scores.First(score => score.CaseId == chosen.CaseId
                && score.Modalities == modalities
                && score.Region == region
                && score.Metric == SegmentationMetrics.Dice).Value;
            return new SegmentationPictureRow
            {
                Title = string.Create(CultureInfo.InvariantCulture,
                    $"{chosen.CaseId}, {modalities}: Dice whole tumour {Dice(ScoredRegion.WholeTumor):0.00}, "
                    + $"core {Dice(ScoredRegion.TumorCore):0.00}, enhancing {Dice(ScoredRegion.EnhancingTumor):0.00}"),
                Scans = [scored.Flair, scored.T1ce, scored.T1, scored.T2],
                Truth = scored.Label,
                Prediction = scored.Segmentation!,
            };
        })]);
    }

    private static ScoredCase Score(MLContext ml, ITransformer model, BraTSCase item, ModalitySet modalities)
    {
        BraTSCase partial = new()
        {
            CaseId = item.CaseId,
            FlairPath = modalities.Contains(Modality.Flair) ? item.FlairPath : "", // an empty path is a missing scan
            T1cePath = modalities.Contains(Modality.T1ce) ? item.T1cePath : "",
            T1Path = modalities.Contains(Modality.T1) ? item.T1Path : "",
            T2Path = modalities.Contains(Modality.T2) ? item.T2Path : "",
            LabelPath = item.LabelPath,
            LabelConvention = item.LabelConvention,
        };
        return ml.Data.CreateEnumerable<ScoredCase>(model.Transform(ml.Data.LoadBraTS([partial])), reuseRowObject: false).Single();
    }

    /// <summary>The columns of a scored row that are drawn.</summary>
    private sealed class ScoredCase
    {
        public Volume? Flair { get; set; }

        public Volume? T1ce { get; set; }

        public Volume? T1 { get; set; }

        public Volume? T2 { get; set; }

        public Volume? Label { get; set; }

        public Volume? Segmentation { get; set; }
    }
}
