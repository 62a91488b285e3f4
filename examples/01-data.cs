#:project ../src/Trainers/Smml.MLNet.Trainers.csproj
#:property PublishAot=false

// # 1. Data: from a folder to voxels
//
// A patient with a brain tumour should have four MRI scans: **Flair**, **T1ce** (T1 with contrast agent), **T1** and **T2**. Each shows
// something that the others do not, and hospitals often have only two or three of them. This notebook finds the scans of a data set, checks
// them, and looks at what a model will see.
//
// It makes its own synthetic patients, so it runs anywhere in seconds.
//
// **Research use only, never a diagnosis.**

using System.IO;
using Microsoft.ML;
using Microsoft.ML.Data;
using Smml.MLNet;
using Smml.MLNet.Phantom;

// ## Synthetic patients
//
// A phantom is a head with a tumour in it, drawn by a generator: the same seed gives the same head. The files are named as in the BraTS
// challenge. Two patients lack scans, as real ones do.
//
// To work with BraTS itself, leave this cell out and let `folder` name what you downloaded, for example `BraTS2020/training`; every edition
// from 2012 to 2024 is recognised by the names of its files.

string folder = Path.Combine("example-output", "data");
PhantomOptions phantoms = new() { Shape = new(60, 72, 58), Spacing = (2.5, 2.5, 2.5), Grade = PhantomGrade.High };
PhantomDataset.Write(folder, caseCount: 6, seed: 7, phantoms, missing: index => index switch
{
    2 => ModalitySet.Of(Modality.T1ce),
    4 => ModalitySet.Of(Modality.T1ce, Modality.T2),
    _ => ModalitySet.None,
});

// ## Find the cases
//
// No image is opened for this: names tell which file is which scan, and what the values of the labels
// mean. A filled circle is a scan that is there.

BraTSCaseList cases = BraTSDataset.Find(folder);
Console.WriteLine(cases.ToTable());

// ## Check them before work
//
// Downloads break off, scans lie on different grids, labels have values that nobody knows. Here somebody copied Flair over T2: the check
// finds it and refuses that case only. The warnings say that the voxels are not of 1 mm, which is true of these phantoms.

byte[] t2 = File.ReadAllBytes(cases[5].T2Path);
File.Copy(cases[5].FlairPath, cases[5].T2Path, overwrite: true);

MLContext ml = new(seed: 1);
ValidationReport report = ml.Data.ValidateCases(cases);
Console.WriteLine(report.ToTable());

// With its own T2 again, every case can be used:

File.WriteAllBytes(cases[5].T2Path, t2);
Console.WriteLine(ml.Data.ValidateCases(cases));

// ## Look at a scan
//
// A volume knows its voxels, where they lie in the patient, and the file that it came from. The three planes are cut where most of the
// brain is; R is the patient's right, A is anterior. In T1ce the rim of the tumour lights up, because contrast agent leaks into it.

Volume t1ce = VolumeFile.Read(cases[0].T1cePath);
Console.WriteLine(t1ce);

// ## What a model sees
//
// An ML.NET pipeline turns rows of paths into rows of volumes. `LoadVolumes` reads and checks, `CropForeground` cuts away what is empty in
// all scans, and `NormalizeIntensity` gives every scan the mean 0 and the deviation 1 over its own tissue: MRI has no unit, so only
// differences count. Nothing is read before a row is asked for.

var pipeline = ml.Transforms.LoadVolumes()
    .Append(ml.Transforms.CropForeground())
    .Append(ml.Transforms.NormalizeIntensity());
IDataView rows = ml.Data.LoadBraTS(cases);
IDataView prepared = pipeline.Fit(rows).Transform(rows);
Volume[] flair = [.. prepared.GetColumn<Volume>("Flair")];
Console.WriteLine(flair[0]);

// The file had 60x72x58 voxels; the box around the head is smaller. The volume remembers its place, so that a
// segmentation returns to the grid of the file.
//
// The label of the same patient: the expert's segmentation, which training learns from and an evaluation compares with.

Volume[] labels = [.. prepared.GetColumn<Volume>("Label")];
Console.WriteLine(labels[0]);

// ## A missing scan is no scan
//
// Where a path is empty the column holds null: no zeros, no copy of another scan. The model will know which scans it has.

Volume[] contrast = [.. prepared.GetColumn<Volume>("T1ce")];
for (int i = 0; i < cases.Count; i++)
    Console.WriteLine($"{cases[i].CaseId}: T1ce {(contrast[i] is null ? "is missing" : "is there")}");

// Next: `02-train` trains a model on such cases.
