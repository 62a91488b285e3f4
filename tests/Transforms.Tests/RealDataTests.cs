namespace Smml.MLNet.Tests;

/// <summary>Real scans, where SMML_TESTDATA names a folder that has them; see docs/checks.md for what was measured.</summary>
public sealed class RealDataTests
{
    private static readonly string? s_folder = Environment.GetEnvironmentVariable("SMML_TESTDATA");

    [Theory]
    [InlineData("real")]
    [InlineData("real_mini2mm")]
    public void Skull_stripped_cases_are_accepted(string name)
    {
        foreach (BraTSCase item in BraTSDataset.Find(Folder(name)))
        {
            CaseReader reader = new(item, null);
            CaseFinding[] findings = [.. reader.Check()];
            Assert.All(findings, finding => Assert.Equal((FindingSeverity.Warning, "spacing"), (finding.Severity, finding.Check)));
            Assert.Equal(name == "real" ? 0 : 1, findings.Length);
            Assert.All(reader.Scans, scan => Assert.InRange(scan.Numbers.Fraction, 0.1, 0.5));
        }
    }

    [Fact]
    public void Negative_voxels_of_interpolation_are_accepted_and_kept()
    {
        string folder = Folder("real/TCGA-FG-6692");
        string Of(string end) => Directory.EnumerateFiles(folder, "*" + end).Single();
        BraTSCase item = new()
        {
            FlairPath = Of("_fla_bet.nii.gz"),
            T1cePath = Of("_t1c_bet.nii.gz"),
            T1Path = Of("_t1_bet.nii.gz"),
            T2Path = Of("_t2_bet.nii.gz"),
            LabelPath = Of("mav.nii.gz"),
            LabelConvention = "BraTS2018",
        };
        Assert.Empty(new CaseReader(item, null).Check());
        Volume flair = CropForegroundEstimator.Crop(CaseReader.Read(item, null), new())[Modality.Flair]!;
        Assert.Equal(14121, flair.Voxels.ToArray().Count(voxel => voxel < 0));
        Assert.Equal(VolumeFile.Read(item.FlairPath).Voxels, flair.ToSourceGrid(0).Voxels);
    }

    private static string Folder(string name)
    {
        Assert.SkipUnless(
            s_folder is not null && Directory.Exists(Path.Combine(s_folder, name)), $"SMML_TESTDATA names no folder with {name}.");
        return Path.Combine(s_folder!, name);
    }
}
