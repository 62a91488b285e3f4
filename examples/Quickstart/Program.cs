using Microsoft.ML;
using Smml.MLNet;
using Smml.MLNet.Phantom;
using Smml.MLNet.Quickstart;

// From nothing to a table of results in a few minutes on a laptop. Research use only, never a diagnosis.
if (args is ["evaluate"])
    return UnseenPhantoms.Evaluate(); // the second process, see below

Display.Say("Smml.MLNet quickstart: synthetic heads, a small network. Research use only, never a diagnosis.");

Display.Say("It takes about two minutes on two recent cores; four are estimated for two old ones without AVX-512.");

// 1. Data: two sets of synthetic heads with tumours. Different seeds share no head.
Display.Phase("made phantoms", () =>
{
    PhantomDataset.Write(
        QuickstartSettings.TrainingFolder, QuickstartSettings.TrainingCases, QuickstartSettings.TrainingSeed, QuickstartSettings.Phantoms);
    PhantomDataset.Write(
        QuickstartSettings.TestFolder, QuickstartSettings.TestCases, QuickstartSettings.TestSeed, QuickstartSettings.Phantoms);
});

// 2. Train: an ML.NET pipeline from files to segmentations.
MLContext ml = new(seed: 1);
IDataView cases = ml.Data.LoadBraTS(QuickstartSettings.TrainingFolder);
ITransformer model = Display.Training("trained", progress => ml.Transforms.LoadVolumes()
    .Append(ml.Transforms.CropForeground())
    .Append(ml.Transforms.NormalizeIntensity())
    .Append(ml.Segmentation.Trainers.Smml(QuickstartSettings.Trainer(progress)))
    .Fit(cases));

// 3. Save: one zip that holds the whole pipeline.
Display.Phase($"saved {QuickstartSettings.ModelFile}", () => ml.Model.Save(model, cases.Schema, QuickstartSettings.ModelFile));
Display.PeakMemory("training process");

// 4. Use: a second process that has nothing but the zip evaluates heads that the model has never seen.
return SecondProcess.Run("evaluate");
