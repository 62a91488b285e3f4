using CsCheck;
using Smml.MLNet.Layouts;
using Smml.MLNet.ScanNames;

namespace Smml.MLNet.Tests.BraTS;

/// <summary>What the name of a file says, a row for each habit of a scanner, a hospital or a public data set.</summary>
public sealed class ScanNameTests
{
    private const string Refused = "refused", Nothing = "nothing";

    [Theory]

    // BraTS 2012 to 2025, every population
    [InlineData("BRATS_HG0015_T1C", "T1ce")]
    [InlineData("VSD.Brain.XX.O.MR_T1c.54514", "T1ce")]
    [InlineData("Brats18_TCIA01_201_1_t1ce", "T1ce")]
    [InlineData("BraTS-MET-00001-t2f", "Flair")]
    [InlineData("BraTS-MEN-RT-0001-1_t1c", "T1ce")]
    [InlineData("BraTS-SSA-00002-000-t2w", "T2")]
    [InlineData("BraTS-PED-00002-000-t1n", "T1")]
    [InlineData("BraTS-GLI-00000-000-t1n-voided", Refused)] // local synthesis
    [InlineData("BraTS-MEN-RT-0001-1_gtv", Refused)]

    // LUMIERE, HD-GLIO
    [InlineData("CT1", "T1ce")]
    [InlineData("CT1_r2s_bet_reg", "T1ce")]
    [InlineData("T1_r2s_bet_reg", "T1")]
    [InlineData("ct1_skull_strip", "T1ce")]
    [InlineData("segmentation_CT1_origspace", Refused)]
    [InlineData("seg_mask", "Label")]

    // UCSF-PDGM, UPENN-GBM, UCSD-PTGBM, EGD
    [InlineData("UCSF-PDGM-0004_T1c", "T1ce")]
    [InlineData("UCSF-PDGM-0004_T1c_bias", "T1ce")]
    [InlineData("UCSF-PDGM-0004_tumor_segmentation", "Label")]
    [InlineData("UCSF-PDGM-0004_brain_segmentation", Refused)]
    [InlineData("UCSF-PDGM-0004_brain_parenchyma_segmentation", Refused)]
    [InlineData("UCSF-PDGM-0004_DTI_eddy_FA", Refused)]
    [InlineData("UPENN-GBM-00001_11_T1GD", "T1ce")]
    [InlineData("UPENN-GBM-00001_11_T1_unstripped", Refused)]
    [InlineData("UPENN-GBM-00001_11_segm", "Label")]
    [InlineData("UPENN-GBM-00001_11_automated_approx_segm", Refused)]
    [InlineData("UPENN-GBM-00001_11_DSC_ap-rCBV", Refused)]
    [InlineData("UCSD-PTGBM-0001_01_T1post", "T1ce")]
    [InlineData("UCSD-PTGBM-0001_01_T1pre", "T1")]
    [InlineData("UCSD-PTGBM-0001_01_BraTS_tumor_seg", "Label")]
    [InlineData("2_T1GD_NIFTI_T1GD", "T1ce")]
    [InlineData("5_MASK", Refused)]

    // ReMIND, GlioMODA, BrainLes
    [InlineData("3D_AX_T1_postcontrast", "T1ce")]
    [InlineData("3D_AX_T1_precontrast", "T1")]
    [InlineData("2D_AX_T2_BLADE", "T2")]
    [InlineData("3D_SAG_T2_FLAIR", "Flair")]
    [InlineData("3D_SAG_T1_MP2RAGE", Refused)]
    [InlineData("t2f", "Flair")]
    [InlineData("t1n", "T1")]

    // BIDS
    [InlineData("sub-01_ses-02_T1w", "T1")]
    [InlineData("sub-01_ses-postop_T1w", "T1")]
    [InlineData("sub-01_ses-pre_ce-gd_T1w", "T1ce")]
    [InlineData("sub-01_ce-none_T1w", "T1")]
    [InlineData("sub-01_ce-gd_FLAIR", Refused)]
    [InlineData("sub-01_acq-postgad_T1w", "T1ce")]
    [InlineData("sub-01_acq-3d_space-MNI_desc-preproc_FLAIR", "Flair")]
    [InlineData("sub-01_T2starw", Refused)]
    [InlineData("sub-01_T1map", Refused)]
    [InlineData("sub-01_inv-1_MP2RAGE", Refused)]
    [InlineData("sub-01_desc-brain_mask", Refused)]
    [InlineData("sub-01_dseg", Refused)]
    [InlineData("sub-01_label-tumor_dseg", "Label")]
    [InlineData("sub-01_label-GM_probseg", Refused)]
    [InlineData("sub-0001_ses-0001_t1c", "T1ce")]

    // Siemens
    [InlineData("t1_mprage_sag_p2_iso", "T1")]
    [InlineData("t1_mprage_tra_KM", "T1ce")]
    [InlineData("t1_mpr_sag_KM", "T1ce")]
    [InlineData("t1_vibe_tra_post_gd", "T1ce")]
    [InlineData("t1_se_tra_nach_KM", "T1ce")]
    [InlineData("t1_tse_tra_ohne_KM", "T1")]
    [InlineData("t1_tirm_tra_dark-fluid", Refused)] // T1 with inversion recovery
    [InlineData("t2_tirm_tra_dark-fluid", "Flair")]
    [InlineData("t2_tirm_tra_dark-fluid_FLAIR", "Flair")]
    [InlineData("t2_spc_da-fl_sag_p2_iso", "Flair")]
    [InlineData("t2_space_dark-fluid_sag", "Flair")]
    [InlineData("t2_tirm_tra", Refused)]
    [InlineData("t2_tse_tra_320", "T2")]
    [InlineData("t2_fl2d_tra_hemo", Refused)]
    [InlineData("MPRAGE", "T1")]
    [InlineData("MPRAGE_Gd", "T1ce")]

    // GE
    [InlineData("Ax T1 FLAIR", Refused)] // T1 with inversion recovery
    [InlineData("Ax T2 FLAIR", "Flair")]
    [InlineData("OAx T2 FLAIR+C", Refused)]
    [InlineData("Ax T1 +C", "T1ce")]
    [InlineData("AX T1 + C", "T1ce")]
    [InlineData("Ax T1 C+", "T1ce")]
    [InlineData("Ax T1 C-", "T1")]
    [InlineData("Ax T1 -C", "T1")]
    [InlineData("AX T1 POST GAD", "T1ce")]
    [InlineData("AX T1 PRE", "T1")]
    [InlineData("Sag CUBE T2 FLAIR", "Flair")]
    [InlineData("3D BRAVO POST", "T1ce")]
    [InlineData("Ax FSPGR 3D", "T1")]
    [InlineData("AX T2 FRFSE", "T2")]
    [InlineData("AX T2 GRE", Refused)] // T2*
    [InlineData("AX T2* GRE", Refused)]

    // Philips
    [InlineData("sT1W_3D_TFE", "T1")]
    [InlineData("T1W_3D_TFE_GD", "T1ce")]
    [InlineData("T1W_3D_TFE_KM", "T1ce")]
    [InlineData("3D_Brain_VIEW_FLAIR", "Flair")]
    [InlineData("T2W_TSE", "T2")]
    [InlineData("T2W_FFE", Refused)] // T2*
    [InlineData("T1W_FFE", "T1")]
    [InlineData("IR_T1W", Refused)]

    // hospitals, in some languages
    [InlineData("T1_nativ", "T1")]
    [InlineData("T1_mit_Kontrastmittel", "T1ce")]
    [InlineData("T1 sans gado", "T1")]
    [InlineData("T1 avec gadolinium", "T1ce")]
    [InlineData("T1_con_contraste", "T1ce")]
    [InlineData("T1_sin_contraste", "T1")]
    [InlineData("T1 w/o contrast", "T1")]
    [InlineData("T1_without_contrast", "T1")]
    [InlineData("T1-noncontrast", "T1")]
    [InlineData("T1wPostContrast", "T1ce")]
    [InlineData("postGad_T1", "T1ce")]
    [InlineData("T1_Dotarem", "T1ce")]
    [InlineData("T1_enhanced", "T1ce")]
    [InlineData("T1_unenhanced", "T1")]
    [InlineData("T1_postop", "T1")]
    [InlineData("T1_post_op", "T1")]
    [InlineData("preop_T1ce", "T1ce")]
    [InlineData("T1ce_pre", Refused)]
    [InlineData("T1_pre_post", Refused)]
    [InlineData("T2_post_contrast", Refused)]
    [InlineData("FLAIR_gd", Refused)]
    [InlineData("T1_T2", Refused)]
    [InlineData("T1_T1ce", Refused)]
    [InlineData("T1_map", Refused)]
    [InlineData("T1_mask", Refused)]
    [InlineData("T2_star", Refused)]
    [InlineData("T2star", Refused)]
    [InlineData("T1_derived", Refused)]
    [InlineData("T1_subtraction", Refused)]
    [InlineData("T1c_minus_T1", Refused)]
    [InlineData("T1_seg", Refused)] // FAST writes tissue so
    [InlineData("synthetic_T1ce", Refused)]
    [InlineData("T1_gd1", Refused)]
    [InlineData("gd_anna_T1", Refused)] // the scan, or the patient?
    [InlineData("T1_delayed", Refused)]
    [InlineData("T1_Gadxyl", Refused)]
    [InlineData("brain_mask", Refused)]
    [InlineData("ADC", Refused)]
    [InlineData("case_disagreement", Refused)]
    [InlineData("T1_контрастом", Refused)]
    [InlineData("T1 增强", Refused)]
    [InlineData("t1postc", Refused)]
    [InlineData("T1_pveseg", "T1")]
    [InlineData("aseg_segmentation", Refused)]
    [InlineData("W39_1998.09.19_Segm", "Label")]
    [InlineData("gt_segm", "Label")]
    [InlineData("anna_2020", Nothing)]
    [InlineData("t12_x", Nothing)]
    public void A_name_is_understood_or_refused(string name, string expected)
    {
        ScanName read = ScanName.Read(name);
        Assert.Equal(expected, read.Kind?.ToString() ?? (read.SaysSomething ? Refused : Nothing));
        Assert.Equal(expected == Refused, read.Reason.Length > 0);
    }

    [Fact]
    public void A_name_of_words_in_any_order_is_right_or_refused()
    {
        string[] scans = ["T1", "T1w", "t1n", "MPRAGE", "T1ce", "T1Gd", "CT1", "T2", "T2w", "FLAIR", "t2f", "T2_FLAIR", "dark-fluid"],
            agents = ["post", "gd", "Gad", "KM", "ce", "contrast", "post_contrast", "nach_KM", "+C", "with_gad"],
            none = ["pre", "native", "ohne_KM", "non-contrast", "without_contrast", "sans_gado"],
            others = ["map", "mask", "star", "derived", "adc", "swi", "subtraction", "prob"],
            neutral = ["ax", "tse", "3d", "bet", "n4", "reg", "iso", "brain", "norm"],
            separators = ["_", "-", " ", "."];
        Gen<string> some = OneOf([agents, none, others, neutral, neutral]).SelectMany(OneOf);
        Gen.Select(OneOf(scans), some, some, OneOf(separators), Gen.Int[0, 5], Gen.Bool)
            .Sample((scan, first, second, separator, order, capitals) =>
            {
                string[] words = order switch
                {
                    0 => [scan, first, second],
                    1 => [first, scan, second],
                    2 => [first, second, scan],
                    3 => [scan, second, first],
                    4 => [second, scan, first],
                    _ => [second, first, scan],
                };
                string name = string.Join(separator, words);
                name = capitals ? name.ToUpperInvariant() : name;
                ScanName read = ScanName.Read(name);
                bool hasAgent = agents.Contains(first) || agents.Contains(second), hasNone = none.Contains(first) || none.Contains(second);
                bool isOther = others.Contains(first) || others.Contains(second);
                FileKind own = scan switch
                {
                    "T1ce" or "T1Gd" or "CT1" => FileKind.T1ce,
                    "T2" or "T2w" => FileKind.T2,
                    "FLAIR" or "t2f" or "T2_FLAIR" or "dark-fluid" => FileKind.Flair,
                    _ => FileKind.T1,
                };
                FileKind? truth = isOther || (hasAgent && hasNone) || (hasAgent && own is FileKind.Flair or FileKind.T2)
                    || (hasNone && own == FileKind.T1ce)
                    ? null
                    : hasAgent && own == FileKind.T1 ? FileKind.T1ce : own;
                // "pre gd" is one thing: before contrast agent
                int pre = Array.IndexOf(words, "pre");
                if (pre >= 0 && pre < 2 && agents.Contains(words[pre + 1]) && own != FileKind.T1ce && !isOther)
                    truth = own;
                Assert.True(read.Kind is null || read.Kind == truth, $"{name}: read as {read.Kind}, expected {truth} or a refusal");
                if (!hasAgent && !hasNone && !isOther)
                    Assert.Equal(own, read.Kind);
            }, iter: 20_000);
    }

    [Fact]
    public void Every_word_of_the_vocabulary_is_lower_case_and_can_be_found()
    {
        Assert.All(ScanVocabulary.All.Keys, word =>
        {
            Assert.Equal(word.ToLowerInvariant(), word);
            Assert.True(word.Split(' ').Length <= ScanVocabulary.LongestPhrase, word);
            if (word != ScanVocabulary.MinusContrast)
                Assert.Equal([new NameWord(word, ScanVocabulary.All[word])], NameWords.Of(word));
        });
    }

    [Theory]
    [InlineData("GD_001_t1", "GD_001", "t1")]
    [InlineData("UCSF-PDGM-0004_T1c", "UCSF-PDGM-0004_nifti", "T1c")]
    [InlineData("anna_post_t1", "anna", "post_t1")]
    [InlineData("T1_post", "T1_post", "T1_post")]
    [InlineData("post_t1", "post", "post_t1")]
    [InlineData("anna_T1_2020_post", "anna_T1_2020", "T1_2020_post")]
    public void The_patient_s_name_says_nothing_about_the_scan(string stem, string folder, string expected) =>
        Assert.Equal(expected, PatientWords.Without(stem, [folder, "data"]));

    private static Gen<T> OneOf<T>(T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);
}
