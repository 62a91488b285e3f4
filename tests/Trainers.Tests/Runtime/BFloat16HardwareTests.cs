using Microsoft.ML;
using Microsoft.ML.Runtime;
using TorchSharp;

namespace Smml.MLNet.Tests.Runtime;

/// <summary>Bfloat16 is chosen only where the device computes in it itself; else a user is warned.</summary>
public sealed class BFloat16HardwareTests
{
    [Theory]
    [InlineData(TrainingPrecision.Auto, true, TrainingPrecision.BFloat16)]
    [InlineData(TrainingPrecision.Auto, false, TrainingPrecision.Single)]
    [InlineData(TrainingPrecision.Auto, null, TrainingPrecision.Single)]
    [InlineData(TrainingPrecision.BFloat16, false, TrainingPrecision.BFloat16)]
    [InlineData(TrainingPrecision.Single, true, TrainingPrecision.Single)]
    public void The_precision_is_the_one_that_was_asked_for_or_the_faster_one(
        TrainingPrecision asked, bool? hasBFloat16, TrainingPrecision expected) =>
        Assert.Equal(expected, BFloat16Hardware.Resolve(asked, hasBFloat16));

    [Fact]
    public void Emulation_is_warned_of_with_the_reason_and_the_factor()
    {
        string warning = BFloat16Hardware.Warning(TrainingPrecision.BFloat16, false)!;
        Assert.Contains("AVX512-BF16 or AMX", warning, StringComparison.Ordinal);
        Assert.Contains("16 times as long", warning, StringComparison.Ordinal);
        Assert.Contains("Auto or Single", warning, StringComparison.Ordinal);
        Assert.Null(BFloat16Hardware.Warning(TrainingPrecision.BFloat16, true));
        Assert.Null(BFloat16Hardware.Warning(TrainingPrecision.BFloat16, null));
        Assert.Null(BFloat16Hardware.Warning(TrainingPrecision.Single, false));
    }

    [Fact]
    public void What_the_processor_has_is_what_the_system_says()
    {
        const string Processor = "/proc/cpuinfo";
        if (!File.Exists(Processor) || BFloat16Hardware.OfProcessor is not { } found)
        {
            Assert.Skip("only Linux on x64 tells");
            return;
        }

        string flags = File.ReadLines(Processor).First(line => line.StartsWith("flags", StringComparison.Ordinal));
        Assert.Equal(
            flags.Contains(" avx512_bf16", StringComparison.Ordinal) || flags.Contains(" amx_bf16", StringComparison.Ordinal), found);
        Assert.True(BFloat16Hardware.Of(DeviceType.CUDA));
    }

    [Fact]
    public void A_training_says_which_precision_it_took_and_warns_where_that_is_slow()
    {
        MLContext ml = new(seed: 1);
        List<string> warnings = [];
        ml.Log += (_, message) =>
        {
            if (message.Kind == ChannelMessageKind.Warning)
                warnings.Add(message.RawMessage);
        };
        TrainingPrecision expected = BFloat16Hardware.OfProcessor == true ? TrainingPrecision.BFloat16 : TrainingPrecision.Single;
        using SegmentationTransformer model = ml.Segmentation.Trainers
            .Smml(TinyProblem.Options(epochs: 1) with { Precision = TrainingPrecision.Auto })
            .Fit(TinyProblem.View(ml, TinyProblem.Rows(2)));
        Assert.Equal(expected, model.Info.Precision);
        Assert.DoesNotContain(warnings, text => text.Contains("emulated", StringComparison.Ordinal));
    }
}
