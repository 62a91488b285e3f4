using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Smml.MLNet.Geometry;
using Smml.MLNet.Phantom;

namespace Smml.MLNet.Tests.Training;

/// <summary>One bad case costs itself, not the run; what is odd about a good one is told.</summary>
public sealed class RefusedCaseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);
    private readonly List<(ChannelMessageKind Kind, string Text)> _log = [];
    private readonly IReadOnlyList<BraTSCase> _cases;

    public RefusedCaseTests()
    {
        _cases = PhantomDataset.Write(_folder["phantoms"], 3, seed: 5, new() { Shape = new(24, 28, 24), Spacing = (6.5, 6.5, 6.5) });
        _ml.Log += (_, message) =>
        {
            if (message.Kind is ChannelMessageKind.Warning or ChannelMessageKind.Error)
                _log.Add((message.Kind, message.RawMessage));
        };
    }

    [Theory]
    [InlineData(1L << 30)] // in memory
    [InlineData(1L)] // on disk
    public void Training_goes_on_without_a_damaged_case(long memory)
    {
        File.WriteAllText(_cases[1].T1Path, "no image");
        using SegmentationTransformer model = Train(_cases, memory);

        Assert.Equal(2, model.Info.TrainingCases);
        string error = Assert.Single(_log, message => message.Kind == ChannelMessageKind.Error).Text;
        Assert.Contains("Phantom_0002 is left out: " + _cases[1].T1Path, error);
        Assert.Equal(
            ["Phantom_0001", "Phantom_0003"],
            _log.Where(message => message.Kind == ChannelMessageKind.Warning).Select(message => message.Text[..12]));
        Assert.All(
            _log.Where(message => message.Kind == ChannelMessageKind.Warning),
            message => Assert.Contains("6.5 x 6.5 x 6.5 mm", message.Text));
    }

    [Fact]
    public void Training_goes_on_without_a_case_that_has_a_problem()
    {
        _cases[1].Problem = "Phantom_0002: found two files for T2";
        using SegmentationTransformer model = Train(_cases, 1L << 30);
        CaseWarning refused = Assert.Single(model.Training.Refused);
        Assert.Equal(("Phantom_0002", _cases[1].Problem), (refused.CaseId, refused.Message));
    }

    [Fact]
    public void The_cache_of_ML_NET_is_refused_with_what_it_does_and_with_the_cache_of_the_trainer()
    {
        IDataView rows = _ml.Data.LoadBraTS(_cases);
        EstimatorChain<SegmentationTransformer> chain = new EstimatorChain<ITransformer>()
            .Append(Preprocessing())
            .AppendCacheCheckpoint(_ml)
            .Append(_ml.Segmentation.Trainers.Smml(new SmmlTrainerOptions { Architecture = TinyProblem.Architecture }));
        string message = Assert.Throws<ArgumentException>(() => chain.Fit(rows)).Message;
        Assert.Contains("cache of ML.NET (AppendCacheCheckpoint or Data.Cache), which cannot hold volumes", message);
        Assert.Contains("CaseOptions.Memory", message);

        IDataView cached = _ml.Data.Cache(_ml.Transforms.LoadVolumes().Fit(rows).Transform(rows));
        Assert.Contains(
            "cannot hold volumes", Assert.Throws<ArgumentException>(() => _ml.Transforms.CropForeground().Fit(cached)).Message);
    }

    [Fact]
    public void Training_ends_when_no_case_is_left()
    {
        foreach (BraTSCase item in _cases)
            File.Delete(item.T1cePath);
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => Train(_cases, 1L << 30));
        Assert.StartsWith("No training case is left, 3 were refused. Phantom_0001: ", error.Message, StringComparison.Ordinal);
        Assert.All(_cases, item => Assert.Contains(item.T1cePath, error.Message));
    }

    [Fact]
    public void A_cursor_goes_on_behind_a_row_that_failed()
    {
        File.Delete(_cases[1].FlairPath);
        IDataView loaded = _ml.Transforms.LoadVolumes()
            .Append(_ml.Transforms.CropForeground())
            .Fit(_ml.Data.LoadBraTS(_cases))
            .Transform(_ml.Data.LoadBraTS(_cases));
        using DataViewRowCursor cursor = loaded.GetRowCursor([loaded.Schema["Flair"], loaded.Schema["Label"]]);
        ValueGetter<Volume> flair = cursor.GetGetter<Volume>(loaded.Schema["Flair"]),
            label = cursor.GetGetter<Volume>(loaded.Schema["Label"]);
        List<string> seen = [];
        while (cursor.MoveNext())
        {
            Volume scan = null!, truth = null!;
            try
            {
                flair(ref scan);
                label(ref truth);
                Assert.Equal(scan.Grid, truth.Grid);
                seen.Add(Path.GetFileName(scan.Source!)[..12]);
            }
            catch (FileNotFoundException)
            {
                seen.Add("gone");
            }
        }

        Assert.Equal(["Phantom_0001", "gone", "Phantom_0003"], seen);
    }

    [Fact]
    public void Warnings_reach_the_segmentation_its_files_and_the_evaluation_once_a_case()
    {
        using SegmentationTransformer model = Train(_cases, 1L << 30);
        ITransformer chain = Preprocessing().Append(new Fitted(model)).Fit(_ml.Data.LoadBraTS(_cases));
        _log.Clear();
        List<CaseWarning> told = [];
        _ml.Data.SaveSegmentations(chain.Transform(_ml.Data.LoadBraTS(_cases.Take(1))), _folder["out"], warnings: new Immediate(told.Add));
        CaseWarning warning = Assert.Single(told);
        Assert.Equal("Phantom_0001", warning.CaseId);
        Assert.Contains("ResampleVolumes", warning.Message);

        _ml.Segmentation.Evaluate(chain, _ml.Data.LoadBraTS(_cases.Take(1)));
        Assert.Equal($"Phantom_0001: {warning.Message}", Assert.Single(_log, message => message.Kind == ChannelMessageKind.Warning).Text);
    }

    [Fact]
    public void A_label_that_lies_elsewhere_than_the_scans_is_not_scored()
    {
        using SegmentationTransformer model = Train(_cases.Take(1), 1L << 30);
        Volume label = VolumeFile.Read(_cases[0].LabelPath);
        VolumeFile.Write(
            _cases[0].LabelPath, new(new(label.Shape, label.Grid.Affine.Translate(0, 1, 0)), label.Voxels.ToArray()), VoxelType.UInt8);
        ITransformer chain = Preprocessing().Append(new Fitted(model)).Fit(_ml.Data.LoadBraTS(_cases));
        SegmentationReport report = _ml.Segmentation.Evaluate(
            chain, _ml.Data.LoadBraTS(_cases.Take(1)), new() { Subsets = [ModalitySet.All] });
        Assert.Contains("lies up to 6.5 mm from the scans", Assert.Single(report.Failures).Reason);
        Assert.Empty(report.Scores);
    }

    [Fact]
    public void A_case_stored_otherwise_is_segmented_alike_on_its_own_grid()
    {
        using SegmentationTransformer model = Train(_cases, 1L << 30);
        ITransformer chain = Preprocessing()
            .Append(_ml.Transforms.ResampleVolumes(6))
            .Append(new Fitted(model))
            .Fit(_ml.Data.LoadBraTS(_cases));
        BraTSCase turned = new() { CaseId = "turned" };
        foreach (Modality modality in ModalitySet.All)
        {
            Volume scan = VolumeFile.Read(_cases[0].PathOf(modality));
            turned.SetPath(modality, _folder[$"turned_{modality}.nii.gz"]);
            VolumeFile.Write(turned.PathOf(modality), scan.Reorient(AxisOrder.To(scan.Grid.Affine, "SAR")), VoxelType.Int16);
        }

        Volume[] found =
        [
            .. _ml.Data
                .CreateEnumerable<TinyResult>(chain.Transform(_ml.Data.LoadBraTS([_cases[0], turned])), false)
                .Select(row => row.Segmentation!),
        ];
        Assert.Equal(VolumeFile.Read(turned.FlairPath).Grid, found[1].Grid);
        Volume back = found[1].Reorient(AxisOrder.To(found[1].Grid.Affine, "LPS"));
        Assert.Equal(found[0].Grid, back.Grid);
        Assert.True(
            found[0].Voxels.ToArray().Distinct().Count() > 1, "the model finds one class everywhere: the comparison would prove nothing");
        Assert.True(found[0].Voxels.SequenceEqual(back.Voxels));
    }

    public void Dispose() => _folder.Dispose();

    private IEstimator<ITransformer> Preprocessing() =>
        _ml.Transforms.LoadVolumes().Append(_ml.Transforms.CropForeground()).Append(_ml.Transforms.NormalizeIntensity());

    private SegmentationTransformer Train(IEnumerable<BraTSCase> cases, long memory)
    {
        IDataView data = _ml.Data.LoadBraTS(cases);
        SmmlTrainerOptions options = new()
        {
            Architecture = TinyProblem.Architecture,
            Epochs = 2,
            StepsPerEpoch = 2,
            BatchSize = 1,
            Seed = 3,
            Cases = new() { Memory = memory },
            Losses = TinyProblem.FusedOnly,
        };
        return _ml.Segmentation.Trainers.Smml(options).Fit(Preprocessing().Fit(data).Transform(data));
    }

    private sealed class Immediate(Action<CaseWarning> report) : IProgress<CaseWarning>
    {
        public void Report(CaseWarning value) => report(value);
    }

    /// <summary>A transformer that is there already, as a step of a chain.</summary>
    private sealed class Fitted(SegmentationTransformer model) : IEstimator<ITransformer>
    {
        public ITransformer Fit(IDataView input) => model;

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => inputSchema;
    }
}
