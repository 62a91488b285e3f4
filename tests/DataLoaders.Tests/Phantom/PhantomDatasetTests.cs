using Smml.MLNet.Phantom;

namespace Smml.MLNet.Tests.Phantom;

public sealed class PhantomDatasetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("BraTS2018", "Phantom_0001/Phantom_0001_t1ce.nii.gz")]
    [InlineData("BraTS2023", "Phantom-0001/Phantom-0001-t1c.nii.gz")]
    public void What_is_written_is_found_as_a_BraTS_folder(string convention, string name)
    {
        PhantomOptions options = new()
        {
            Shape = new(20, 24, 20),
            Spacing = (7.6, 7.6, 7.6),
            Labels = LabelConvention.FromName(convention),
        };
        List<int> progress = [];
        IReadOnlyList<BraTSCase> written = PhantomDataset.Write(_folder.Path, 2, 5, options, progress: new Collector(progress));

        IReadOnlyList<BraTSCase> found = BraTSDataset.Find(_folder.Path);

        Assert.Equal([1, 2], progress);
        Assert.Equal(written.Select(Cells), found.Select(Cells));
        Assert.Equal(_folder[name], found[0].T1cePath);
        Assert.Equal(convention, found[0].LabelConvention);
        PhantomCase second = PhantomGenerator.Generate(PhantomDataset.SeedOf(5, 1), options);
        Assert.Equal(second[Modality.T2].Voxels, VolumeFile.Read(found[1].T2Path).Voxels);
        Assert.Equal(second.Label.Voxels, VolumeFile.Read(found[1].LabelPath).Voxels);
        Assert.Equal(VoxelType.Int16, VolumeFile.ReadHeader(found[1].T2Path).DataType);
        Assert.Equal(VoxelType.UInt8, VolumeFile.ReadHeader(found[1].LabelPath).DataType);
    }

    [Theory]
    [InlineData(PhantomLayout.BraTS2018, "BraTS 2018", "BraTS2018", "Brats18_PHA_1_1/Brats18_PHA_1_1_t1ce.nii.gz")]
    [InlineData(PhantomLayout.BraTS2020, "BraTS 2020", "BraTS2018", "BraTS20_Training_001/BraTS20_Training_001_t1ce.nii.gz")]
    [InlineData(PhantomLayout.BraTS2021, "BraTS 2021", "BraTS2018", "BraTS2021_00001/BraTS2021_00001_t1ce.nii.gz")]
    [InlineData(PhantomLayout.BraTS2023, "BraTS 2023 (GLI)", "BraTS2023", "BraTS-GLI-00001-000/BraTS-GLI-00001-000-t1c.nii.gz")]
    [InlineData(PhantomLayout.BraTS2024, "BraTS 2024 (GLI)", "BraTS2024", "BraTS-GLI-00001-100/BraTS-GLI-00001-100-t1c.nii.gz")]
    [InlineData(PhantomLayout.MsdTask01, "MSD Task01", "MsdTask01", "imagesTr/BRATS_001.nii.gz#2")]
    public void Names_of_a_challenge_are_found_as_that_challenge(PhantomLayout layout, string name, string convention, string path)
    {
        PhantomOptions options = new() { Shape = new(20, 24, 20), Spacing = (7.6, 7.6, 7.6), Layout = layout };
        IReadOnlyList<BraTSCase> written = PhantomDataset.Write(_folder.Path, 3, 5, options);

        IReadOnlyList<BraTSCase> found = BraTSDataset.Find(_folder.Path);

        Assert.Equal(written.Select(Cells), found.Select(Cells));
        Assert.Equal((_folder[path], name, convention), (found[0].T1cePath, found[0].Layout, found[0].LabelConvention));
        Assert.Equal(layout == PhantomLayout.BraTS2020, found[0].Grade.Length > 0);
        Assert.Contains(
            3,
            found.Select(item => LabelConvention.FromName(convention).ToClasses(VolumeFile.Read(item.LabelPath)).Max(value => (int)value)));
    }

    [Fact]
    public void The_four_scans_of_the_Decathlon_are_the_volumes_of_one_file()
    {
        PhantomOptions options = new() { Shape = new(20, 24, 20), Spacing = (7.6, 7.6, 7.6), Layout = PhantomLayout.MsdTask01 };
        BraTSCase only = Assert.Single(PhantomDataset.Write(_folder.Path, 1, 5, options));
        PhantomCase phantom = PhantomGenerator.Generate(PhantomDataset.SeedOf(5, 0), options);

        foreach (Modality modality in ModalitySet.All)
            Assert.Equal(phantom[modality].Voxels, VolumeFile.Read(only.PathOf(modality)).Voxels);
        Volume usual = PhantomGenerator.Generate(
            PhantomDataset.SeedOf(5, 0), new() { Shape = options.Shape, Spacing = options.Spacing }).Label;
        Assert.Equal(LabelConvention.BraTS2018.ToClasses(usual), LabelConvention.MsdTask01.ToClasses(VolumeFile.Read(only.LabelPath)));
        Assert.Contains(
            "one file",
            Assert.Throws<ArgumentException>(
                () => PhantomDataset.Write(_folder.Path, 1, 5, options, _ => ModalitySet.Of(Modality.T1))).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(VoxelType.UInt8, true)]
    [InlineData(VoxelType.Float32, false)]
    public void Scans_are_stored_in_the_type_that_was_asked_for(VoxelType type, bool compress)
    {
        PhantomOptions options = new() { Shape = new(20, 24, 20), Spacing = (7.6, 7.6, 7.6), ImageType = type, Compress = compress };
        BraTSCase only = Assert.Single(PhantomDataset.Write(_folder.Path, 1, 5, options));
        Volume whole = PhantomGenerator.Generate(PhantomDataset.SeedOf(5, 0), options)[Modality.T1], stored = VolumeFile.Read(only.T1Path);

        Assert.EndsWith(compress ? "_t1.nii.gz" : "_t1.nii", only.T1Path, StringComparison.Ordinal);
        Assert.Equal(type, VolumeFile.ReadHeader(only.T1Path).DataType);
        Assert.Equal(whole.Voxels.ToArray().Select(value => value > 0), stored.Voxels.ToArray().Select(value => value > 0));
        Assert.Equal(type == VoxelType.UInt8 ? 255 : whole.Voxels.ToArray().Max(), stored.Voxels.ToArray().Max());
    }

    [Fact]
    public void A_missing_modality_has_no_file_even_when_an_earlier_run_wrote_one()
    {
        PhantomOptions options = new() { Shape = new(12, 14, 12), Spacing = (12, 12, 12) };
        PhantomDataset.Write(_folder.Path, 2, 1, options);
        PhantomDataset.Write(
            _folder.Path, 2, 1, options, missing: index => index == 1 ? ModalitySet.Of(Modality.T1ce, Modality.T2) : ModalitySet.None);

        IReadOnlyList<BraTSCase> found = BraTSDataset.Find(_folder.Path);

        Assert.Equal(ModalitySet.All, found[0].Modalities);
        Assert.Equal(ModalitySet.Of(Modality.Flair, Modality.T1), found[1].Modalities);
        Assert.Throws<ArgumentException>(() => PhantomDataset.Write(_folder.Path, 1, 1, options, missing: _ => ModalitySet.All));
    }

    [Theory]
    [InlineData(PhantomLayout.BraTS2020, "BraTS20_Training_002/BraTS20_Training_002_t1.nii.gz")]
    [InlineData(PhantomLayout.MsdTask01, "imagesTr/BRATS_002.nii.gz")]
    public void Files_that_are_no_phantom_s_are_never_replaced(PhantomLayout layout, string name)
    {
        PhantomOptions options = new() { Layout = layout, Shape = new(12, 14, 12), Spacing = (12, 12, 12) };
        byte[] patient = [1, 2, 3];
        _folder.Write(name, patient);
        string message = Assert.Throws<InvalidDataException>(() => PhantomDataset.Write(_folder.Path, 2, 1, options)).Message;
        Assert.Contains(_folder[name], message, StringComparison.Ordinal);
        Assert.Equal(patient, File.ReadAllBytes(_folder[name]));
        Assert.Single(Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories)); // nothing was written before

        File.Delete(_folder[name]);
        PhantomDataset.Write(_folder.Path, 2, 1, options);
        PhantomDataset.Write(_folder.Path, 2, 2, options); // phantoms are replaced
    }

    [Fact]
    public void The_grades_of_real_cases_are_never_replaced()
    {
        PhantomOptions options = new() { Layout = PhantomLayout.BraTS2020, Shape = new(12, 14, 12), Spacing = (12, 12, 12) };
        const string Real = "Grade,BraTS_2017_subject_ID,BraTS_2020_subject_ID\nHGG,Brats17_CBICA_AAB_1,BraTS20_Training_001\n";
        File.WriteAllText(_folder["name_mapping.csv"], Real);
        string message = Assert.Throws<IOException>(() => PhantomDataset.Write(_folder.Path, 1, 1, options)).Message;
        Assert.Contains(_folder["name_mapping.csv"], message, StringComparison.Ordinal);
        Assert.Equal(Real, File.ReadAllText(_folder["name_mapping.csv"]));
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Sets_of_neighbouring_seeds_share_no_case() =>
        Assert.Equal(
            300,
            Enumerable.Range(0, 3)
                .SelectMany(seed => Enumerable.Range(0, 100).Select(index => PhantomDataset.SeedOf(seed, index)))
                .Distinct()
                .Count());

    [Fact]
    public void Writing_can_be_cancelled()
    {
        using CancellationTokenSource source = new();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => PhantomDataset.Write(_folder.Path, 1, 1, cancellationToken: source.Token));
    }

    public void Dispose() => _folder.Dispose();

    private static string Cells(BraTSCase item) =>
        string.Join('|', typeof(BraTSCase).GetProperties().Select(property => property.GetValue(item)));

    private sealed class Collector(List<int> reports) : IProgress<int>
    {
        public void Report(int value) => reports.Add(value);
    }
}
