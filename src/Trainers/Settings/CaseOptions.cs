namespace Smml.MLNet;

/// <summary>Which cases a training reads, and where it keeps them.</summary>
public sealed record CaseOptions
{
    /// <summary>Names of the volume columns.</summary>
    /// <value>Default: Flair, T1ce, T1, T2, Label.</value>
    public VolumeColumns Columns { get; init; } = new();

    /// <summary>What the label values of the data set mean.</summary>
    /// <value>Default null: what the label volumes carry.</value>
    public LabelConvention? LabelConvention { get; init; }

    /// <summary>Trains only on the rows whose column CaseId names a training case of the split; the others are not read.</summary>
    /// <value>Default null: every row.</value>
    public BraTSSplit? Split { get; init; }

    /// <summary>Preprocessed cases are kept in memory while they fit this many bytes, the others in files (<see cref="CacheFolder"/>). The
    /// weights are the same.</summary>
    /// <value>0 or more; default 4 GiB.</value>
    public long Memory { get; init; } = 4L << 30;

    /// <summary>The folder for the files of cases that do not fit <see cref="Memory"/>; it is made if it does not exist.</summary>
    /// <value>Default null: the system's folder for temporary files. Name a folder on a disk if that one is in memory.</value>
    /// <remarks>The files hold voxels. Only this process reads them, and they are gone when training ends, however it ends.</remarks>
    public string? CacheFolder { get; init; }

    /// <summary>Tasks that cut the patches of the next steps, one step each, while the current step is
    /// computed. The weights are the same.</summary>
    /// <value>0 to 64; default 1. 0 cuts patches between the steps.</value>
    public int Workers { get; init; } = 1;

    /// <summary>Every rule that the values break, as sentences.</summary>
    internal IEnumerable<string> Errors()
    {
        if (Memory < 0)
            yield return $"Cases.Memory is {Memory}; expected 0 or more bytes.";
        if (CacheFolder is not null && string.IsNullOrWhiteSpace(CacheFolder))
            yield return "Cases.CacheFolder is empty; expected the name of a folder, or null.";
        if (Workers is < 0 or > 64)
            yield return $"Cases.Workers is {Workers}; expected 0 to 64.";
        if (Columns is null)
        {
            yield return "Cases.Columns is null; leave the default.";
            yield break;
        }

        List<string> columns = [];
        Columns.Validate(columns);
        foreach (string error in columns)
            yield return $"Cases.Columns: {error}.";
        if (Columns.Label is null)
            yield return "Cases.Columns.Label is null; training needs the label column.";
    }
}
