using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

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

    /// <summary>What identifies the case among checkpoints: a hash of all that is trained on.</summary>
    public CaseFingerprint Fingerprint()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{Convention.Name} {Shape} {Available}"));
        foreach (Volume scan in Scans.OfType<Volume>())
        {
            hash.AppendData(MemoryMarshal.AsBytes(scan.Voxels));
            hash.AppendData(BitConverter.GetBytes(scan.Background)); // rotated-in corners take it
        }

        hash.AppendData(Classes);
        for (int map = 0; Cues is not null && map < Cues.ClassCount * ModalitySet.ModalityCount; map++)
        {
            ReadOnlySpan<byte> bytes = Cues.Map(map / ModalitySet.ModalityCount, (Modality)(map % ModalitySet.ModalityCount));
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }

        return new(Name, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>Roughly the memory that the case holds.</summary>
    public long Bytes => (Available.Count * Shape.Count * sizeof(float)) + Classes.Length + (Cues is null ? 0 : Cues.ClassCount * ModalitySet.ModalityCount * Shape.Count);
}
