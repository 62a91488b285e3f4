using Smml.MLNet.VolumeStages;

namespace Smml.MLNet.Tests.VolumeStages;

public sealed class VolumeSetTests
{
    private static readonly VolumeShape s_shape = new(6, 7, 8);

    [Fact]
    public void It_knows_which_scans_are_there_and_on_which_grid()
    {
        Volume t1ce = Volumes.Brain(s_shape, 1), t2 = Volumes.Brain(s_shape, 2).WithBackground(-3), label = Volumes.Brain(s_shape, 3);

        VolumeSet volumes = CaseScans.Of(t1ce: t1ce, t2: t2, label: label);

        Assert.Equal(ModalitySet.Of(Modality.T1ce, Modality.T2), volumes.Present);
        Assert.Equal([t1ce, t2], volumes.Scans);
        Assert.Same(t1ce, volumes.Reference);
        Assert.Equal(s_shape, volumes.Shape);
        Assert.Equal(t1ce.Grid, volumes.Grid);
        Assert.Null(volumes[Modality.Flair]);
        Assert.Same(t2, volumes[Modality.T2]);
        Assert.Equal(-3, volumes.BackgroundOf(Modality.T2));
        Assert.Equal(0, volumes.BackgroundOf(Modality.Flair));
        Assert.Same(label, volumes.Label);
    }

    [Fact]
    public void Volumes_that_do_not_belong_together_are_refused_with_both_names_and_the_remedy()
    {
        Volume scan = Named(Volumes.Brain(s_shape, 1), "a.nii"),
            part = Named(Volumes.Brain(new(7, 7, 8), 2), "b.nii").Crop(1, 0, 0, s_shape);

        Refused(() => CaseScans.Of(label: Named(scan, "seg.nii")), "The test found a row without any scan", "seg.nii", "Leave the row out");
        Refused(
            () => CaseScans.Of(t1: scan, t2: Named(Volumes.Brain(new(6, 7, 9), 2), "b.nii")),
            "a.nii",
            "b.nii",
            "6x7x8",
            "6x7x9",
            "Register");
        Refused(() => CaseScans.Of(t1: scan, label: Named(Volumes.Brain(new(6, 7, 9), 2), "seg.nii")), "a.nii", "seg.nii", "Register");
        Refused(() => CaseScans.Of(flair: scan, t1ce: part), "a.nii", "b.nii", "(0, 0, 0)", "(1, 0, 0)", "CropForeground");
        Assert.Contains(
            "3 scans",
            Assert.Throws<ArgumentException>(() => new VolumeSet([scan, null, null], null, "The test")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_change_keeps_missing_scans_missing()
    {
        VolumeSet cropped = CaseScans.Of(t1: Volumes.Brain(s_shape, 1), label: Volumes.Brain(s_shape, 2))
            .Select(volume => volume.Crop(1, 1, 1, new(2, 3, 4)));

        Assert.Equal(ModalitySet.Of(Modality.T1), cropped.Present);
        Assert.Equal(new VolumeShape(2, 3, 4), cropped.Shape);
        Assert.Equal((1, 1, 1), cropped.Label!.Offset);
    }

    private static Volume Named(Volume volume, string source) => new(volume.Grid, volume.Voxels.ToArray()) { Source = source };

    private static void Refused(Action make, params string[] reasons)
    {
        string message = Assert.Throws<InvalidDataException>(make).Message;
        Assert.All(reasons, reason => Assert.Contains(reason, message, StringComparison.Ordinal));
    }
}
