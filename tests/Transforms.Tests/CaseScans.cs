using Smml.MLNet.VolumeStages;

namespace Smml.MLNet.Tests;

/// <summary>The volumes of a row, as a stage receives them.</summary>
internal static class CaseScans
{
    public static VolumeSet Of(Volume? flair = null, Volume? t1ce = null, Volume? t1 = null, Volume? t2 = null, Volume? label = null) =>
        new([flair, t1ce, t1, t2], label, "The test");
}
