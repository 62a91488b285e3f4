namespace Smml.MLNet.Phantom;

/// <summary>A synthetic patient: four scans on one grid and the true segmentation.</summary>
public sealed class PhantomCase
{
    private readonly Volume[] _images;

    internal PhantomCase(long seed, PhantomGrade grade, Volume[] images, Volume label)
    {
        Seed = seed;
        Grade = grade;
        _images = images;
        Label = label;
    }

    /// <summary>The name of the case, for example <c>Phantom_7</c>.</summary>
    public string CaseId => FormattableString.Invariant($"Phantom_{Seed}");

    /// <summary>The seed that makes this case again.</summary>
    public long Seed { get; }

    /// <summary>The kind of tumour.</summary>
    public PhantomGrade Grade { get; }

    /// <summary>The segmentation: whole numbers of the label convention of the options, which the volume carries.</summary>
    public Volume Label { get; }

    /// <summary>The scan of a modality: whole numbers from 0 (outside the brain) to 32767.</summary>
    public Volume this[Modality modality] => _images[(int)modality];
}
