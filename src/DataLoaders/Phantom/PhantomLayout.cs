namespace Smml.MLNet.Phantom;

/// <summary>The names under which phantoms are written; those of a challenge are found by
/// <see cref="BraTSDataset.Find"/> as that challenge.</summary>
public enum PhantomLayout
{
    /// <summary><c>Phantom_0001/Phantom_0001_flair</c>, or <c>Phantom-0001/Phantom-0001-t2f</c> with the labels of
    /// <see cref="LabelConvention.BraTS2023"/>.</summary>
    Plain,

    /// <summary><c>Brats18_PHA_1_1/Brats18_PHA_1_1_flair</c>.</summary>
    BraTS2018,

    /// <summary><c>BraTS20_Training_001/BraTS20_Training_001_flair</c>, and <c>name_mapping.csv</c> with the grades.</summary>
    BraTS2020,

    /// <summary><c>BraTS2021_00001/BraTS2021_00001_flair</c>.</summary>
    BraTS2021,

    /// <summary><c>BraTS-GLI-00001-000/BraTS-GLI-00001-000-t2f</c>.</summary>
    BraTS2023,

    /// <summary><c>BraTS-GLI-00001-100/BraTS-GLI-00001-100-t2f</c>, after treatment; no phantom has a resection cavity.</summary>
    BraTS2024,

    /// <summary>Task01 of the Medical Segmentation Decathlon: <c>imagesTr/BRATS_001</c> with all four scans, so that none can be missing,
    /// and <c>labelsTr/BRATS_001</c>.</summary>
    MsdTask01,
}
