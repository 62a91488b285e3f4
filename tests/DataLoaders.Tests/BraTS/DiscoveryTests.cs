using Smml.MLNet.Discovery;
using Smml.MLNet.Phantom;

namespace Smml.MLNet.Tests.BraTS;

/// <summary>From folders as hospitals and public data sets send them to cases. Nothing is lost without a word, and what is wrong with a
/// case costs that case.</summary>
public sealed class DiscoveryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("Patient-001/week-000-1/{FLAIR|CT1|T1|T2}", "Patient-001_week-000-1", "folder of one patient")] // LUMIERE
    [InlineData("P1/{FLAIR_r2s_bet_reg|CT1_r2s_bet_reg|T1_r2s_bet_reg|T2_r2s_bet_reg}", "P1", "folder of one patient")] // HD-GLIO
    [InlineData("UCSF-PDGM-0004_nifti/UCSF-PDGM-0004_{FLAIR|T1c|T1|T2}", "UCSF-PDGM-0004_nifti", "folder of one patient")]
    [InlineData(
        "images_structural/UPENN-GBM-00001_11/UPENN-GBM-00001_11_{FLAIR|T1GD|T1|T2}", "UPENN-GBM-00001_11", "folder of one patient")]
    [InlineData("EGD-0001/{4_FLAIR/NIFTI/FLAIR|2_T1GD/NIFTI/T1GD|1_T1/NIFTI/T1|3_T2/NIFTI/T2}", "EGD-0001", "folder of one patient")]
    [InlineData("anna/{flair/scan|t1_km/scan|t1/scan|t2/scan}", "anna", "folder of one patient")]
    [InlineData("sub-01/ses-02/anat/sub-01_ses-02_{FLAIR|ce-gd_T1w|T1w|T2w}", "sub-01_ses-02", "BIDS")]
    [InlineData("sub-01/anat/sub-01_{FLAIR|ce-gd_T1w|T1w|T2w}", "sub-01", "BIDS")]
    [InlineData("sub-0001/ses-0001/sub-0001_ses-0001_{t2f|t1c|t1n|t2w}", "sub-0001_ses-0001", "BIDS")]
    [InlineData(
        "sub-01/{FLAIR/sub-01_ses-post_FLAIR|T1c/sub-01_ses-post_ce-gd_T1w|T1/sub-01_ses-post_T1w|T2/sub-01_ses-post_T2w}",
        "sub-01_ses-post", "BIDS")]
    [InlineData("P001/{t2f|t1c|t1n|t2w}", "P001", "folder of one patient")] // GlioMODA
    [InlineData("{flair/anna_flair|t1ce/anna_t1ce|t1/anna_t1|t2/anna_t2}", "anna", "names of BraTS 2017 to 2021")]
    [InlineData("{flair/anna|t1ce/anna|t1/anna|t2/anna}", "data", "folder of one patient")] // one patient: the folder names it
    [InlineData("anna/20210304/{flair|t1_gd|t1|t2}", "anna_20210304", "folder of one patient")]
    [InlineData("anna/nifti/{flair|t1_gd|t1|t2}", "anna", "folder of one patient")]
    [InlineData("GD_001/GD_001_{flair|t1ce|t1|t2}", "GD_001", "names of BraTS 2017 to 2021")]
    [InlineData("flat/post_007_{flair|t1ce|t1|t2}", "post_007", "names of BraTS 2017 to 2021")]
    public void A_public_or_hospital_s_folder_is_read_whole(string files, string caseId, string layout)
    {
        string[] paths = Expand("data/" + files);
        Touch(paths);
        BraTSCase only = Assert.Single(BraTSDataset.Find(_folder["data"]));
        Assert.Equal((caseId, layout, ""), (only.CaseId, only.Layout, only.Problem));
        Assert.Equal(paths.Select(path => _folder[path]), ModalitySet.All.Select(only.PathOf));
        Assert.Equal("", only.UnusedFiles);
    }

    [Fact]
    public void A_folder_per_scan_with_a_file_per_patient_gives_the_patients()
    {
        Touch("t1/anna.nii", "t1/bob.nii", "flair/anna.nii", "t1_gd/bob.nii");
        Assert.Equal(
            ["anna: Flair+T1", "bob: T1ce+T1"], BraTSDataset.Find(_folder.Path).Select(item => $"{item.CaseId}: {item.Modalities}"));
    }

    [Fact]
    public void A_folder_is_the_same_however_it_is_written()
    {
        Touch("data/nifti/T1.nii.gz", "data/anna/T2.nii.gz", "data/bob/ses-01/T2.nii.gz");
        string[] expected = [.. Names(_folder["data"])];
        Assert.Equal(["anna", "bob_ses-01", "nifti"], expected);
        Assert.Equal(expected, Names(_folder["data"] + Path.DirectorySeparatorChar));
        Assert.Equal(expected, Names(_folder["data/anna/.."]));
        Assert.Equal(expected, Names(_folder.Path + "//data//"));

        static IEnumerable<string> Names(string folder) => BraTSDataset.Find(folder).Select(item => item.CaseId);
    }

    [Fact]
    public void Two_visits_of_two_patients_are_four_cases()
    {
        foreach (string patient in new[] { "Patient-001", "Patient-002" })
            Touch([.. Expand($"{patient}/week-000/{{CT1|T1}}"), .. Expand($"{patient}/week-012/{{CT1|T1}}")]);
        Assert.Equal(
            ["Patient-001_week-000", "Patient-001_week-012", "Patient-002_week-000", "Patient-002_week-012"],
            BraTSDataset.Find(_folder.Path).Select(item => item.CaseId));
    }

    [Fact]
    public void Two_patients_of_one_name_are_both_told_and_the_others_go_on()
    {
        Touch("a/001/flair.nii", "b/001/t1.nii", "c/Anna/t1.nii", "d/ANNA/t1.nii", "002/t1.nii", "e/x_t1.nii", "f/x_flair.nii");
        BraTSCaseList cases = BraTSDataset.Find(_folder.Path);
        Assert.Equal(["001", "001", "002", "ANNA", "Anna", "x", "x"], cases.Select(item => item.CaseId));
        Assert.Equal("", cases[2].Problem);
        Assert.All([cases[0], cases[1]], item =>
        {
            Assert.Contains(_folder["a/001"], item.Problem, StringComparison.Ordinal);
            Assert.Contains(_folder["b/001"], item.Problem, StringComparison.Ordinal);
            Assert.Single(item.Modalities); // never put together to one patient
        });
        Assert.All(cases.Skip(3), item => Assert.Contains("capitals", item.Problem, StringComparison.Ordinal));
    }

    [Fact]
    public void Files_of_results_below_a_case_are_not_further_cases()
    {
        Touch([
            .. Expand("P1/week-000/{CT1|T1|T2|FLAIR}"),
            "P1/week-000/DeepBraTumIA-segmentation/atlas/skull_strip/ct1_skull_strip.nii.gz",
            "P1/week-000/HD-GLIO-AUTO-segmentation/registered/CT1_r2s_bet_reg.nii.gz"]);
        BraTSCase only = Assert.Single(BraTSDataset.Find(_folder.Path));
        Assert.Equal(4, only.Modalities.Count);
        Assert.Equal(2, only.UnusedFiles.Split('|').Length);
    }

    [Fact]
    public void A_stray_scan_beside_the_patients_hides_none_of_them()
    {
        Touch("template_T1.nii.gz", "raw/anna/flair.nii.gz", "raw/bob/flair.nii.gz", "images/eve/flair.nii.gz");
        string[] names = [.. BraTSDataset.Find(_folder.Path).Select(item => item.CaseId)];
        Assert.Superset(new HashSet<string> { "anna", "bob", "eve" }, names.ToHashSet());
    }

    [Theory]
    [InlineData("brain_segmentation")]
    [InlineData("aseg_segmentation")]
    [InlineData("automated_approx_segm")]
    [InlineData("tissue_seg")]
    [InlineData("t1_seg")]
    [InlineData("brainmask")]
    public void A_segmentation_of_something_else_is_no_label(string name)
    {
        Touch([.. Expand("a/BraTS2021_01701_{flair|t1|t1ce|t2}"), $"a/{name}.nii.gz", .. Expand("b/{flair|t1}"), $"b/{name}.nii.gz"]);
        Assert.All(BraTSDataset.Find(_folder.Path), item =>
        {
            Assert.Equal("", item.LabelPath);
            Assert.Contains(name, item.UnusedFiles, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Labels_in_a_folder_of_their_own_find_their_case()
    {
        Touch([
            .. Expand("images_structural/UPENN-GBM-00001_11/UPENN-GBM-00001_11_{T1|T1GD}"),
            "images_segm/UPENN-GBM-00001_11_segm.nii.gz", "automated_segm/UPENN-GBM-00001_11_automated_approx_segm.nii.gz"]);
        BraTSCase only = Assert.Single(BraTSDataset.Find(_folder.Path));
        Assert.Equal((_folder["images_segm/UPENN-GBM-00001_11_segm.nii.gz"], "BraTS2018"), (only.LabelPath, only.LabelConvention));
    }

    [Fact]
    public void A_bias_corrected_copy_is_not_a_second_scan()
    {
        Touch([.. Expand("UCSF-PDGM-0004_nifti/UCSF-PDGM-0004_{T1|T1_bias|T1c|T1c_bias|tumor_segmentation|ADC}")]);
        BraTSCase only = Assert.Single(BraTSDataset.Find(_folder.Path));
        Assert.Equal(("", ModalitySet.Of(Modality.T1, Modality.T1ce)), (only.Problem, only.Modalities));
        Assert.EndsWith("_T1c.nii.gz", only.T1cePath, StringComparison.Ordinal);
        Assert.EndsWith("_tumor_segmentation.nii.gz", only.LabelPath, StringComparison.Ordinal);
        Assert.Equal(3, only.UnusedFiles.Split('|').Length);
    }

    [Theory]
    [InlineData("anna/t1_t2.nii")]
    [InlineData("anna/flair_gd.nii")]
    [InlineData("anna/post/t1.nii")]
    [InlineData("anna/T1/flair_t1.nii")]
    public void A_patient_without_a_clear_scan_does_not_disappear(string path)
    {
        Touch(path, "bob/t1.nii");
        BraTSCaseList cases = BraTSDataset.Find(_folder.Path);
        Assert.Equal(2, cases.Count);
        BraTSCase refused = Assert.Single(cases, item => item.CaseId != "bob");
        Assert.StartsWith("anna", refused.CaseId, StringComparison.Ordinal);
        Assert.Contains(_folder[path], refused.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void One_strange_name_among_several_patients_of_a_folder_costs_its_patient_only()
    {
        Touch([
            .. Expand("flat/bob_{flair|t1|t1ce}"), .. Expand("flat/eve_{flair|t1|t1c}"),
            "flat/anna_gd_flair.nii.gz", "flat/ida_post_t1.nii.gz"]);
        BraTSCaseList cases = BraTSDataset.Find(_folder.Path);
        Assert.Equal(["anna_gd", "bob", "eve", "ida_post"], cases.Select(item => item.CaseId));
        Assert.Equal((3, "", ""), (cases[1].Modalities.Count, cases[1].Problem, cases[1].UnusedFiles));
        Assert.Equal((ModalitySet.Of(Modality.Flair, Modality.T1), ""), (cases[2].Modalities, cases[2].Problem));
        Assert.Contains("eve_t1c.nii.gz (named otherwise", cases[2].UnusedFiles, StringComparison.Ordinal);
        Assert.All([cases[0], cases[3]], item => Assert.Contains("manifest", item.Problem, StringComparison.Ordinal));
    }

    [Fact]
    public void The_word_of_a_folder_counts_where_a_scan_has_a_folder_of_its_own()
    {
        Touch("anna/T1_post/t1.nii", "anna/T1/t1.nii", "anna/T1_map/t1.nii");
        BraTSCase only = Assert.Single(BraTSDataset.Find(_folder.Path));
        Assert.Equal((_folder["anna/T1_post/t1.nii"], _folder["anna/T1/t1.nii"]), (only.T1cePath, only.T1Path));
        Assert.Contains(_folder["anna/T1_map/t1.nii"], only.UnusedFiles, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_to_a_case_or_above_it_is_said_and_not_followed()
    {
        Touch([.. Expand("data/P1/P1_{flair|t1}")]);
        Directory.CreateSymbolicLink(_folder["data/latest"], "P1");
        Directory.CreateSymbolicLink(_folder["data/P1/up"], "..");
        Directory.CreateSymbolicLink(_folder["data/above"], "../..");
        File.CreateSymbolicLink(_folder["data/P1/current_t1.nii.gz"], "P1_t1.nii.gz");
        BraTSCaseList cases = BraTSDataset.Find(_folder["data"]);
        BraTSCase only = Assert.Single(cases);
        Assert.Equal(("P1", "", 2), (only.CaseId, only.Problem, only.Modalities.Count));
        foreach (string link in new[] { "data/latest", "data/P1/up", "data/above", "data/P1/current_t1.nii.gz" })
            Assert.Contains(cases.Notes, note => note.StartsWith(_folder[link] + ":", StringComparison.Ordinal));
    }

    [Fact]
    public void Links_to_elsewhere_are_read_as_files_and_folders()
    {
        Touch([.. Expand("store/x1/P1_{flair|t1}"), "store/blob1.nii.gz", "store/blob2.nii.gz"]);
        Directory.CreateDirectory(_folder["data/P2"]);
        Directory.CreateSymbolicLink(_folder["data/P1"], "../store/x1");
        File.CreateSymbolicLink(_folder["data/P2/P2_t1.nii.gz"], "../../store/blob1.nii.gz");
        File.CreateSymbolicLink(_folder["data/P2/P2_t2.nii.gz"], "../../store/blob2.nii.gz");
        BraTSCaseList cases = BraTSDataset.Find(_folder["data"]);
        Assert.Equal(["P1", "P2"], cases.Select(item => item.CaseId));
        Assert.Equal(_folder["data/P1/P1_flair.nii.gz"], cases[0].FlairPath);
        Assert.All(cases, item => Assert.Equal(("", 2), (item.Problem, item.Modalities.Count)));

        // the store within the folder: the names that say something count
        Assert.Equal(["P1", "P2"], BraTSDataset.Find(_folder.Path).Select(item => item.CaseId));
    }

    [Fact]
    public void A_broken_link_stays_the_scan_of_its_case()
    {
        Touch([.. Expand("Z/Z_{flair|t1}")]);
        File.CreateSymbolicLink(_folder["Z/Z_t1ce.nii.gz"], "../.git/annex/objects/missing");
        File.CreateSymbolicLink(_folder["Z/notes"], "nowhere");
        BraTSCaseList cases = BraTSDataset.Find(_folder.Path);
        Assert.Equal(_folder["Z/Z_t1ce.nii.gz"], Assert.Single(cases).T1cePath);
        Assert.Contains("nowhere", Assert.Single(cases.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_may_not_be_opened_is_a_refused_case()
    {
        Touch("P1/P1_t1.nii.gz", "P2/P2_t1.nii.gz");
        // root may open every folder, so the file system's answer is played
        FolderWalk walk = FolderWalk.Of(_folder.Path, folder => folder == _folder["P2"]
            ? throw new UnauthorizedAccessException()
            : new DirectoryInfo(folder).EnumerateFileSystemInfos());
        BraTSCaseList cases = BraTSDataset.Collect(_folder.Path, walk);
        Assert.Equal(["P1", "P2"], cases.Select(item => item.CaseId));
        Assert.StartsWith(_folder["P2"] + ":", cases[1].Problem, StringComparison.Ordinal);
        Assert.Contains("permission denied", cases[1].Problem, StringComparison.Ordinal);
        Assert.Throws<UnauthorizedAccessException>(() => FolderWalk.Of(_folder.Path, _ => throw new UnauthorizedAccessException()));
    }

    [Fact]
    public void Phantoms_beside_real_cases_are_left_out_with_a_word()
    {
        PhantomDataset.Write(_folder["data/phantoms"], 2, 1, new() { Shape = new(16, 16, 16), Spacing = (10, 10, 10) });
        Assert.Equal(2, BraTSDataset.Find(_folder["data"]).Count);

        // neither a damaged file of a phantom nor a patient of whom nothing can be read makes them a mixed data set
        File.WriteAllBytes(_folder["data/phantoms/Phantom_0001/Phantom_0001_seg.nii.gz"], []);
        Touch("data/doubtful/T1_T2.nii.gz");
        Assert.Equal(3, BraTSDataset.Find(_folder["data"]).Count);
        Directory.Delete(_folder["data/doubtful"], recursive: true);

        Touch([.. Expand("data/P1/P1_{flair|t1}")]);
        BraTSCaseList cases = BraTSDataset.Find(_folder["data"]);
        Assert.Equal("P1", Assert.Single(cases).CaseId);
        Assert.Contains("2 phantoms", Assert.Single(cases.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_segmentation_of_this_library_is_no_label_until_somebody_corrects_it()
    {
        Touch([.. Expand("P1/P1_{flair|t1}")]);
        VolumeGrid grid = new(new(4, 4, 4), new(-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0));
        float[] labels = new float[64];
        labels[5] = 4;
        Volume own = new(grid, labels) { Origin = Volumes.VolumeOrigin.Segmentation };
        string path = _folder["P1/P1_seg.nii.gz"];
        VolumeFile.Write(path, own, VoxelType.UInt8);
        Assert.Equal(Volumes.VolumeOrigin.Segmentation, VolumeFile.Read(path).Origin);

        BraTSCase only = Assert.Single(BraTSDataset.Find(_folder.Path));

        Assert.Equal("", only.LabelPath);
        Assert.Contains("this library wrote", only.UnusedFiles, StringComparison.Ordinal);

        // another type, the same voxels; then, one voxel changed under the mark that the other program kept
        VolumeFile.Write(path, VolumeFile.Read(path), VoxelType.Float32, VolumeFileFormat.Nifti2);
        Assert.Equal("", Assert.Single(BraTSDataset.Find(_folder.Path)).LabelPath);
        VolumeFile.Write(_folder["P1/P1_seg.nii"], own, VoxelType.UInt8);
        File.Delete(path);
        byte[] bytes = File.ReadAllBytes(_folder["P1/P1_seg.nii"]);
        bytes[352 + 6] = 4;
        File.WriteAllBytes(_folder["P1/P1_seg.nii"], bytes);
        Assert.Equal(_folder["P1/P1_seg.nii"], Assert.Single(BraTSDataset.Find(_folder.Path)).LabelPath);
    }

    [Fact]
    public void Results_below_the_data_folder_are_neither_a_case_nor_a_label()
    {
        Touch([.. Expand("P1/P1_{flair|t1}"), .. Expand("P2/P2_{flair|t1}")]);
        Directory.CreateDirectory(_folder["out"]);
        VolumeGrid grid = new(new(4, 4, 4), new(-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 1, 0));
        foreach (string name in new[] { "P1", "gone" })
            VolumeFile.Write(
                _folder[$"out/{name}_seg.nii.gz"],
                new Volume(grid, new float[64]) { Origin = Volumes.VolumeOrigin.Segmentation },
                VoxelType.UInt8);
        Touch("out/P1_disagreement.nii.gz");
        BraTSCaseList cases = BraTSDataset.Find(_folder.Path);
        Assert.Equal(["P1 ", "P2 "], cases.Select(item => $"{item.CaseId} {item.LabelPath}"));
        Assert.Contains("this library wrote", cases[0].UnusedFiles, StringComparison.Ordinal);
        Assert.Contains(cases.Notes, note => note.Contains("gone_seg.nii.gz: not used, a segmentation that", StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();

    private void Touch(params string[] paths)
    {
        foreach (string path in paths)
            _folder.Write(path, []);
    }

    private static string[] Expand(string pattern)
    {
        int open = pattern.IndexOf('{', StringComparison.Ordinal), close = pattern.IndexOf('}', StringComparison.Ordinal);
        return [.. pattern[(open + 1)..close].Split('|').Select(middle => pattern[..open] + middle + pattern[(close + 1)..] + ".nii.gz")];
    }
}
