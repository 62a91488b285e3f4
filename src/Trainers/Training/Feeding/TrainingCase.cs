using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Smml.MLNet.Networks;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet.Training;

/// <summary>A preprocessed case: what training uses of it, in managed memory or mapped from a file (<see cref="CaseCache"/>).</summary>
internal sealed class TrainingCase
{
    /// <summary>The case's name, for messages.</summary>
    public required string Name { get; init; }

    /// <summary>The shape of scans, classes and cues.</summary>
    public required VolumeShape Shape { get; init; }

    /// <summary>Where the case lies in the whole volume.</summary>
    public required CaseFrame Frame { get; init; }

    /// <summary>How the case's label file writes classes.</summary>
    public required LabelConvention Convention { get; init; }

    /// <summary>The four modalities; null where missing.</summary>
    public required IReadOnlyList<Scan?> Scans { get; init; }

    /// <summary>The class of each voxel, voxel order as in the scans.</summary>
    public required ReadOnlyMemory<byte> Classes { get; init; }

    /// <summary>Cue maps, element class * 4 + modality, empty where there is none; null where the case has no cues.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Cues { get; init; }

    /// <summary>Which scans the case has.</summary>
    public ModalitySet Available =>
        ModalitySet.Of([.. Enumerable.Range(0, Scans.Count).Where(m => Scans[m] is not null).Select(m => (Modality)m)]);

    /// <summary>The bytes of its voxels.</summary>
    public long Bytes =>
        Scans.OfType<Scan>().Sum(scan => (long)scan.Voxels.Length * sizeof(float)) + Classes.Length + (Cues?.Sum(map => (long)map.Length)
            ?? 0);

    /// <summary>A case whose voxels are shared with the volumes.</summary>
    /// <param name="name">The case's name.</param>
    /// <param name="scans">The scans.</param>
    /// <param name="classes">The class of each voxel.</param>
    /// <param name="convention">How the case's label file writes classes.</param>
    /// <param name="cues">Semantic cues, or null.</param>
    public static TrainingCase Of(string name, VolumeSet scans, byte[] classes, LabelConvention convention, SemanticCues? cues) => new()
    {
        Name = name,
        Shape = scans.Shape,
        Frame = CaseFrame.Of(scans),
        Convention = convention,
        Scans = [.. ModalitySet.All.Select(modality => scans[modality] is { } scan ? new Scan(scan.Memory, scan.Background) : null)],
        Classes = classes,
        Cues = cues?.Maps,
    };

    /// <summary>What identifies the case among checkpoints: a hash of all that is trained on.</summary>
    public CaseFingerprint Fingerprint()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{Convention.Name} {Shape} {Available}"));
        foreach (Scan scan in Scans.OfType<Scan>())
        {
            hash.AppendData(MemoryMarshal.AsBytes(scan.Voxels.Span));
            hash.AppendData(BitConverter.GetBytes(scan.Background)); // rotated-in corners take it
        }

        hash.AppendData(Classes.Span);
        foreach (ReadOnlyMemory<byte> map in Cues ?? [])
        {
            hash.AppendData(BitConverter.GetBytes(map.Length));
            hash.AppendData(map.Span);
        }

        return new(Name, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>One scan.</summary>
    /// <param name="Voxels">First axis fastest.</param>
    /// <param name="Background">The value of a voxel without tissue.</param>
    internal sealed record Scan(ReadOnlyMemory<float> Voxels, float Background)
    {
        /// <summary>The scan as scoring takes it.</summary>
        public (ReadOnlyMemory<float> Voxels, float Background)? ForPadding => (Voxels, Background);
    }
}
