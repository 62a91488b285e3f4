using System.Numerics.Tensors;
using Smml.MLNet.Layouts;
using Smml.MLNet.Tables;
using Smml.MLNet.VolumeFiles;
using Smml.MLNet.Volumes;

namespace Smml.MLNet.Phantom;

/// <summary>Writes phantoms as a BraTS folder.</summary>
public static class PhantomDataset
{
    private const string NameMapping = "name_mapping.csv";

    private static readonly string[] s_mappingHeader = ["Grade", "BraTS_2020_subject_ID"];

    /// <summary>Writes cases as <c>Phantom_0001/Phantom_0001_flair.nii.gz</c> and so on, or with the names of a challenge
    /// (<see cref="PhantomOptions.Layout"/>).</summary>
    /// <param name="folder">Where to; it is made. Phantoms of the same names are replaced, other files never.</param>
    /// <param name="caseCount">How many cases, at least 1.</param>
    /// <param name="seed">Which cases. Every case has a seed of its own made of this and its number,
    /// so sets of different seeds share none.</param>
    /// <param name="options">Shape, spacing, grade, names, file type and orientation; null for <see cref="PhantomOptions.Small"/>.</param>
    /// <param name="missing">The modalities that a case (counted from 0) lacks; null for none.</param>
    /// <param name="progress">Is told the number of cases that are done.</param>
    /// <param name="cancellationToken">Stops between files.</param>
    /// <returns>The cases that were written, in order, as <see cref="BraTSDataset.Find"/> would find them.</returns>
    /// <exception cref="ArgumentException">An option is out of range, or a case would lack all four modalities.</exception>
    /// <exception cref="InvalidDataException">A file of the same name is there that is no phantom's; nothing was written.</exception>
    /// <exception cref="IOException">A file cannot be written, or <c>name_mapping.csv</c> is there and is another table.</exception>
    public static BraTSCaseList Write(
        string folder,
        int caseCount,
        long seed,
        PhantomOptions? options = null,
        Func<int, ModalitySet>? missing = null,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentOutOfRangeException.ThrowIfLessThan(caseCount, 1);
        options ??= PhantomOptions.Small;
        options.Validate();
        ModalitySet[] present =
        [
            .. Enumerable.Range(0, caseCount).Select(index => (missing?.Invoke(index) ?? ModalitySet.None).Complement),
        ];
        if (Array.IndexOf(present, ModalitySet.None) is >= 0 and int empty)
            throw new ArgumentException($"Case {empty} lacks all four modalities, expected at least one scan.", nameof(missing));

        PhantomNames names = new(options);
        if (names.IsOneFile && Array.Exists(present, set => set != ModalitySet.All))
            throw new ArgumentException(
                $"The names of {options.Layout} keep the four scans in one file, expected none missing. Choose another layout.",
                nameof(missing));
        RefuseToReplace(folder, caseCount, names, options);
        List<BraTSCase> cases = [];
        for (int index = 0; index < caseCount; index++)
        {
            PhantomCase phantom = PhantomGenerator.Generate(SeedOf(seed, index), options, cancellationToken);
            cases.Add(WriteCase(folder, index, phantom, options, present[index], cancellationToken));
            progress?.Report(index + 1);
        }

        if (options.Layout == PhantomLayout.BraTS2020)
            TableFile.Write(
                Path.Combine(folder, NameMapping),
                s_mappingHeader,
                cases.Select(item => new[] { item.Grade, item.CaseId }),
                s_mappingHeader.Length);
        return new(cases);
    }

    /// <summary>The seed of a case of a set, for <see cref="PhantomGenerator.Generate"/>.</summary>
    /// <param name="seed">The seed of the set.</param>
    /// <param name="index">The case, counted from 0.</param>
    public static long SeedOf(long seed, int index) => (long)(SplitMix64.ForKey(seed, index).NextUInt64() >> 1);

    // Before anything is written: phantoms may have the names of real cases.
    private static void RefuseToReplace(string folder, int caseCount, PhantomNames names, PhantomOptions options)
    {
        for (int index = 0; index < caseCount; index++)
        {
            string id = names.CaseId(index);
            FileKind[] kinds = names.IsOneFile
                ? [FileKind.AllScans, FileKind.Label]
                : [FileKind.Flair, FileKind.T1ce, FileKind.T1, FileKind.T2, FileKind.Label];
            foreach (FileKind kind in kinds)
                OwnFiles.RefuseToReplace(
                    Path.Combine(folder, names.PathOf(id, kind)), VolumeOrigin.Phantom, $"a file of the phantom '{id}'");
        }

        if (options.Layout == PhantomLayout.BraTS2020)
            TableFile.Check(Path.Combine(folder, NameMapping), s_mappingHeader, s_mappingHeader.Length);
    }

    private static BraTSCase WriteCase(
        string folder, int index, PhantomCase phantom, PhantomOptions options, ModalitySet present, CancellationToken cancellationToken)
    {
        PhantomNames names = new(options);
        string id = names.CaseId(index), labelPath = MakePath(FileKind.Label);
        BraTSCase written = new()
        {
            CaseId = id,
            LabelPath = labelPath,
            LabelConvention = options.Labels.Name,
            Layout = KnownLayouts.Read(LayoutPath.Of(labelPath)!)!.Layout,
            Grade = options.Layout != PhantomLayout.BraTS2020 ? "" : phantom.Grade == PhantomGrade.High ? CaseGrades.High : CaseGrades.Low,
        };
        if (names.IsOneFile)
        {
            string path = MakePath(FileKind.AllScans);
            VolumeFile.WriteAll(path, [.. DecathlonNames.Order.Select(Stored)], options.ImageType);
            foreach (Modality modality in ModalitySet.All)
                written.SetPath(modality, DecathlonNames.PathOf(path, modality));
        }

        foreach (Modality modality in names.IsOneFile ? ModalitySet.None : ModalitySet.All)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string path = MakePath((FileKind)modality);
            if (present.Contains(modality))
            {
                VolumeFile.Write(path, Stored(modality), options.ImageType);
                written.SetPath(modality, path);
            }
            else
            {
                File.Delete(path); // a scan of an earlier run would not be missing
            }
        }

        VolumeFile.Write(labelPath, phantom.Label, VoxelType.UInt8);
        return written;

        Volume Stored(Modality modality) => options.ImageType == VoxelType.UInt8 ? ScaleTo255(phantom[modality]) : phantom[modality];

        string MakePath(FileKind kind)
        {
            string path = Path.Combine(folder, names.PathOf(id, kind));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return path;
        }
    }

    // The brain stays above 0: outside is where a scan is 0.
    private static Volume ScaleTo255(Volume volume)
    {
        float largest = Math.Max(1, TensorPrimitives.Max(volume.Voxels));
        float[] voxels = new float[volume.Voxels.Length];
        for (int i = 0; i < voxels.Length; i++)
            voxels[i] = volume.Voxels[i] == 0 ? 0 : Math.Max(1, MathF.Round(volume.Voxels[i] / largest * byte.MaxValue));
        return new(volume.Grid, voxels) { Origin = volume.Origin };
    }
}
