namespace Smml.MLNet;

/// <summary>One row of a data set: a patient's files. An empty path means that the scan is missing.</summary>
/// <remarks>The property names are the column names that <c>LoadBraTS</c> yields and that <c>LoadVolumes</c> reads; use the class with
/// <c>Data.LoadFromEnumerable</c>, <c>Data.CreateTextLoader</c> and <c>Model.CreatePredictionEngine</c>.</remarks>
public sealed class BraTSCase
{
    /// <summary>The name of the case, for reports and output files.</summary>
    public string CaseId { get; set; } = "";

    /// <summary>The FLAIR file, or empty.</summary>
    public string FlairPath { get; set; } = "";

    /// <summary>The contrast-enhanced T1 file, or empty.</summary>
    public string T1cePath { get; set; } = "";

    /// <summary>The T1 file, or empty.</summary>
    public string T1Path { get; set; } = "";

    /// <summary>The T2 file, or empty.</summary>
    public string T2Path { get; set; } = "";

    /// <summary>The expert segmentation, or empty.</summary>
    public string LabelPath { get; set; } = "";

    /// <summary>The name of the data set's <see cref="Smml.MLNet.LabelConvention"/>, or empty when unknown.</summary>
    public string LabelConvention { get; set; } = "";
}
