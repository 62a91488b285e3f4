namespace Smml.MLNet.Html;

/// <summary>A case as a report shows it: a scan in three planes, and lines around what the expert and the model found.</summary>
internal sealed class CasePicture(string caseId, Modality scan, IReadOnlyList<PlanePicture> planes)
{
    public string CaseId { get; } = caseId;

    /// <summary>The scan that lies below the lines.</summary>
    public Modality Scan { get; } = scan;

    /// <summary>Axial, coronal, sagittal.</summary>
    public IReadOnlyList<PlanePicture> Planes { get; } = planes;
}

/// <summary>One plane of a picture.</summary>
internal sealed class PlanePicture
{
    public required string Name { get; init; }

    /// <summary>The side of the patient at the left edge.</summary>
    public required string LeftSide { get; init; }

    /// <summary>The scan, square and grey.</summary>
    public required byte[] Png { get; init; }

    /// <summary>Where the lines, which are in half voxels, lie in the picture: shift and size of a half voxel in pixels.</summary>
    public required (double Left, double Top, double Width, double Height) Placement { get; init; }

    /// <summary>The expert's regions in the order of <see cref="ReportRegion.BraTS"/>.</summary>
    public required string[] Truth { get; init; }

    /// <summary>What was found with each subset, in the same order.</summary>
    public Dictionary<ModalitySet, string[]> Predictions { get; init; } = [];
}
