using Smml.MLNet.CueGeneration;
using Smml.MLNet.Geometry;

namespace Smml.MLNet;

/// <summary>Takes cues that another program made, for example nnInteractive or a SAM-Med3D script, from a folder of volume files.</summary>
/// <remarks>
/// <para>A scan's cues are in <c>&lt;case&gt;_&lt;modality&gt;_cues.nii.gz</c> (also <c>.nii</c>), modality one of flair, t1ce, t1, t2, on
/// the grid of the scan's own file. A three-dimensional file holds label values of the case's convention; a four-dimensional one holds a
/// probability of 0 to 1 for each class but the background, in the convention's order.</para>
/// <para>A scan without such a file has no cue.</para>
/// </remarks>
public sealed class NiftiCueProvider : ICueProvider
{
    private const double CornerTolerance = 1e-3;

    private readonly string _folder;

    /// <summary>Names the folder.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public NiftiCueProvider(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        _folder = Directory.Exists(folder) ? folder : throw new DirectoryNotFoundException($"{folder}: there is no such folder. "
            + "Give the folder with the files <case>_<modality>_cues.nii.gz.");
    }

    /// <inheritdoc/>
    /// <exception cref="VolumeFormatException">A file is damaged.</exception>
    public SemanticCues Generate(CueCase source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        CueMaps maps = new(source.Grid.Shape, source.Convention.ClassCount);
        bool any = false;
        foreach (Modality modality in ModalitySet.All)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string stem = Path.Combine(_folder, $"{source.Name}_{modality.ToString().ToLowerInvariant()}_cues");
            string? path = new[] { stem + ".nii.gz", stem + ".nii" }.FirstOrDefault(File.Exists);
            if (path is null || source[modality] is not { } scan)
                continue;
            any = true;
            Read(path, source, scan, modality, maps);
        }

        return any ? maps.ToCues() : throw new InvalidDataException($"{source.Name}: found no file {source.Name}_<modality>_cues.nii.gz in "
            + $"{_folder}, expected at least one. Make the cues of the case, or leave the case out.");
    }

    private static void Read(string path, CueCase source, Volume scan, Modality modality, CueMaps maps)
    {
        IReadOnlyList<Volume> volumes = VolumeFile.ReadAll(path);
        int classes = source.Convention.ClassCount - 1;
        if (volumes.Count != 1 && volumes.Count != classes)
            throw new InvalidDataException($"{path}: found {volumes.Count} volumes, expected 1 (label values of {source.Convention}) or "
                + $"{classes} (a probability for each of {string.Join(", ", source.Convention.ClassNames.Skip(1))}). "
                + "Write the cues again.");
        if (volumes[0].Shape != scan.SourceGrid.Shape
            || !(volumes[0].Grid.Affine.CornerDistance(scan.SourceGrid.Affine, scan.SourceGrid.Shape) <= CornerTolerance))
            throw new InvalidDataException($"{path}: found {volumes[0].Shape} voxels at {volumes[0].Grid.Affine}, expected the grid of "
                + $"{scan.Source ?? "the scan"}: {scan.SourceGrid.Shape} at {scan.SourceGrid.Affine}. Write the cues on the grid of the "
                + "scan's file.");
        GridMap toScan = GridMap.Between(scan.Grid, scan.SourceGrid);
        if (volumes.Count == 1)
        {
            source.Convention.ToClasses(volumes[0]); // refuses a value that the convention does not know
            float[] labels = toScan.Take(volumes[0].Voxels, 0);
            for (int index = 1; index <= classes; index++)
            {
                int value = source.Convention.Values[index];
                maps.Set(index, modality, [.. labels.Select(label => MathF.Round(label) == value ? (byte)255 : (byte)0)]);
            }

            return;
        }

        for (int index = 1; index <= classes; index++)
            maps.Set(
                index, modality, [.. toScan.Take(volumes[index - 1].Voxels, 0).Select(value => CueMaps.ToByte(Probability(value, path)))]);
    }

    private static float Probability(float value, string path) => value is >= 0 and <= 1
        ? value
        : throw new InvalidDataException(
            FormattableString.Invariant($"{path}: found the value {value}, expected probabilities of 0 to 1. Write the cues again."));
}
