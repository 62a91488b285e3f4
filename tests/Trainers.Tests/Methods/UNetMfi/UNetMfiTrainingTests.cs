using Microsoft.ML;
using Smml.MLNet.Phantom;

namespace Smml.MLNet.Tests.Methods.UNetMfi;

/// <summary>Trainings of U-Net-MFI with other label conventions, and its place in a comparison.</summary>
public sealed class UNetMfiTrainingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Five_classes_are_trained_saved_and_scored()
    {
        UNetMfiTrainerOptions options = (UNetMfiTrainerOptions)SegmentationMethods.Parse("unet-mfi").CreateOptions(NetworkSize.Tiny) with
        {
            Epochs = 1,
            StepsPerEpoch = 1,
            Seed = 3,
        };
        IDataView data = TinyProblem.View(_ml, TinyProblem.Rows(2).Select(Relabelled));
        using SegmentationTransformer model = _ml.Segmentation.Trainers.UNetMfi(options).Fit(data);
        Assert.Equal(LabelConvention.BraTS2015, model.Info.Convention);
        using TorchSharp.torch.Tensor logits = model.Engine.Logits(Scans(), [ModalitySet.All])[0];
        Assert.Equal(4, logits.shape[0]);
        _ml.Model.Save(model, null, _folder["model.zip"]);
        ITransformer loaded = _ml.Model.Load(_folder["model.zip"], out _);
        Assert.Equal(model.Info.WeightsSha256, _ml.Segmentation.Describe(loaded).WeightsSha256);
        Assert.All(model.Engine.Segment(Scans()).Voxels.ToArray(), value => Assert.InRange(value, 0, 4));
    }

    [Fact]
    public void It_is_compared_with_other_methods()
    {
        PhantomDataset.Write(_folder["cases"], 2, seed: 5, new() { Shape = new(32, 32, 32), Spacing = (5.6, 5.6, 5.6) });
        ComparisonReport report = _ml.Segmentation.Compare(
            _ml.Data.LoadBraTS(BraTSDataset.Find(_folder["cases"])),
            [ComparisonMethod.Parse("unet-mfi", NetworkSize.Tiny), ComparisonMethod.Parse("rfnet", NetworkSize.Tiny)],
            new()
            {
                HeldOut = ["Phantom_0002"],
                Budget = new() { Steps = 1 },
                Evaluation = new() { Metrics = SegmentationMetric.Dice },
                Folder = _folder["study"],
                Seed = 6,
            });
        Assert.Equal(["U-Net-MFI", "RFNet"], report.Methods.Select(one => one.Method.Name));
        Assert.True(File.Exists(_folder["study/u-net-mfi.zip"]));
        Assert.Contains("U-Net-MFI", report.ToTable(), StringComparison.Ordinal);
    }

    private static Volume?[] Scans()
    {
        TinyRow row = TinyProblem.Row(3);
        return [row.Flair, row.T1ce, row.T1, row.T2];
    }

    // The values 1, 2 and 4 exist in BraTS 2015, too.
    private static TinyRow Relabelled(TinyRow row)
    {
        row.Label = new(row.Label!.Grid, row.Label.Voxels.ToArray()) { LabelConvention = LabelConvention.BraTS2015 };
        return row;
    }
}
