namespace Smml.MLNet.Layouts;

/// <summary>The layouts of the challenges, each a rule from a path to a file of a case. No path satisfies two of the first group.</summary>
internal static class KnownLayouts
{
    /// <summary>What is looked for, for messages.</summary>
    public const string Patterns =
        "BRATS_HG0001_{FLAIR,T1,T1C,T2,truth} (2012), VSD.Brain.XX.O.MR_Flair.1 (2013, 2015), <case>_{flair,t1,t1ce,t2,seg} (2017 to "
        + "2021), <case>-{t2f,t1n,t1c,t2w,seg} (2023, 2024), "
        + "imagesTr/BRATS_001 (MSD Task01), and folders of one patient with flair, t1ce, t1, t2 in the names; "
        + "as .nii, .nii.gz, .mha, .mhd, .hdr";

    private static readonly Func<LayoutPath, LayoutFile?>[] s_challenges =
        [DecathlonNames.Read, Names2012.Read, VsdNames.Read, Names2017.ReadChallenge, Names2023.ReadChallenge];

    private static readonly Func<LayoutPath, LayoutFile?>[] s_anyCase = [Names2017.ReadAny, Names2023.ReadAny];

    /// <summary>Reads a path whose case is named as by the challenge itself; null where no challenge does.</summary>
    public static LayoutFile? ReadChallenge(LayoutPath path) => First(s_challenges, path);

    /// <summary>Reads a path whose file is named as in 2017 to 2024, whatever the case is called.</summary>
    public static LayoutFile? ReadAny(LayoutPath path) => First(s_anyCase, path);

    /// <summary>Reads a path by its own name alone; null where no layout does.</summary>
    public static LayoutFile? Read(LayoutPath path) => ReadChallenge(path) ?? ReadAny(path);

    private static LayoutFile? First(Func<LayoutPath, LayoutFile?>[] layouts, LayoutPath path)
    {
        foreach (Func<LayoutPath, LayoutFile?> read in layouts)
        {
            if (read(path) is { } file)
                return file;
        }

        return null;
    }
}
