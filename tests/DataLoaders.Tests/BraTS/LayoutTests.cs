namespace Smml.MLNet.Tests.BraTS;

/// <summary>Every layout, from relative paths to cases. The files are empty: <see cref="BraTSDataset.Find"/> opens none.</summary>
public sealed class LayoutTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("BRATS 2012", "BraTS2012", "HGG", "BRATS_HG0015", "BRATS_HG0015/BRATS_HG0015_{FLAIR|T1C|T1|T2|truth}.mha")]
    [InlineData("BRATS 2012", "BraTS2012", "LGG", "BRATS_LG0001", "BRATS_LG0001/BRATS_LG0001_{FLAIR|T1C|T1|T2|truth}.mha")]
    [InlineData(
        "BRATS 2013", "BraTS2015", "HGG", "HG_0001",
        "Image_Data/HG/0001/{VSD.Brain.XX.O.MR_Flair/VSD.Brain.XX.O.MR_Flair.684|VSD.Brain.XX.O.MR_T1c/VSD.Brain.XX.O.MR_T1c.686|"
        + "VSD.Brain.XX.O.MR_T1/VSD.Brain.XX.O.MR_T1.685"
        + "|VSD.Brain.XX.O.MR_T2/VSD.Brain.XX.O.MR_T2.687|VSD.Brain_3more.XX.XX.OT/VSD.Brain_3more.XX.XX.OT.6560}.mha")]
    [InlineData(
        "BraTS 2015", "BraTS2015", "LGG", "brats_2013_pat0005_1",
        "BRATS2015_Training/LGG/brats_2013_pat0005_1/{VSD.Brain.XX.O.MR_Flair.54512/VSD.Brain.XX.O.MR_Flair.54512|"
        + "VSD.Brain.XX.O.MR_T1c.54514/VSD.Brain.XX.O.MR_T1c.54514"
        + "|VSD.Brain.XX.O.MR_T1.54513/VSD.Brain.XX.O.MR_T1.54513|VSD.Brain.XX.O.MR_T2.54515/VSD.Brain.XX.O.MR_T2.54515|"
        + "VSD.Brain_3more.XX.O.OT.54517/VSD.Brain_3more.XX.O.OT.54517}.mha")]
    [InlineData(
        "BraTS 2015", "BraTS2015", "HGG", "brats_tcia_pat118_0001",
        "HGG/brats_tcia_pat118_0001/{VSD.Brain.XX.O.MR_Flair.1|VSD.Brain.XX.O.MR_T1c.2|VSD.Brain.XX.O.MR_T1.3|VSD.Brain.XX.O.MR_T2.4|"
        + "VSD.Brain_3more.XX.XX.OT.5}.mha")]
    [InlineData(
        "BraTS 2017", "BraTS2018", "HGG", "Brats17_TCIA_606_1", "HGG/Brats17_TCIA_606_1/Brats17_TCIA_606_1_{flair|t1ce|t1|t2|seg}.nii.gz")]
    [InlineData(
        "BraTS 2018",
        "BraTS2018",
        "LGG",
        "Brats18_2013_0_1",
        "MICCAI_BraTS_2018_Data_Training/LGG/Brats18_2013_0_1/Brats18_2013_0_1_{flair|t1ce|t1|t2|seg}.nii.gz")]
    [InlineData(
        "BraTS 2019", "BraTS2018", "HGG", "BraTS19_2013_0_1", "HGG/BraTS19_2013_0_1/BraTS19_2013_0_1_{flair|t1ce|t1|t2|seg}.nii.gz")]
    [InlineData(
        "BraTS 2020",
        "BraTS2018",
        "HGG",
        "BraTS20_Training_259",
        "MICCAI_BraTS2020_TrainingData/BraTS20_Training_259/BraTS20_Training_259_{flair|t1ce|t1|t2|seg}.nii")]
    [InlineData(
        "BraTS 2020",
        "BraTS2018",
        "LGG",
        "BraTS20_Training_260",
        "BraTS20_Training_260/BraTS20_Training_260_{flair|t1ce|t1|t2|seg}.nii.gz")]
    [InlineData("BraTS 2021", "BraTS2018", "", "BraTS2021_00000", "BraTS2021_00000/BraTS2021_00000_{flair|t1ce|t1|t2|seg}.nii.gz")]
    [InlineData(
        "BraTS 2023 (GLI)",
        "BraTS2023",
        "",
        "BraTS-GLI-00000-000",
        "ASNR-MICCAI-BraTS2023-GLI-Challenge-TrainingData/BraTS-GLI-00000-000/BraTS-GLI-00000-000-{t2f|t1c|t1n|t2w|seg}.nii.gz")]
    [InlineData("BraTS 2023 (GLI)", "BraTS2023", "", "BraTS-GLI-00000-099", "x/BraTS-GLI-00000-099-{t2f|t1c|t1n|t2w|seg}.nii.gz")]
    [InlineData(
        "BraTS 2024 (GLI)",
        "BraTS2024",
        "",
        "BraTS-GLI-00005-100",
        "x/BraTS-GLI-00005-100/BraTS-GLI-00005-100-{t2f|t1c|t1n|t2w|seg}.nii.gz")]
    [InlineData(
        "BraTS 2023 (MEN)", "BraTS2023", "", "BraTS-MEN-00004-000", "BraTS-MEN-00004-000/BraTS-MEN-00004-000-{t2f|t1c|t1n|t2w|seg}.nii.gz")]
    [InlineData(
        "BraTS 2023 (MET)", "BraTS2023", "", "BraTS-MET-00110-000", "BraTS-MET-00110-000/BraTS-MET-00110-000-{t2f|t1c|t1n|t2w|seg}.nii.gz")]
    [InlineData(
        "BraTS 2023 (SSA)", "BraTS2023", "", "BraTS-SSA-00002-000", "BraTS-SSA-00002-000/BraTS-SSA-00002-000-{t2f|t1c|t1n|t2w|seg}.nii.gz")]
    [InlineData(
        "BraTS 2023 (PED)",
        "BraTS2023",
        "",
        "BraTS-PED-00002-000",
        "ASNR-MICCAI-BraTS2023-PED-Challenge-TrainingData/BraTS-PED-00002-000/BraTS-PED-00002-000-{t2f|t1c|t1n|t2w|seg}.nii.gz")]
    [InlineData(
        "BraTS 2024 (PED)",
        "BraTS2024Ped",
        "",
        "BraTS-PED-00181-000",
        "BraTS-PEDs2024_Training/BraTS-PED-00181-000/BraTS-PED-00181-000-{t2f|t1c|t1n|t2w|seg}.nii.gz")]
    [InlineData(
        "BraTS 2024 (PED)",
        "BraTS2024Ped",
        "",
        "BraTS-PED-00001-000",
        "BraTS-2024-Complete/BraTS-PED/BraTS-PED-00001-000/BraTS-PED-00001-000-{t2f|t1c|t1n|t2w|seg}.nii.gz")]
    [InlineData(
        "BraTS, year unknown (PED)", "", "", "BraTS-PED-00181-000", "BraTS-PED-00181-000/BraTS-PED-00181-000-{t2f|t1c|t1n|t2w|seg}.nii.gz")]
    [InlineData(
        "BraTS, year unknown (MET)", "", "", "BraTS-MET-00110-000", "BraTS2025-MET/BraTS-MET-00110-000-{t2f|t1c|t1n|t2w|seg}.nii.gz")]
    [InlineData("BraTS, year unknown", "", "", "BraTS-GoAT-00110", "BraTS-GoAT-00110/BraTS-GoAT-00110-{t2f|t1c|t1n|t2w|seg}.nii.gz")]
    [InlineData("names of BraTS 2017 to 2021", "BraTS2018", "", "anna", "x/anna_{flair|t1ce|t1|t2|seg}.mhd")]
    [InlineData("names of BraTS 2023", "BraTS2023", "", "anna", "x/anna-{t2f|t1c|t1n|t2w|seg}.nii.gz")]
    [InlineData("folder of one patient", "", "", "anna", "anna/{flair|t1ce|t1|t2|seg}.nii.gz")]
    [InlineData("folder of one patient", "", "", "anna", "anna/{2020 T2-FLAIR|x_T1_Gd|x T1w|x.T2w|x_truth}.nii")]
    [InlineData("folder of one patient", "", "", "anna", "anna/{t2-flair_x|t1w-post|t1_pre|t2|roi_label}.HDR.GZ")]
    [InlineData("folder of one patient", "", "", "SimBRATS_HG0001", "SimBRATS_HG0001/SimBRATS_HG0001_{FLAIR|T1C|T1|T2|truth}.mha")]
    [InlineData(
        "folder of one patient",
        "",
        "",
        "TCGA-FG-6692",
        "TCGA-FG-6692/{OtherEXampleFromTCIA_fla_bet|OtherEXampleFromTCIA_t1c_bet|OtherEXampleFromTCIA_t1_bet|"
        + "OtherEXampleFromTCIA_t2_bet|gt_segm}.nii.gz")]
    public void A_case_of_each_layout_is_found_with_its_label_convention(
        string layout, string convention, string grade, string caseId, string files)
    {
        (string[] paths, string start, string end) = Expand(files);
        foreach (string path in paths)
            _folder.Write(path, []);

        BraTSCase found = Assert.Single(BraTSDataset.Find(_folder.Path));

        Assert.Equal((caseId, layout, convention, grade), (found.CaseId, found.Layout, found.LabelConvention, found.Grade));
        Assert.StartsWith(_folder[start], found.FlairPath, StringComparison.Ordinal);
        Assert.EndsWith(end, found.FlairPath, StringComparison.Ordinal);
        Assert.Equal(paths.Select(path => _folder[path]), [found.FlairPath, found.T1cePath, found.T1Path, found.T2Path, found.LabelPath]);
    }

    [Fact]
    public void The_Decathlon_keeps_four_scans_in_one_file_and_labels_beside()
    {
        foreach (string path in new[]
        {
            "imagesTr/BRATS_001.nii.gz", "imagesTr/._BRATS_001.nii.gz", "labelsTr/BRATS_001.nii.gz", "imagesTs/BRATS_485.nii.gz",
            "dataset.json",
        })
            _folder.Write("Task01_BrainTumour/" + path, []);
        string file = _folder["Task01_BrainTumour/imagesTr/BRATS_001.nii.gz"];

        IReadOnlyList<BraTSCase> cases = BraTSDataset.Find(_folder.Path);

        Assert.Equal(["BRATS_001", "BRATS_485"], cases.Select(item => item.CaseId));
        Assert.All(cases, item => Assert.Equal(("MSD Task01", "MsdTask01"), (item.Layout, item.LabelConvention)));
        // the file has FLAIR, T1, T1ce, T2
        Assert.Equal([file + "#0", file + "#2", file + "#1", file + "#3"], ModalitySet.All.Select(cases[0].PathOf));
        Assert.Equal(_folder["Task01_BrainTumour/labelsTr/BRATS_001.nii.gz"], cases[0].LabelPath);
        Assert.Equal("", cases[1].LabelPath);
        Assert.Equal("BRATS_001", BraTSDataset.Find(_folder["Task01_BrainTumour/imagesTr"])[0].CaseId);
    }

    [Theory]
    [InlineData("imagesTr/BRATS_001_0000.nii.gz")] // three-dimensional, as nnU-Net stores them
    [InlineData("imagesTr/hippocampus_001.nii.gz")]
    [InlineData("elsewhere/BRATS_001.nii.gz")]
    [InlineData("labelsTr/BRATS_001.nii.gz")]
    [InlineData("case_001/mav.nii.gz")]
    [InlineData("case_001/case_001_seg.nii.gz")]
    [InlineData("case_001/case_001_flair.img")]
    [InlineData("case_001/case_001_flair.raw")]
    [InlineData("case_001/._case_001_flair.nii.gz")]
    [InlineData("case_001/.nii.gz")]
    [InlineData("BraTS-MEN-RT-0001-1/BraTS-MEN-RT-0001-1_gtv.nii.gz")]
    public void A_file_that_could_be_something_else_is_no_case(string path)
    {
        _folder.Write(path, []);
        Assert.Throws<InvalidDataException>(() => BraTSDataset.Find(_folder.Path));
    }

    [Fact]
    public void Layouts_may_be_mixed_and_each_keeps_its_convention()
    {
        Touch(
            "a/BRATS_HG0001_T1.mha",
            "b/BraTS20_Training_001_t1.nii",
            "b/BraTS20_Training_001_seg.nii",
            "c/BraTS-GLI-00001-000-t1n.nii.gz",
            "d/imagesTr/BRATS_001.nii.gz",
            "e/t1.nii");
        IReadOnlyList<BraTSCase> cases = BraTSDataset.Find(_folder.Path);
        Assert.Equal(
            ["BRATS_001:MsdTask01", "BRATS_HG0001:BraTS2012", "BraTS-GLI-00001-000:BraTS2023", "BraTS20_Training_001:BraTS2018", "e:"],
            cases.Select(item => $"{item.CaseId}:{item.LabelConvention}"));
    }

    [Fact]
    public void Patients_of_2013_with_one_number_are_two_cases_in_two_grades()
    {
        Touch(
            "Image_Data/HG/0001/VSD.Brain.XX.O.MR_T2/VSD.Brain.XX.O.MR_T2.1.mha",
            "Image_Data/LG/0001/VSD.Brain.XX.O.MR_T2/VSD.Brain.XX.O.MR_T2.2.mha");
        Assert.Equal(["HG_0001 HGG", "LG_0001 LGG"], BraTSDataset.Find(_folder.Path).Select(item => $"{item.CaseId} {item.Grade}"));
    }

    [Theory]
    [InlineData("BraTS2023-PED/BraTS-PED-00001-000-t1n.nii.gz", "BraTS2024-PED/BraTS-PED-00001-000-t1c.nii.gz", "one naming")]
    [InlineData("imagesTr/BRATS_001.nii.gz", "copy/imagesTr/BRATS_001.nii", "second file")]
    [InlineData("p/flair.nii", "p/x_fla.nii", "second file")]
    [InlineData("p/scan_t1c.nii", "p/scan_t1_gd.nii", "second file")]
    [InlineData("a/case_flair.nii.gz", "a/case_flair.nii", "second file")]
    [InlineData("a/case_flair.nii.gz", "a/case-t1n.nii.gz", "one naming")]
    public void What_cannot_be_told_apart_is_the_problem_of_its_case_and_of_no_other(string first, string second, string mention)
    {
        Touch(first, second, "other/other_flair.nii.gz", "other/other_t1.nii.gz");
        BraTSCaseList cases = BraTSDataset.Find(_folder.Path);
        Assert.Equal(2, cases.Count);
        string problem = Assert.Single(cases, item => item.CaseId != "other").Problem;
        Assert.Contains(mention, problem, StringComparison.Ordinal);
        Assert.Contains("manifest", problem, StringComparison.Ordinal);
        Assert.Contains(_folder.Path, problem, StringComparison.Ordinal);
        Assert.Equal("", Assert.Single(cases, item => item.CaseId == "other").Problem);
    }

    [Theory]
    [InlineData("p/t1c.nii", "p/t1_t2.nii", "T1 and T2")]
    [InlineData("p/t1c.nii", "p/t1_seg.nii", "both a segmentation and T1")]
    [InlineData("p/t1c.nii", "p/t2_star.nii", "star")]
    public void A_name_that_contradicts_itself_is_not_used_and_the_case_says_why(string scan, string other, string mention)
    {
        Touch(scan, other);
        BraTSCase only = Assert.Single(BraTSDataset.Find(_folder.Path));
        Assert.Equal((ModalitySet.Of(Modality.T1ce), ""), (only.Modalities, only.Problem));
        Assert.StartsWith(_folder[other], only.UnusedFiles, StringComparison.Ordinal);
        Assert.Contains(mention, only.UnusedFiles, StringComparison.Ordinal);
    }

    [Fact]
    public void A_scan_is_not_lost_because_the_others_are_named_as_in_2018()
    {
        Touch("anna/x_flair.nii", "anna/x_t1.nii", "anna/x_t1c.nii", "anna/x_t2.nii");
        BraTSCase only = Assert.Single(BraTSDataset.Find(_folder.Path));
        Assert.Equal(("anna", "folder of one patient", 4), (only.CaseId, only.Layout, only.Modalities.Count));
    }

    [Fact]
    public void Two_labels_in_a_patient_s_folder_are_none()
    {
        Touch("anna/flair.nii", "anna/seg_rater1.nii", "anna/seg_rater2.nii");
        Assert.Equal("", Assert.Single(BraTSDataset.Find(_folder.Path)).LabelPath);
    }

    [Fact]
    public void Other_files_beside_a_case_of_a_challenge_change_nothing()
    {
        Touch("a/BraTS20_Training_001_t1.nii", "a/BraTS20_Training_001_t1_bet.nii", "a/brain_flair.nii", "a/BraTS20_Training_001_t1.img");
        BraTSCase only = Assert.Single(BraTSDataset.Find(_folder.Path));
        Assert.Equal(ModalitySet.Of(Modality.T1), only.Modalities);
    }

    [Fact]
    public void Name_mapping_gives_the_grade_and_is_no_case()
    {
        Touch(
            "BraTS20_Training_001/BraTS20_Training_001_t1.nii",
            "BraTS20_Training_300/BraTS20_Training_300_t1.nii",
            "BraTS20_Training_301/BraTS20_Training_301_t1.nii");
        File.WriteAllText(
            _folder["name_mapping.csv"],
            "Grade,BraTS_2017_subject_ID,BraTS_2018_subject_ID,TCGA_TCIA_subject_ID,BraTS_2019_subject_ID,BraTS_2020_subject_ID\r\n"
            + "LGG,NA,NA,NA,NA,BraTS20_Training_001\r\nHGG,,,,,BraTS20_Training_300\r\n");
        // against the rule by number, which would have said HGG, LGG, LGG
        Assert.Equal(["LGG", "HGG", ""], BraTSDataset.Find(_folder.Path).Select(item => item.Grade));
    }

    [Fact]
    public void The_real_folders_that_the_rules_were_made_for_are_found()
    {
        string? data = Environment.GetEnvironmentVariable("SMML_TESTDATA");
        Assert.SkipUnless(
            data is not null && Directory.Exists(Path.Combine(data, "real")), "SMML_TESTDATA does not name a folder with real cases.");
        IReadOnlyList<BraTSCase> cases = BraTSDataset.Find(Path.Combine(data, "real"));
        Assert.Contains(cases, item => item is { CaseId: "TCGA-FG-6692", LabelConvention: "", Modalities.Count: 4 });
        Assert.Contains(
            cases,
            item => item is { CaseId: "Brats18_TCIA01_201_1", LabelConvention: "BraTS2018", Modalities.Count: 4, LabelPath.Length: > 0 });
    }

    public void Dispose() => _folder.Dispose();

    private void Touch(params string[] paths)
    {
        foreach (string path in paths)
            _folder.Write(path, []);
    }

    private static (string[] Paths, string Start, string End) Expand(string pattern)
    {
        int open = pattern.IndexOf('{', StringComparison.Ordinal), close = pattern.IndexOf('}', StringComparison.Ordinal);
        (string start, string end) = (pattern[..open], pattern[(close + 1)..]);
        return ([.. pattern[(open + 1)..close].Split('|').Select(middle => start + middle + end)], start, end);
    }
}
