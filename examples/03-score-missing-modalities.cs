#:project ../src/Trainers/Smml.MLNet.Trainers.csproj
#:property PublishAot=false

// # 3. Score: what a missing scan costs
//
// The model of `02-train` is loaded here as anybody would load it: from the zip alone. It segments patients whom it has never seen, with
// all their scans and with every smaller set, which tells what each scan is worth.
//
// **Research use only, never a diagnosis.**

using System.IO;
using Microsoft.Data.Analysis;
using Microsoft.ML;
using Microsoft.ML.Data;
using Smml.MLNet;
using Smml.MLNet.Phantom;

// ## Load the model
//
// A fresh kernel, a fresh process, another machine: `Model.Load` needs no registration. `Describe` proves
// that the weights are the ones that were saved.

string file = Path.Combine("example-output", "smml.zip");
if (!File.Exists(file))
    throw new FileNotFoundException($"{file} is not there. Run 02-train first, in the same folder.");
MLContext ml = new(seed: 1);
ITransformer model = ml.Model.Load(file, out _);
SegmentationModelInfo info = ml.Segmentation.Describe(model);
Console.WriteLine(
    $"{info.Architecture.Name}, {info.WeightCount:#,0} weights, trained on {info.TrainingCases} cases ({info.DataDescription})");

// ## Patients whom the model has not seen

bool quick = Environment.GetEnvironmentVariable("SMML_EXAMPLES_QUICK") == "1";
PhantomOptions phantoms = new() { Shape = new(32, 32, 32), Spacing = (5.6, 5.6, 5.6), Grade = PhantomGrade.High };
BraTSCaseList unseen = PhantomDataset.Write(Path.Combine("example-output", "unseen"), quick ? 2 : 6, seed: 3, phantoms);
Console.WriteLine(unseen.ToTable());

// ## Evaluate all 15 sets of scans
//
// For each set the other scans are taken away as if their files were not there, and the segmentation is compared with the
// expert's: whole tumour, tumour core, enhancing tumour. The report shows the layout of the paper's Table 1, what each scan is
// worth, every case, and the outlines that the model drew.
//
// (The field discards an enhancing tumour below 500 voxels of 1 mm; these voxels are of 5.6 mm, so that 3 of them are as much.)

SegmentationReport report = ml.Segmentation.Evaluate(model, ml.Data.LoadBraTS(unseen), new EvaluationOptions
{
    MinimumEnhancingVoxels = 3,
    Metrics = SegmentationMetric.Dice | SegmentationMetric.Hd95,
    Pictures = 2,
});
Console.WriteLine(report.ToTable());

// ## If T1ce is missing
//
// Contrast agent is what makes the enhancing tumour visible. Without T1ce the model has to guess it from the other scans:

ModalitySet withoutContrast = ModalitySet.All.Except(ModalitySet.Of(Modality.T1ce));
foreach (ScoredRegion region in new[] { ScoredRegion.WholeTumor, ScoredRegion.TumorCore, ScoredRegion.EnhancingTumor })
{
    double all = report.Mean(region, ModalitySet.All), without = report.Mean(region, withoutContrast);
    Console.WriteLine(
        $"{region,-15} Dice {100 * all:0.0} with all four scans, {100 * without:0.0} without T1ce: "
        + $"{100 * (without - all):+0.0;-0.0} points");
}

// ## Numbers for your own questions
//
// The report is also a `DataFrame` with a row a number: case, scans, region, metric, value. `SaveCsv` writes the same for R or Python. Here
// is what the model makes of T1ce alone:

DataFrame scores = report.ToDataFrame();
DataFrame alone = scores.Filter(scores["Modalities"].ElementwiseEquals("T1ce")).Head(8);
Console.WriteLine(alone.ToString());

// ## Segment a patient
//
// Scoring is a `Transform`. Here T1ce is gone for everybody; `DropModalities` is not needed, an empty path is a missing scan. The
// segmentations are written as NIfTI on the grid of the scans that they were made from.

BraTSCaseList hospital = new(unseen.Take(2).Select(item => new BraTSCase
{
    CaseId = item.CaseId,
    FlairPath = item.FlairPath,
    T1Path = item.T1Path,
    T2Path = item.T2Path,
}));
IDataView scored = model.Transform(ml.Data.LoadBraTS(hospital));
foreach (string path in ml.Data.SaveSegmentations(scored, Path.Combine("example-output", "segmentations")))
    Console.WriteLine(path);

// What the model found in the first of them:

Volume[] found = [.. scored.GetColumn<Volume>("Segmentation")];
Console.WriteLine(found[0]);

// ## One page to pass on
//
// The report as a file: no scripts, no network, readable offline and on paper.

string page = Path.Combine("example-output", "evaluation.html");
report.SaveHtml(page);
Console.WriteLine($"{page}: {new FileInfo(page).Length / 1024} kB");
