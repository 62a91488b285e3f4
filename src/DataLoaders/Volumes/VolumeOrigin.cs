namespace Smml.MLNet.Volumes;

/// <summary>What this library made a volume as. It is written into the file's header, so that results never come back as input.</summary>
internal enum VolumeOrigin
{
    /// <summary>Something else: a scan, an expert's label, another program's file.</summary>
    Other,

    /// <summary>The segmentation of a model, unchanged since.</summary>
    Segmentation,

    /// <summary>The map of where two networks disagree.</summary>
    Disagreement,

    /// <summary>A scan or label of a phantom.</summary>
    Phantom,
}
