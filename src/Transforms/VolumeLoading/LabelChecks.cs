using System.Globalization;

namespace Smml.MLNet;

/// <summary>What must hold of a label beside the scans of its case: it shows a tumour, not the brain or its tissues. The thresholds and
/// what they were measured on: docs/checks.md.</summary>
internal static class LabelChecks
{
    /// <summary>The largest share of the brain that a tumour fills.</summary>
    public const double MaxBrainFraction = 0.5;

    /// <summary>The least share of a tumour that lies on tissue of a scan.</summary>
    public const double LeastInside = 0.9;

    /// <summary>Checks a label whose values are those of its convention.</summary>
    /// <param name="label">The label.</param>
    /// <param name="scans">The scans on the same grid, with their numbers.</param>
    public static CaseFinding? Check(Volume label, IReadOnlyList<(Volume Scan, ScanStatistics Numbers)> scans)
    {
        if (scans.Count == 0)
            return null;
        long tumor = 0, inside = 0, brain = scans.Max(scan => scan.Numbers.Tissue);
        ReadOnlySpan<float> voxels = label.Voxels;
        for (int i = 0; i < voxels.Length; i++)
        {
            // most voxels are no tumour, and those come in runs
            int next = voxels[i..].IndexOfAnyExcept(0f);
            if (next < 0)
                break;
            i += next;
            tumor++;
            foreach ((Volume scan, ScanStatistics numbers) in scans)
            {
                if (scan.Voxels[i] != numbers.Background)
                {
                    inside++;
                    break;
                }
            }
        }

        return tumor > MaxBrainFraction * brain
            ? CaseFinding.Error(CheckName.LabelSize, label.Source, string.Create(CultureInfo.InvariantCulture,
                $"{label.Source}: the label covers {(double)tumor / brain:0%} of the tissue, expected a tumour of at most "
                + $"{MaxBrainFraction:0%}: this is a mask of the brain or a segmentation of its tissues. "
                + $"Take it away, or name the tumour's "
                + $"label."))
            : inside < LeastInside * tumor
            ? CaseFinding.Error(CheckName.LabelPlace, label.Source, string.Create(CultureInfo.InvariantCulture,
                $"{label.Source}: {(double)inside / tumor:0%} of the label lies on tissue of the scans, "
                + $"expected at least {LeastInside:0%}: "
                + $"it belongs to another case, or to a scan that was not registered. Name the label of this case."))
            : null;
    }
}
