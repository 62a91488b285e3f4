namespace Smml.MLNet.Service;

/// <summary>The settings of the service: section <c>Service</c> of <c>appsettings.json</c>, environment variables such as
/// <c>Service__Model</c>, or arguments such as <c>--Service:Model=model.zip</c>.</summary>
internal sealed record ServiceOptions
{
    public const string Section = "Service";

    /// <summary>The zip of a model. When the file changes, the new model takes over; one that cannot be loaded changes nothing.</summary>
    /// <value>Required.</value>
    public string Model { get; init; } = "";

    /// <summary>How often the file is looked at, in seconds.</summary>
    /// <value>0.05 to 3600; default 2.</value>
    public double ModelCheckSeconds { get; init; } = 2;

    /// <summary>How many cases are computed at the same time. More than one only helps with many cores.</summary>
    /// <value>1 to 64; default 1.</value>
    public int Workers { get; init; } = 1;

    /// <summary>How many more cases may wait. One more is answered with 429 before its upload is read.</summary>
    /// <value>0 to 1000; default 8.</value>
    public int QueueLength { get; init; } = 8;

    /// <summary>The longest time from the begin of a request to its answer, in seconds, waiting included.</summary>
    /// <value>Above 0 to 86400; default 600.</value>
    public double TimeoutSeconds { get; init; } = 600;

    /// <summary>The size of an uploaded request in bytes.</summary>
    /// <value>1 to 4 GiB; default 256 MiB.</value>
    public long MaxRequestBytes { get; init; } = 256L << 20;

    /// <summary>Where uploads lie while they are read, each in a folder of its own that is deleted before the answer is sent. A file system
    /// in memory keeps them off the disk.</summary>
    /// <value>Default <c>/dev/shm</c> where it is there, else the system's folder for temporary files.</value>
    public string Scratch { get; init; } = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    /// <summary>A case whose networks agree less than this needs a review; see <see cref="ScoringOptions.ReviewBelow"/>.</summary>
    /// <value>0 to 1; default 0.6.</value>
    public double ReviewBelow { get; init; } = new ScoringOptions().ReviewBelow;

    /// <summary>Every rule that the values break, as sentences.</summary>
    public IReadOnlyList<string> Errors()
    {
        List<string> errors = [];
        if (Model.Length == 0)
            errors.Add("Service:Model is empty; expected the zip of a model, for example --Service:Model=smml.zip.");
        if (!(ModelCheckSeconds is >= 0.05 and <= 3600))
            errors.Add(FormattableString.Invariant($"Service:ModelCheckSeconds is {ModelCheckSeconds}; expected 0.05 to 3600."));
        if (Workers is < 1 or > 64)
            errors.Add($"Service:Workers is {Workers}; expected 1 to 64.");
        if (QueueLength is < 0 or > 1000)
            errors.Add($"Service:QueueLength is {QueueLength}; expected 0 to 1000.");
        if (!(TimeoutSeconds is > 0 and <= 86400))
            errors.Add(FormattableString.Invariant($"Service:TimeoutSeconds is {TimeoutSeconds}; expected above 0 to 86400."));
        if (MaxRequestBytes is < 1 or > 4L << 30)
            errors.Add($"Service:MaxRequestBytes is {MaxRequestBytes}; expected 1 to {4L << 30}.");
        if (!Directory.Exists(Scratch))
            errors.Add($"Service:Scratch is '{Scratch}', which is no folder; expected one that the service may write to.");
        if (!(ReviewBelow is >= 0 and <= 1))
            errors.Add(FormattableString.Invariant($"Service:ReviewBelow is {ReviewBelow}; expected 0 to 1."));
        return errors;
    }
}
