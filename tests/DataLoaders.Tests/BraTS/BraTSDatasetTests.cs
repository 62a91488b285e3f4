namespace Smml.MLNet.Tests.BraTS;

public sealed class BraTSDatasetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void The_names_of_2018_to_2021_are_found_at_any_depth_and_sorted()
    {
        Touch("LGG/Brats18_B_1", "Brats18_B_1", '_', "flair.nii.gz", "t1.nii.gz", "t1ce.nii.gz", "t2.nii.gz", "seg.nii.gz");
        Touch("HGG/Brats18_C_1", "Brats18_C_1", '_', "t2.nii", "T1CE.nii");
        Touch("HGG/deep/er/Brats18_A_1", "Brats18_A_1", '_', "flair.nii.gz");
        _folder.Write("name_mapping.csv", []);
        _folder.Write("HGG/._Brats18_C_1_t1.nii.gz", []);

        IReadOnlyList<BraTSCase> cases = BraTSDataset.Find(_folder.Path);

        Assert.Equal(["Brats18_A_1", "Brats18_B_1", "Brats18_C_1"], cases.Select(item => item.CaseId));
        Assert.All(cases, item => Assert.Equal("BraTS2018", item.LabelConvention));
        Assert.Equal(_folder["LGG/Brats18_B_1/Brats18_B_1_t1ce.nii.gz"], cases[1].T1cePath);
        Assert.Equal(_folder["LGG/Brats18_B_1/Brats18_B_1_seg.nii.gz"], cases[1].LabelPath);
        Assert.Equal(ModalitySet.Of(Modality.T1ce, Modality.T2), cases[2].Modalities);
        Assert.Equal("", cases[2].T1Path);
        Assert.Equal("", cases[2].LabelPath);
    }

    [Fact]
    public void The_names_of_2023_carry_their_own_convention()
    {
        Touch("BraTS-GLI-00001-000", "BraTS-GLI-00001-000", '-', "t1c.nii.gz", "t1n.nii.gz", "t2f.nii.gz", "t2w.nii.gz", "seg.nii.gz");

        BraTSCase only = Assert.Single(BraTSDataset.Find(_folder.Path));

        Assert.Equal(("BraTS-GLI-00001-000", "BraTS2023", 4), (only.CaseId, only.LabelConvention, only.Modalities.Count));
        Assert.EndsWith("-t2f.nii.gz", only.FlairPath, StringComparison.Ordinal);
        Assert.EndsWith("-t1n.nii.gz", only.T1Path, StringComparison.Ordinal);
        Assert.EndsWith("-t1c.nii.gz", only.T1cePath, StringComparison.Ordinal);
        Assert.EndsWith("-t2w.nii.gz", only.T2Path, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_of_another_name_is_found_where_it_can_be_no_other()
    {
        Touch("BraTS20_Training_355", "BraTS20_Training_355", '_', "flair.nii", "t1.nii");
        _folder.Write("BraTS20_Training_355/W39_1998.09.19_Segm.nii", []);
        Assert.EndsWith("Segm.nii", Assert.Single(BraTSDataset.Find(_folder.Path)).LabelPath, StringComparison.Ordinal);

        _folder.Write("BraTS20_Training_355/other_segmentation.nii", []);
        Assert.Equal("", Assert.Single(BraTSDataset.Find(_folder.Path)).LabelPath);
    }

    [Fact]
    public void A_folder_without_cases_is_refused_with_what_was_looked_for()
    {
        _folder.Write("scan.nii.gz", []);
        InvalidDataException e = Assert.Throws<InvalidDataException>(() => BraTSDataset.Find(_folder.Path));
        Assert.StartsWith(_folder.Path, e.Message, StringComparison.Ordinal);
        Assert.Contains("_{flair,t1,t1ce,t2,seg}", e.Message, StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => BraTSDataset.Find(_folder["absent"]));
    }

    public void Dispose() => _folder.Dispose();

    private void Touch(string folder, string id, char separator, params string[] ends)
    {
        foreach (string end in ends)
            _folder.Write($"{folder}/{id}{separator}{end}", []);
    }
}
