using Microsoft.ML;
using Microsoft.ML.Data;
using Smml.MLNet.Phantom;

namespace Smml.MLNet.Tests.Evaluation;

/// <summary>A row that cannot be used costs itself: in a file that is saved, in an evaluation of rows and of cases. The model knows the
/// truth: it reads the label beside the Flair scan.</summary>
public sealed class RefusedRowsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);
    private readonly BraTSCase[] _cases;

    public RefusedRowsTests() => _cases =
    [
        .. PhantomDataset.Write(_folder["data"], 3, seed: 3, new() { Shape = new(24, 28, 24), Spacing = (7, 7, 7) }),
    ];

    [Fact]
    public void Saving_goes_on_behind_a_damaged_case_and_reports_it()
    {
        File.WriteAllText(_cases[1].T2Path, "no image");
        SavedSegmentations saved = _ml.Data.SaveSegmentations(Scored(), _folder["out"]);
        Assert.Equal(["Phantom_0001_seg.nii.gz", "Phantom_0003_seg.nii.gz"], saved.Select(Path.GetFileName));
        Assert.Equal((2, _folder["out/Phantom_0003_seg.nii.gz"]), (saved.Count, saved[1]));
        SegmentationFailure failure = Assert.Single(saved.Failures);
        Assert.Equal((_cases[1].CaseId, ModalitySet.All), (failure.CaseId, failure.Modalities));
        Assert.Contains(_cases[1].T2Path, failure.Reason, StringComparison.Ordinal);
        Assert.Equal(saved.Order(StringComparer.Ordinal), Directory.GetFiles(_folder["out"]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Where_no_case_can_be_saved_an_error_says_why()
    {
        foreach (BraTSCase one in _cases)
            one.Problem = $"{one.CaseId}: found two files for T2";
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => _ml.Data.SaveSegmentations(Scored(), _folder["out"]));
        Assert.StartsWith("None of 3 cases could be segmented. Phantom_0001: Phantom_0001: found two files", error.Message);
        Assert.Empty(_ml.Data.SaveSegmentations(Model().Transform(_ml.Data.LoadBraTS([])), _folder["out"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // paths that begin in the folder of the model
    public void A_label_of_the_data_set_is_never_replaced(bool isRelative)
    {
        byte[] truth = File.ReadAllBytes(_cases[0].LabelPath);
        string target = Path.GetDirectoryName(_cases[0].LabelPath)!;
        if (isRelative)
        {
            foreach (BraTSCase one in _cases)
            {
                foreach (Modality modality in ModalitySet.All)
                    one.SetPath(modality, Path.GetRelativePath(_folder["data"], one.PathOf(modality)));
                one.LabelPath = Path.GetRelativePath(_folder["data"], one.LabelPath);
            }
        }

        SavedSegmentations saved = _ml.Data.SaveSegmentations(
            Model(isRelative ? _folder["data"] : null).Transform(_ml.Data.LoadBraTS(_cases)), target);
        SegmentationFailure failure = Assert.Single(saved.Failures);
        // where the paths begin in the folder of the model, it is known before a file is opened that the target is no file of ours
        Assert.Contains(
            isRelative ? "did not write" : "file of the data set would be replaced", failure.Reason, StringComparison.Ordinal);
        Assert.Equal(truth, File.ReadAllBytes(Path.Combine(target, "Phantom_0001_seg.nii.gz")));
    }

    [Fact]
    public void A_file_that_this_library_did_not_write_is_not_replaced()
    {
        Directory.CreateDirectory(_folder["out"]);
        string expert = Path.Combine(_folder["out"], "Phantom_0002_seg.nii.gz");
        File.Copy(_cases[1].LabelPath, expert);
        byte[] before = File.ReadAllBytes(expert);
        IDataView scored = Model().Transform(_ml.Data.LoadBraTS(_cases));
        SavedSegmentations saved = _ml.Data.SaveSegmentations(scored, _folder["out"]);
        Assert.Equal("Phantom_0002", Assert.Single(saved.Failures).CaseId);
        Assert.Contains("did not write", saved.Failures[0].Reason, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(expert));
        Assert.Equal(2, _ml.Data.SaveSegmentations(scored, _folder["out"]).Count); // its own are replaced
    }

    [Fact]
    public void Cases_that_share_a_name_are_refused_and_the_others_done()
    {
        _cases[1].CaseId = "PHANTOM_0001";
        IDataView rows = _ml.Data.LoadBraTS(_cases);
        ITransformer model = Model();
        SavedSegmentations saved = _ml.Data.SaveSegmentations(model.Transform(rows), _folder["out"]);
        Assert.Equal("Phantom_0003_seg.nii.gz", Path.GetFileName(Assert.Single(saved)));
        Refused(saved.Failures);
        foreach (SegmentationReport report in Reports(model, rows))
        {
            Refused(report.Failures);
            Assert.Equal(["Phantom_0003"], report.Scores.Select(score => score.CaseId).Distinct());
        }

        void Refused(IReadOnlyList<SegmentationFailure> failures)
        {
            Assert.Equal(["Phantom_0001", "PHANTOM_0001"], failures.Select(one => one.CaseId));
            Assert.All(failures, one => Assert.Contains("Several cases are named", one.Reason, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_case_with_a_problem_is_refused_with_it_also_by_a_loaded_model(bool isLoaded)
    {
        _cases[1].Problem = "Phantom_0002: found two files for T2";
        IDataView rows = _ml.Data.LoadBraTS(_cases);
        ITransformer model = Model(isLoaded: isLoaded);
        SavedSegmentations saved = _ml.Data.SaveSegmentations(model.Transform(rows), _folder["out"]);
        Assert.Equal(2, saved.Count);
        foreach (IReadOnlyList<SegmentationFailure> failures in Reports(model, rows)
            .Select(report => report.Failures)
            .Append(saved.Failures))
        {
            Assert.Equal((_cases[1].CaseId, _cases[1].Problem), failures.Select(one => (one.CaseId, one.Reason)).Single());
        }
    }

    [Fact]
    public void Rows_without_a_needed_column_are_refused_in_the_words_of_the_library()
    {
        IDataView cases = _ml.Data.LoadBraTS(_cases), scored = Scored();
        Assert.Contains(
            "SaveSegmentations needs the column 'Segmentation' of type Volume; the rows have CaseId, FlairPath",
            Assert.Throws<ArgumentException>(() => _ml.Data.SaveSegmentations(cases, _folder["out"])).Message,
            StringComparison.Ordinal);
        IDataView nameless = _ml.Transforms.DropColumns("LabelPath").Fit(scored).Transform(scored);
        Assert.Contains(
            "Evaluate needs the column 'LabelPath' of type String",
            Assert.Throws<ArgumentException>(() => _ml.Segmentation.Evaluate(nameless)).Message,
            StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    public void Dispose() => _folder.Dispose();

    private SegmentationReport[] Reports(ITransformer model, IDataView rows) =>
    [
        _ml.Segmentation.Evaluate(model.Transform(rows)),
        _ml.Segmentation.Evaluate(model, rows, new() { Subsets = [ModalitySet.All] }),
    ];

    private IDataView Scored() => Model().Transform(_ml.Data.LoadBraTS(_cases));

    private TransformerChain<ITransformer> Model(string? root = null, bool isLoaded = false)
    {
        IDataView rows = _ml.Data.LoadBraTS(_cases);
        ITransformer load = _ml.Transforms.LoadVolumes(root).Fit(rows);
        if (isLoaded)
        {
            _ml.Model.Save(load, rows.Schema, _folder["model.zip"]);
            load = new MLContext().Model.Load(_folder["model.zip"], out _);
        }

        return new(load, _ml.Transforms.CustomMapping<KnownInput, KnownOutput>(Segment, null).Fit(load.Transform(rows)));
    }

    private static void Segment(KnownInput input, KnownOutput output)
    {
        string source = input.Flair!.Source!;
        Volume truth = VolumeFile.Read(string.Concat(source.AsSpan(0, source.LastIndexOf('_')), "_seg.nii.gz"));
        output.Segmentation = new(truth.Grid, truth.Voxels.ToArray()) { LabelConvention = LabelConvention.BraTS2018 };
    }

    private sealed class KnownInput
    {
        public Volume? Flair { get; set; }
    }

    private sealed class KnownOutput
    {
        public Volume? Segmentation { get; set; }
    }
}
