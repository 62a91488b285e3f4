namespace Smml.MLNet;

/// <summary>The editions of the brain tumour segmentation challenge that the paper reports.</summary>
public enum BraTS
{
    /// <summary>BraTS 2015: four tumour classes. No list of the paper's 242 training cases was published.</summary>
    Y2015,

    /// <summary>BraTS 2018: three tumour classes, 199 training cases in fold 1.</summary>
    Y2018,

    /// <summary>BraTS 2020: three tumour classes, 219 training cases.</summary>
    Y2020,
}
