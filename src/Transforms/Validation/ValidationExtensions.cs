using Microsoft.ML;

namespace Smml.MLNet;

/// <summary>Checks data sets before any work: <c>ml.Data.ValidateCases("hospital").ToTable()</c>.</summary>
public static class ValidationExtensions
{
    /// <summary>Finds the cases of a folder and runs the checks of <c>LoadVolumes</c> on each.</summary>
    /// <param name="catalog">The data catalog.</param>
    /// <param name="folder">The folder that holds the cases, see <see cref="BraTSDataset.Find"/>.</param>
    /// <param name="options">Progress and cancellation; null for the defaults.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">There is no case in it; the message says so when it holds DICOM files instead.</exception>
    public static ValidationReport ValidateCases(this DataOperationsCatalog catalog, string folder, ValidationOptions? options = null)
    {
        try
        {
            return catalog.ValidateCases(BraTSDataset.Find(folder), options);
        }
        catch (InvalidDataException exception) when (DicomFiles.AreIn(folder))
        {
            throw new InvalidDataException(
                $"{exception.Message} The folder holds DICOM files, which are not read. {DicomFiles.Remedy}", exception);
        }
    }

    /// <summary>Runs the checks of <c>LoadVolumes</c> on each case. Where that stops at the first
    /// error of a case, this tells all of them.</summary>
    /// <param name="catalog">The data catalog.</param>
    /// <param name="cases">The cases.</param>
    /// <param name="options">Root folder, progress and cancellation; null for the defaults.</param>
    /// <returns>Every case with what was found. Two cases at a time are in memory.</returns>
    /// <exception cref="OperationCanceledException">The token of the options was cancelled.</exception>
    public static ValidationReport ValidateCases(
        this DataOperationsCatalog catalog, IEnumerable<BraTSCase> cases, ValidationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(cases);
        return CaseValidator.Validate(cases as IReadOnlyList<BraTSCase> ?? [.. cases], options ?? new());
    }
}
