using Smml.MLNet.Methods.MctSeg;

namespace Smml.MLNet.Tests.Methods.MctSeg;

public sealed class MctSegSettingsTests
{
    [Fact]
    public void The_released_behaviour_is_one_word_away()
    {
        Assert.Equal((TokenLayout.Aligned, ConvolutionPadding.Zeros, false), Choices(new MctSegTrainerOptions()));
        foreach (NetworkSize size in Enum.GetValues<NetworkSize>())
        {
            SegmentationTrainerOptions released = SegmentationMethods.Parse("mctseg").CreateOptions(size, Fidelity.Reference);
            Assert.Equal(TokenLayout.Reference, Choices(released).Layout);
        }

        MctSegTrainerOptions paper = MctSegTrainerOptions.Paper(BraTS.Y2020, Fidelity.Reference);
        Assert.Equal((TokenLayout.Reference, ConvolutionPadding.Zeros, false), Choices(paper));
        Assert.Equal(TokenLayout.Aligned, Choices(MctSegTrainerOptions.Paper(BraTS.Y2018)).Layout);
        Assert.Equal((1000, 1, 2e-4, 1e-4), (paper.Epochs, paper.BatchSize, paper.Optimizer.LearningRate, paper.Optimizer.WeightDecay));

        static (TokenLayout Layout, ConvolutionPadding Padding, bool LearnPositions) Choices(SegmentationTrainerOptions options)
        {
            MctSegArchitecture architecture = ((MctSegTrainerOptions)options).Architecture;
            return (architecture.TokenLayout, architecture.Padding, architecture.LearnPositions);
        }
    }

    [Fact]
    public void Wrong_sizes_and_weights_are_named_with_what_is_expected()
    {
        Assert.Empty(MctSegArchitecture.Paper.Errors().Concat(MctSegArchitecture.Tiny.Errors()));
        Assert.Empty(new MctSegLossOptions { DetachTeacher = true }.Errors());
        MctSegArchitecture wrong = new()
        {
            BaseChannels = 0,
            TransformerWidth = 12,
            FeedForwardWidth = 4,
            AdapterWidth = 257,
            FusionAdapterWidth = 0,
            Dropout = double.NaN,
            TokenLayout = (TokenLayout)7,
            Padding = (ConvolutionPadding)7,
            Patch = new(16, 40, 528),
        };
        string[] errors = [.. wrong.Errors()];
        Assert.Equal(11, errors.Length);
        Assert.Contains("AdapterWidth is 257; expected 1 to 256", errors[^2], StringComparison.Ordinal);
        Assert.All(errors[^5..^2], error => Assert.Contains("a multiple of 16 from 32 to 512", error, StringComparison.Ordinal));
        MctSegLossOptions weights = new() { SeparateWeight = -1, TeacherWeight = 0, DistillationWeight = 101, DetachTeacher = true };
        string[] weightErrors = [.. weights.Errors()];
        Assert.Equal("Losses.SeparateWeight is -1; expected 0 to 100.", weightErrors[0]);
        Assert.Equal("Losses.DistillationWeight is 101; expected 0 to 100.", weightErrors[1]);
        Assert.Contains("nothing would train the teacher", weightErrors[2], StringComparison.Ordinal);
        string message = Assert.Throws<ArgumentException>(
            () => new Microsoft.ML.MLContext().Segmentation.Trainers.MctSeg(new() { Architecture = wrong, Losses = weights })).Message;
        Assert.Contains("MctSegTrainerOptions: 14 options are out of range", message, StringComparison.Ordinal);
    }
}
