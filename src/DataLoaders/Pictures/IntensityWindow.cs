namespace Smml.MLNet.Pictures;

/// <summary>The intensities that are drawn black and white.</summary>
internal readonly record struct IntensityWindow(float Black, float White)
{
    /// <summary>From the 1st to the 99th percentile of the tissue, so that a few extreme voxels do not darken a scan.</summary>
    public static IntensityWindow Of(Volume scan)
    {
        List<float> tissue = [];
        foreach (float value in scan.Voxels)
        {
            if (float.IsFinite(value) && value != scan.Background)
                tissue.Add(value);
        }

        if (tissue.Count == 0)
            return new(0, 1);
        tissue.Sort();
        return new(tissue[tissue.Count / 100], tissue[tissue.Count - 1 - (tissue.Count / 100)]);
    }

    /// <summary>The brightness of an intensity, 0 to 1.</summary>
    public double Brightness(double value) =>
        !double.IsFinite(value) ? 0 : White > Black ? Math.Clamp((value - Black) / (White - Black), 0, 1) : 0.5;
}
