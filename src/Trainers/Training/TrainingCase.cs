namespace Smml.MLNet.Training;

/// <summary>A preprocessed case in memory.</summary>
/// <param name="Name">The case's name, for messages.</param>
/// <param name="Scans">The four modalities; null where missing.</param>
/// <param name="Classes">The class of each voxel, voxel order as in the scans.</param>
/// <param name="Convention">How the case's label file writes classes.</param>
/// <param name="Cues">Semantic cues, or null.</param>
internal sealed record TrainingCase(string Name, Volume?[] Scans, byte[] Classes, LabelConvention Convention, SemanticCues? Cues)
{
    /// <summary>Which scans the case has.</summary>
    public ModalitySet Available { get; } = ModalitySet.Of([.. Enumerable.Range(0, Scans.Length).Where(m => Scans[m] is not null).Select(m => (Modality)m)]);

    /// <summary>The shape of every scan.</summary>
    public VolumeShape Shape { get; } = Scans.First(scan => scan is not null)!.Shape;

    /// <summary>Roughly the memory that the case holds.</summary>
    public long Bytes => (Available.Count * Shape.Count * sizeof(float)) + Classes.Length + (Cues is null ? 0 : Cues.ClassCount * ModalitySet.ModalityCount * Shape.Count);
}
