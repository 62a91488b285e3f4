using Microsoft.ML.Data;
using Smml.MLNet.Discovery;

namespace Smml.MLNet;

/// <summary>One row of a data set: a patient's files. An empty path means that the scan is missing.</summary>
/// <remarks>The property names are the column names that <c>LoadBraTS</c> yields and that <c>LoadVolumes</c> reads; use the class with
/// <c>Data.LoadFromEnumerable</c>, <c>Data.CreateTextLoader</c> and <c>Model.CreatePredictionEngine</c>.</remarks>
public sealed class BraTSCase
{
    /// <summary>The name of the case, for reports and output files.</summary>
    [LoadColumn(0)]
    public string CaseId { get; set; } = "";

    /// <summary>The FLAIR file, or empty.</summary>
    [LoadColumn(1)]
    public string FlairPath { get; set; } = "";

    /// <summary>The contrast-enhanced T1 file, or empty.</summary>
    [LoadColumn(2)]
    public string T1cePath { get; set; } = "";

    /// <summary>The T1 file, or empty.</summary>
    [LoadColumn(3)]
    public string T1Path { get; set; } = "";

    /// <summary>The T2 file, or empty.</summary>
    [LoadColumn(4)]
    public string T2Path { get; set; } = "";

    /// <summary>The expert segmentation, or empty.</summary>
    [LoadColumn(5)]
    public string LabelPath { get; set; } = "";

    /// <summary>The name of the data set's <see cref="Smml.MLNet.LabelConvention"/>, or empty when unknown.</summary>
    [LoadColumn(6)]
    public string LabelConvention { get; set; } = "";

    /// <summary>How the files are named, as <see cref="BraTSDataset.Find"/> recognised it, for example <c>BraTS 2023 (GLI)</c>; else empty.
    /// For reports.</summary>
    [LoadColumn(7)]
    public string Layout { get; set; } = "";

    /// <summary><c>HGG</c> or <c>LGG</c> where a folder, the case's name or <c>name_mapping.csv</c> tells, else empty.</summary>
    [LoadColumn(8)]
    public string Grade { get; set; } = "";

    /// <summary>Why the case cannot be used, as <see cref="BraTSDataset.Find"/> saw it before any file was opened: two files for one
    /// scan, a folder that may not be opened, a name that several cases have. Else empty. Training, scoring, evaluation and
    /// <c>LoadVolumes</c>, where it is fitted in this process, refuse a case that has one.</summary>
    [LoadColumn(9)]
    public string Problem { get; set; } = "";

    /// <summary>The volume files beside those of the case that are not used, each with the reason behind it in brackets where its name
    /// gives one, separated by <c>|</c>; empty where there is none. For reports.</summary>
    [LoadColumn(10)]
    public string UnusedFiles { get; set; } = "";

    /// <summary>Stands between the entries of <see cref="UnusedFiles"/>.</summary>
    internal const char UnusedSeparator = '|';

    /// <summary>The volume files that are not used, with their reasons; empty for a row that <see cref="BraTSDataset.Find"/> did not
    /// make.</summary>
    internal IReadOnlyList<UnusedFile> Unused { get; private set; } = [];

    /// <summary>The modalities that have a path.</summary>
    internal ModalitySet Modalities
    {
        get
        {
            ModalitySet present = ModalitySet.None;
            foreach (Modality modality in ModalitySet.All)
                present = string.IsNullOrEmpty(PathOf(modality)) ? present : present.With(modality);
            return present;
        }
    }

    /// <summary>The file of a modality, or empty.</summary>
    internal string PathOf(Modality modality) => modality switch
    {
        Modality.Flair => FlairPath,
        Modality.T1ce => T1cePath,
        Modality.T1 => T1Path,
        Modality.T2 => T2Path,
        _ => throw new ArgumentOutOfRangeException(nameof(modality), modality, "Unknown modality."),
    };

    /// <summary>Sets the files that are not used.</summary>
    internal void SetUnused(IReadOnlyList<UnusedFile> files)
    {
        Unused = files;
        UnusedFiles = string.Join(UnusedSeparator, files);
    }

    /// <summary>Sets the file of a modality.</summary>
    internal void SetPath(Modality modality, string path)
    {
        switch (modality)
        {
            case Modality.Flair: FlairPath = path; break;
            case Modality.T1ce: T1cePath = path; break;
            case Modality.T1: T1Path = path; break;
            case Modality.T2: T2Path = path; break;
            default: throw new ArgumentOutOfRangeException(nameof(modality), modality, "Unknown modality.");
        }
    }
}
