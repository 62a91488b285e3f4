using Microsoft.ML;

namespace Smml.MLNet;

/// <summary>The stages for brain MRI volumes, beside ML.NET's own in <c>mlContext.Transforms</c>.</summary>
public static class VolumeTransformsCatalog
{
    /// <summary>Reads the NIfTI files that the columns of <see cref="BraTSCase"/> name; an empty path is a missing scan.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="rootDirectory">The folder that relative paths begin at; it is saved with the
    /// model. Null: the process's current folder.</param>
    public static LoadVolumesEstimator LoadVolumes(this TransformsCatalog catalog, string? rootDirectory = null) =>
        catalog.LoadVolumes(new LoadVolumesOptions { RootDirectory = rootDirectory });

    /// <summary>Reads the NIfTI files that the columns of <see cref="BraTSCase"/> name; an empty path is a missing scan.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">Root folder and columns.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static LoadVolumesEstimator LoadVolumes(this TransformsCatalog catalog, LoadVolumesOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return LoadVolumesEstimator.Create(catalog, options);
    }

    /// <summary>Gives the scans and the label of a row another voxel size; the field of view stays.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="spacing">Millimetres a voxel along each axis, more than 0 and at most 50.</param>
    /// <exception cref="ArgumentException">The spacing is out of its range.</exception>
    public static ResampleVolumesEstimator ResampleVolumes(this TransformsCatalog catalog, double spacing = 1.0) =>
        catalog.ResampleVolumes(new ResampleVolumesOptions { Spacing = [spacing, spacing, spacing] });

    /// <summary>Gives the scans and the label of a row another voxel size; the field of view stays.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">Columns and spacing.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static ResampleVolumesEstimator ResampleVolumes(this TransformsCatalog catalog, ResampleVolumesOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return ResampleVolumesEstimator.Create(catalog, options);
    }

    /// <summary>Crops the scans and the label of a row to one box around the tissue.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="minimumSize">The least number of voxels along each axis.</param>
    /// <exception cref="ArgumentException">The size is below 1.</exception>
    public static CropForegroundEstimator CropForeground(this TransformsCatalog catalog, int minimumSize = 1) =>
        catalog.CropForeground(new CropForegroundOptions { MinimumSize = minimumSize });

    /// <summary>Crops the scans and the label of a row to one box around the tissue.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">Columns, margin, least size and fidelity.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static CropForegroundEstimator CropForeground(this TransformsCatalog catalog, CropForegroundOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return CropForegroundEstimator.Create(catalog, options);
    }

    /// <summary>Gives the tissue of each scan mean 0 and standard deviation 1.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">Columns and fidelity; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static NormalizeIntensityEstimator NormalizeIntensity(this TransformsCatalog catalog, NormalizeIntensityOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return NormalizeIntensityEstimator.Create(catalog, options ?? new());
    }

    /// <summary>Takes the given scans away from every row, to see how a model does without them.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="missing">The modalities to take away, at most three.</param>
    /// <exception cref="ArgumentException">All four modalities are named.</exception>
    public static DropModalitiesEstimator DropModalities(this TransformsCatalog catalog, ModalitySet missing) =>
        catalog.DropModalities(new DropModalitiesOptions { Missing = missing });

    /// <summary>Takes the given scans away from every row, to see how a model does without them.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">Modalities and columns.</param>
    /// <exception cref="ArgumentException">All four modalities are named.</exception>
    public static DropModalitiesEstimator DropModalities(this TransformsCatalog catalog, DropModalitiesOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return DropModalitiesEstimator.Create(catalog, options);
    }
}
