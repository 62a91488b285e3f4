#:project ../src/Trainers/Smml.MLNet.Trainers.csproj
#:property PublishAot=false

// # 2. Train: one model for every set of scans
//
// *Semantic-guided masked mutual learning* (SMML, AAAI 2025) trains two networks side by side. In every step each of them
// sees the patient with other scans hidden; they learn from the expert's segmentation and from each other. The result is one
// model for all 15 sets that four scans can make.
//
// The published training takes 1000 epochs on a GPU. Here a small network learns small synthetic heads,
// in one to two minutes on two processor cores.
//
// **Research use only, never a diagnosis.**

using System.IO;
using Microsoft.ML;
using Smml.MLNet;
using Smml.MLNet.Phantom;

// ## Patients to learn from, and patients to check with
//
// Sets of different seeds share no head. The validation cases are never trained on. For BraTS, let `BraTSDataset.Find` list the cases and
// `BraTSSplit.BraTS2020()` or `BraTSSplit.Random(cases, seed: 1)` part them.
//
// The environment variable `SMML_EXAMPLES_QUICK=1` shortens everything to a few seconds, to see whether it runs; nothing is learnt then.

bool quick = Environment.GetEnvironmentVariable("SMML_EXAMPLES_QUICK") == "1";
PhantomOptions phantoms = new() { Shape = new(32, 32, 32), Spacing = (5.6, 5.6, 5.6), Grade = PhantomGrade.High };
BraTSCaseList training = PhantomDataset.Write(Path.Combine("example-output", "training"), quick ? 2 : 20, seed: 1, phantoms);
BraTSCaseList validation = PhantomDataset.Write(Path.Combine("example-output", "validation"), quick ? 1 : 4, seed: 2, phantoms);
Console.WriteLine(training);

// ## From files to voxels
//
// The stages before the network are fitted once and used for both sets. `01-data` shows what they do.

MLContext ml = new(seed: 1);
IDataView trainingRows = ml.Data.LoadBraTS(training);
var preparation = ml.Transforms.LoadVolumes()
    .Append(ml.Transforms.CropForeground())
    .Append(ml.Transforms.NormalizeIntensity());
IDataView validationRows = preparation.Fit(trainingRows).Transform(ml.Data.LoadBraTS(validation));

// ## The network and how it is trained
//
// `new SmmlTrainerOptions()` holds the published settings; what is set here makes the training small. Every few epochs the validation cases
// are scored, and the folder `example-output/log` shows the course while training goes on, as a picture, a table and for TensorBoard.

SmmlArchitecture small = new()
{
    Name = "example",
    BaseChannels = 8,
    TransformerWidth = 64,
    FeedForwardWidth = 128,
    Dropout = 0,
    Patch = new(32, 32, 32),
};
SmmlTrainerOptions options = new()
{
    Architecture = small,
    Epochs = quick ? 1 : 25,
    Optimizer = new() { LearningRate = 5e-3, WeightDecay = 1e-5 },
    Losses = new() { Prototypes = PrototypePooling.Soft, SeparateWeight = 0, AuxiliaryWeight = 0 },
    Augmentation = new() { RotationDegrees = 0 },
    Seed = 1,
    Validation = new() { Cases = validationRows, EveryEpochs = 5 },
    Output = new() { LogFolder = Path.Combine("example-output", "log"), DataDescription = "synthetic heads" },
};
Console.WriteLine(options.ToString());

// ## Train
//
// `Fit` reads the cases and trains. Cancelling it (`SmmlTrainerOptions.CancellationToken`) still gives a model.

var model = preparation.Append(ml.Segmentation.Trainers.Smml(options)).Fit(trainingRows);
SegmentationTransformer trained = model.LastTransformer;
Console.WriteLine(trained);

// The upper curves are the terms of the loss, the lower ones the Dice on patients that training does not see: 1 where the model marks
// exactly what the expert marked, 0 where the two do not meet. The same as text:

foreach (TrainingEpoch epoch in trained.History)
{
    if (epoch.Validation is { } scores)
        Console.WriteLine(
            $"epoch {epoch.Epoch,2}: Dice of whole tumour {scores.Mean(ScoredRegion.WholeTumor):0.00}, "
            + $"core {scores.Mean(ScoredRegion.TumorCore):0.00}, enhancing {scores.Mean(ScoredRegion.EnhancingTumor):0.00}");
}

// ## Save it
//
// One zip holds the whole pipeline, from paths to segmentations. `ml.Model.Load` reads it in any process that references the package.

string file = Path.Combine("example-output", "smml.zip");
ml.Model.Save(model, trainingRows.Schema, file);
Console.WriteLine($"{file}: {new FileInfo(file).Length / 1e6:0.0} MB");

// ## The model's card
//
// What the model is travels with it: data, settings, results with each set of scans, versions. Read it
// before you use a model that somebody gave you.

Console.WriteLine(trained.Info.ToModelCard());

// Next: `03-score-missing-modalities` loads the zip and asks what each scan is worth.
