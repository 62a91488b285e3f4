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
        PhantomOptions options = new() { Shape = new(20, 24, 20), Spacing = (7.6, 7.6, 7.6), Labels = LabelConvention.FromName(convention) };
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

    [Fact]
    public void A_missing_modality_has_no_file_even_when_an_earlier_run_wrote_one()
    {
        PhantomOptions options = new() { Shape = new(12, 14, 12), Spacing = (12, 12, 12) };
        PhantomDataset.Write(_folder.Path, 2, 1, options);
        PhantomDataset.Write(_folder.Path, 2, 1, options, missing: index => index == 1 ? ModalitySet.Of(Modality.T1ce, Modality.T2) : ModalitySet.None);

        IReadOnlyList<BraTSCase> found = BraTSDataset.Find(_folder.Path);

        Assert.Equal(ModalitySet.All, found[0].Modalities);
        Assert.Equal(ModalitySet.Of(Modality.Flair, Modality.T1), found[1].Modalities);
        Assert.Throws<ArgumentException>(() => PhantomDataset.Write(_folder.Path, 1, 1, options, missing: _ => ModalitySet.All));
    }

    [Fact]
    public void Sets_of_neighbouring_seeds_share_no_case() =>
        Assert.Equal(300, Enumerable.Range(0, 3).SelectMany(seed => Enumerable.Range(0, 100).Select(index => PhantomDataset.SeedOf(seed, index))).Distinct().Count());

    [Fact]
    public void Writing_can_be_cancelled()
    {
        using CancellationTokenSource source = new();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => PhantomDataset.Write(_folder.Path, 1, 1, cancellationToken: source.Token));
    }

    public void Dispose() => _folder.Dispose();

    private static string Cells(BraTSCase item) => string.Join('|', typeof(BraTSCase).GetProperties().Select(property => property.GetValue(item)));

    private sealed class Collector(List<int> reports) : IProgress<int>
    {
        public void Report(int value) => reports.Add(value);
    }
}
