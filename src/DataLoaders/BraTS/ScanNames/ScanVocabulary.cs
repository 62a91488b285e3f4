using static Smml.MLNet.ScanNames.WordMeaning;

namespace Smml.MLNet.ScanNames;

/// <summary>The words that name scans and other volumes, as scanners, hospitals and public data sets write them. Lower case;
/// the words of a phrase are joined by <c>_</c> here, whatever separates them in a name.</summary>
internal static class ScanVocabulary
{
    /// <summary>The most words of a phrase.</summary>
    public const int LongestPhrase = 3;

    /// <summary>What stands for <c>C-</c> and <c>-C</c> after a name was cut: no contrast agent.</summary>
    public const string MinusContrast = "minuscontrast";

    private static readonly (WordMeaning Meaning, string Words)[] s_table =
    [
        // The four scans: BraTS of all years, BIDS, LUMIERE and HD-GLIO (CT1), UPENN-GBM (T1GD), UCSD-PTGBM (T1post), GlioMODA (t1n).
        (Flair, "flair fla t2f t2flair t2wflair flairt2"),
        (T1, "t1 t1n t1w st1w t1_w t1_weighted"),
        (T1ce, "t1ce t1c ct1 t1gd t1kontrast t1_c t1w_c t1ca cet1 cet1w"),
        (T2, "t2 t2w st2w t2_w t2_weighted"),

        // FLAIR on Siemens scanners.
        (Flair, "dark_fluid darkfluid da_fl dafl fluid_attenuated fluid_att"),

        // T1-weighted sequences: Siemens, GE, Philips.
        (T1Sequence, "mprage memprage mpr mp_rage tfl3d tfl bravo spgr fspgr irspgr irfspgr vibe thrive"),

        // Inversion recovery may be FLAIR, STIR or T1.
        (Inversion, "tirm ir tir irfse irtse t1ir inversion_recovery"),

        // T1-weighted with T1, T2* with T2.
        (GradientEcho, "gre flash ffe fl2d fl3d fl fgre grase medic merge fast_field_echo"),

        // Contrast agent: English, German, French, Spanish, Italian, products.
        (Contrast,
            "contrast contr contrasted contraste kontrast kontrastmittel contrasto ce cm km kmg mdc ca gd gad gado gadolinium gadolinio "
            + "gadobutrol gadoterate gadovist gadavist dotarem multihance prohance magnevist omniscan clariscan vueway elucirem "
            + "enhanced enhancement enh enhancing injected inj injecte injection +c c+ +_c +gd +km +k plus_c plus_gd gd_dtpa "
            + "dtpa wc agent"),
        (NoContrast, $"native nativ unenhanced nc plain uncontrasted {MinusContrast}"),
        (Without, "non no not without wo ohne sans sin senza zonder vor before avant prior prae"),
        (With, "with w mit avec con nach after apres dopo na"),
        (Post, "post"),
        (Pre, "pre"),
        (Event,
            "op surgery surgical treatment treat therapy rt radiation radiotherapy chemo rct resection biopsy preop postop "
            + "intraop operative preoperative postoperative progression processing processed proc preprocessed preproc "
            + "preprocessing postproc postprocessed"),

        // Labels, and what they show.
        (Label, "seg segm segmentation segmented label labels truth ot gt groundtruth"),
        (Tumor, "tumor tumour glioma glioblastoma gbm lesion brats"),
        (Tissue,
            "brain tissue parenchyma skull head csf gm wm gray grey matter ventricle ventricles lobe lobes dseg aseg aparc "
            + "parc wmparc parcellation pve pveseg synthseg fast fsl freesurfer anatomy anatomical atlas region regions vessel "
            + "vessels hippocampus subcortical cortex ribbon"),
        (Machine,
            "auto automatic automated approx pred preds prediction predicted predictions inferred inference synthetic "
            + "synthesized synthesised synth generated fake pseudo simulated virtual inpainted inpainting voided deepbratumia "
            + "nnunet output"),
        (Mask, "mask masks brainmask bmask roi rois gtv ctv ptv"),

        // No scan of the four.
        (OtherImage,
            "star t2star t2starw t2s t2_s t1rho swi swan swip venobold hemo phase pha phs imag imaginary real qsm map maps "
            + "mapping t1map t2map mapit relaxometry r1map r2map mp2rage uni unit1 inv inv1 inv2 magic synthetic_mr adc dwi dti "
            + "trace tracew fa md eddy diff diffusion resolve asl pcasl pasl perf perfusion pwi dsc dce cbf cbv rcbv rcbf mtt "
            + "ttp tmax ktrans psr bold fmri rest task tof mra mrv angio angiography venography pd pdw pdt2 proton stir dir "
            + "psir mt mtr mton mtoff mtc ciss fiesta fisp truefisp bssfp ct cta cbct pet fet spect ultrasound localizer "
            + "localiser loc scout survey calibration fieldmap fmap b0 field jacobian deformation warpfield derived sub "
            + "subtraction subtracted subtract difference ratio residual mip minip mean std stddev variance prob probability "
            + "probabilities probseg probs softmax logits uncertainty disagreement entropy error noise overlay rgb color colour "
            + "fused fusion screenshot cue cues embedding features unstripped withskull with_skull defacemask spectroscopy mrs "
            + "csi svs"),

        // Before or after contrast agent, or something else altogether.
        (Doubtful, "delayed delay late early dynamic dyn pc + or oder vs versus and und"),

        // How a scan was acquired or processed; needed to cut words that are written together.
        (Neutral,
            "tse fse se spc space cube vista blade propeller multivane tfe tra trans transversal axial ax sag sagittal cor "
            + "coronal 3d 2d iso p2 p3 fs fatsat weighted wi img image bet registered registration reg coreg coregistered n4 "
            + "norm normalized normalised zscore ss stripped skullstripped skullstrip strip bias corrected resampled warped sri "
            + "sri24 mni r2s std2 nifti nii scan mri mr anat final orig raw masked"),
    ];

    private static readonly Dictionary<string, WordMeaning> s_words = s_table
        .SelectMany(row => row.Words.Split(' ').Select(word => (word: word.Replace('_', ' '), row.Meaning)))
        .ToDictionary(pair => pair.word, pair => pair.Meaning, StringComparer.Ordinal);

    /// <summary>Every word and phrase with its meaning.</summary>
    public static IReadOnlyDictionary<string, WordMeaning> All => s_words;

    /// <summary>What a word or phrase means; null where it is not known.</summary>
    public static WordMeaning? Find(string words) => s_words.TryGetValue(words, out WordMeaning meaning) ? meaning : null;

    /// <summary>Whether a meaning names one of the four scans.</summary>
    public static bool IsScan(WordMeaning meaning) => meaning is Flair or T1 or T1Sequence or T1ce or T2;
}
