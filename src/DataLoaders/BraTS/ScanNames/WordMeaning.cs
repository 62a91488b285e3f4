namespace Smml.MLNet.ScanNames;

/// <summary>What a word in the name of a volume file says.</summary>
internal enum WordMeaning
{
    /// <summary>Nothing about the scan: how it was acquired or processed.</summary>
    Neutral,

    /// <summary>A FLAIR scan.</summary>
    Flair,

    /// <summary>A T1-weighted scan; contrast agent is not known yet.</summary>
    T1,

    /// <summary>A sequence that is T1-weighted (MPRAGE, BRAVO); it may stand beside <see cref="T1"/> or <see cref="T1ce"/>.</summary>
    T1Sequence,

    /// <summary>A T1-weighted scan with contrast agent.</summary>
    T1ce,

    /// <summary>A T2-weighted scan.</summary>
    T2,

    /// <summary>Contrast agent was given.</summary>
    Contrast,

    /// <summary>No contrast agent was given.</summary>
    NoContrast,

    /// <summary>Before or without; it needs the word for contrast agent behind it.</summary>
    Without,

    /// <summary>After or with; it needs the word for contrast agent behind it.</summary>
    With,

    /// <summary>After something; alone behind a T1 scan it means after contrast agent.</summary>
    Post,

    /// <summary>Before something; alone it means before contrast agent.</summary>
    Pre,

    /// <summary>An event that is no contrast agent: surgery, treatment; it takes the meaning away from <see cref="Pre"/>.</summary>
    Event,

    /// <summary>Inversion recovery: FLAIR only together with a word for dark fluid.</summary>
    Inversion,

    /// <summary>A gradient echo sequence: T1-weighted with T1, but T2* with T2.</summary>
    GradientEcho,

    /// <summary>A segmentation.</summary>
    Label,

    /// <summary>The tumour: what a segmentation shows.</summary>
    Tumor,

    /// <summary>Something that is no tumour: what another segmentation shows (brain, tissue).</summary>
    Tissue,

    /// <summary>Made by a program: no expert's label, no acquired scan.</summary>
    Machine,

    /// <summary>A binary mask.</summary>
    Mask,

    /// <summary>Something that is none of the four scans: a map, another sequence, another device.</summary>
    OtherImage,

    /// <summary>A word that contradicts, but not in one clear way.</summary>
    Doubtful,
}
