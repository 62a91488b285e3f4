using Microsoft.ML;
using Microsoft.ML.Data;
using Smml.MLNet.Geometry;

namespace Smml.MLNet.Tests;

public sealed class CueProviderTests : IDisposable
{
    private static readonly VolumeShape s_shape = new(12, 10, 8);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Phantom_cues_follow_the_label_differ_by_modality_and_come_again()
    {
        CueCase source = Case();
        SemanticCues cues = new PhantomCueProvider(3).Generate(source),
            again = new PhantomCueProvider(3).Generate(Case()),
            other = new PhantomCueProvider(4).Generate(source);
        Assert.True(cues.Map(2, Modality.Flair).SequenceEqual(again.Map(2, Modality.Flair)));
        Assert.False(cues.Map(2, Modality.Flair).SequenceEqual(other.Map(2, Modality.Flair)));
        Assert.False(cues.Map(2, Modality.Flair).SequenceEqual(cues.Map(2, Modality.T1)));
        Assert.True(cues.Map(2, Modality.T2).IsEmpty);
        float inside = 0, outside = 0;
        for (int i = 0; i < source.Classes.Length; i++)
        {
            if (source.Classes[i] == 2)
                inside += cues.Map(2, Modality.Flair)[i];
            else
                outside += cues.Map(2, Modality.Flair)[i];
        }

        Assert.True(inside / source.Classes.Count(value => value == 2) > 4 * outside / source.Classes.Count(value => value != 2));
    }

    [Fact]
    public void Cues_from_files_are_put_on_the_cropped_and_turned_grid_of_the_scan()
    {
        // The scan as LoadVolumes would give it: turned from R, A, S and cropped; the cue file is on the grid of the scan's file.
        Volume stored = new(
            new(s_shape, new(1, 0, 0, -5, 0, 1, 0, -4, 0, 0, 1, -3)), [.. Enumerable.Range(0, 960).Select(i => (float)(i % 7))]);
        float[] labels = [.. Enumerable.Range(0, 960).Select(i => i % 12 == 5 ? 4f : i % 12 is > 7 and < 10 ? 2f : 0f)];
        Volume cue = new(stored.Grid, labels);
        VolumeFile.Write(_folder["c_flair_cues.nii.gz"], cue, VoxelType.UInt8);
        VolumeFile.WriteAll(
            _folder["c_t1_cues.nii.gz"],
            [.. new[] { 1, 2, 4 }.Select(value => new Volume(stored.Grid, [.. labels.Select(label => label == value ? 0.5f : 0f)]))]);
        AxisOrder lps = AxisOrder.To(stored.Grid.Affine, "LPS");
        Volume Prepared(Volume volume) => volume.Reorient(lps).Crop(2, 1, 0, new(9, 8, 7));
        SemanticCues cues = new NiftiCueProvider(_folder.Path).Generate(new(
            "c",
            [Prepared(stored), null, Prepared(stored), Prepared(stored)],
            Prepared(new(stored.Grid, labels)),
            LabelConvention.BraTS2018));
        ReadOnlySpan<float> expected = Prepared(cue).Voxels;
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i] == 4 ? 255 : 0, cues.Map(3, Modality.Flair)[i]);
            Assert.Equal(expected[i] == 2 ? 128 : 0, cues.Map(2, Modality.T1)[i]);
        }

        Assert.True(cues.Map(2, Modality.T2).IsEmpty);
    }

    [Fact]
    public void Cue_files_that_do_not_fit_are_refused_by_name()
    {
        NiftiCueProvider provider = new(_folder.Path);
        Assert.Contains("found no file", Message(), StringComparison.Ordinal);
        VolumeFile.Write(_folder["case_flair_cues.nii"], Volumes.Of(new(3, 3, 3), (_, _, _) => 1));
        Assert.Contains("expected the grid of", Message(), StringComparison.Ordinal);
        VolumeFile.Write(_folder["case_flair_cues.nii"], Volumes.Of(s_shape, (_, _, _) => 3));
        Assert.Contains("found the label value 3", Message(), StringComparison.Ordinal);
        VolumeFile.WriteAll(_folder["case_flair_cues.nii"], [.. Enumerable.Range(0, 2).Select(_ => Volumes.Of(s_shape, (_, _, _) => 1))]);
        Assert.Contains("found 2 volumes, expected 1", Message(), StringComparison.Ordinal);
        VolumeFile.WriteAll(
            _folder["case_flair_cues.nii"], [.. Enumerable.Range(0, 3).Select(_ => Volumes.Of(s_shape, (_, _, _) => 1.5f))]);
        Assert.Contains("found the value 1.5", Message(), StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => new NiftiCueProvider(_folder["none"]));

        string Message() => Assert.Throws<InvalidDataException>(() => provider.Generate(Case())).Message;
    }

    [Fact]
    public void The_stage_adds_a_column_in_training_and_leaves_nothing_in_a_saved_model()
    {
        MLContext ml = new(seed: 1);
        IDataView rows = ml.Data.LoadFromEnumerable(new[] { Row() });
        EstimatorChain<CueTransformer> chain = ml.Transforms.CropForeground()
            .Append(ml.Transforms.GenerateCues(new PhantomCueProvider()), TransformerScope.TrainTest);
        using TransformerChain<CueTransformer> model = chain.Fit(rows);
        SemanticCues cues = ml.Data
            .CreateEnumerable<CueRow>(model.Transform(rows, TransformerScope.TrainTest), reuseRowObject: false)
            .Single().Cues!;
        Assert.Equal(4, cues.ClassCount);
        Assert.Null(model.Transform(rows).Schema.GetColumnOrNull("Cues"));

        ml.Model.Save(model, rows.Schema, _folder["model.zip"]);
        ITransformer loaded = new MLContext().Model.Load(_folder["model.zip"], out _);
        VolumeRow withoutLabel = Row();
        withoutLabel.Label = null;
        IDataView scored = loaded.Transform(ml.Data.LoadFromEnumerable(new[] { withoutLabel }));
        Assert.Null(scored.Schema.GetColumnOrNull("Cues"));
        Assert.NotNull(ml.Data.CreateEnumerable<VolumeRow>(scored, reuseRowObject: false).Single().Flair);
    }

    [Fact]
    public void A_row_without_label_or_convention_says_what_is_missing()
    {
        MLContext ml = new(seed: 1);
        VolumeRow noLabel = Row(), noConvention = Row();
        noLabel.Label = null;
        noConvention.Label = Volumes.Of(s_shape, (_, _, _) => 1);
        foreach ((VolumeRow row, string expected) in new[] { (noLabel, "TrainTest"), (noConvention, "column LabelConvention") })
        {
            IDataView rows = ml.Data.LoadFromEnumerable(new[] { row });
            IDataView cues = ml.Transforms.GenerateCues(new PhantomCueProvider()).Fit(rows).Transform(rows);
            Exception error = Assert.ThrowsAny<Exception>(() => ml.Data.CreateEnumerable<CueRow>(cues, reuseRowObject: false).ToArray());
            Assert.Contains(expected, error.ToString(), StringComparison.Ordinal);
        }
    }

    public void Dispose() => _folder.Dispose();

    private static CueCase Case()
    {
        Volume scan = Volumes.Brain(s_shape, 1);
        return new("case", [scan, scan, scan, null], Label(), LabelConvention.BraTS2018);
    }

    private static Volume Label()
    {
        Volume label = Volumes.Of(s_shape, (x, y, z) => x is > 2 and < 9 && y is > 2 and < 7 && z is > 1 and < 6 ? (x < 5 ? 4 : 2) : 0);
        return new Volume(label.Grid, label.Voxels.ToArray()) { LabelConvention = LabelConvention.BraTS2018 };
    }

    private static VolumeRow Row() =>
        new() { CaseId = "case", Flair = Volumes.Brain(s_shape, 1), T1 = Volumes.Brain(s_shape, 2), Label = Label() };

    private sealed class CueRow
    {
        public SemanticCues? Cues { get; set; }
    }
}
