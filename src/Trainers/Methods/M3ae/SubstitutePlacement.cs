namespace Smml.MLNet;

/// <summary>Which part of M3AE's substitute image stands for a missing scan in scoring. In training it is always that of
/// <see cref="Frame"/>.</summary>
public enum SubstitutePlacement
{
    /// <summary>The part at the window's place in the whole volume, as in training (default).</summary>
    Frame,

    /// <summary>The part at the window's place in the cropped case, as if the crop began where the whole volume does: what the released
    /// code does.</summary>
    Crop,
}
