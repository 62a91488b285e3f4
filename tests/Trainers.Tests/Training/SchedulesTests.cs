using System.Globalization;
using System.Text.Json;
using Smml.MLNet.Inference;
using Smml.MLNet.Methods.MctSeg;
using Smml.MLNet.Methods.MmFormer;
using Smml.MLNet.Methods.RFNet;
using Smml.MLNet.Methods.UNetMfi;
using Smml.MLNet.Tests.Methods;
using Smml.MLNet.Training;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Training;

/// <summary>Learning rates and window starts against numbers of the released codes.</summary>
public sealed class SchedulesTests
{
    private const double Tolerance = 1e-12;

    private readonly JsonElement _numbers = new RivalFixture("common").Read("schedules.json");

    [Theory]
    [InlineData("rfnet")]
    [InlineData("mmformer")]
    [InlineData("mfi")]
    [InlineData("mctseg")]
    public void Every_epoch_has_the_learning_rate_of_the_released_code(string method)
    {
        JsonProperty schedule = Entries("lr").Single(entry => entry.Name.Split('_').Contains(method));
        int epochs = Sizes(schedule.Name)[0];
        double initial = schedule.Value.GetProperty("0").GetDouble();
        using TrainingMethod training = Create(method, epochs, initial);
        ParameterGroup group = Assert.Single(training.Groups);
        foreach (JsonProperty rate in schedule.Value.EnumerateObject())
        {
            int epoch = int.Parse(rate.Name, CultureInfo.InvariantCulture);
            group.BeginEpoch(epoch);
            Assert.Equal(rate.Value.GetDouble(), group.Optimizer.LearningRate, Tolerance);
        }
    }

    [Fact]
    public void Windows_start_where_those_of_the_released_codes_do()
    {
        JsonProperty[] entries = [.. Entries("windows")];
        Assert.NotEmpty(entries);
        foreach (JsonProperty entry in entries)
        {
            int[] sizes = Sizes(entry.Name);
            double overlap = 1 - ((double)sizes[1] / sizes[0]);
            foreach (JsonProperty starts in entry.Value.EnumerateObject())
            {
                int length = int.Parse(starts.Name, CultureInfo.InvariantCulture);
                int[] expected = [.. starts.Value.EnumerateArray().Select(start => start.GetInt32())];
                Assert.Equal(expected, SlidingWindow.Starts(length, sizes[0], overlap));
            }
        }
    }

    // The released epochs and rate are the defaults, which stay as they are where the file has the released job.
    private static TrainingMethod Create(string method, int epochs, double rate)
    {
        TrainingSetup setup = new(LabelConvention.BraTS2018, [CPU], HasCues: false);
        return method switch
        {
            "rfnet" => new RFNetMethod().CreateTraining(With(new RFNetTrainerOptions { Architecture = RFNetArchitecture.Tiny }), setup),
            "mfi" => new UNetMfiMethod().CreateTraining(With(new UNetMfiTrainerOptions { Architecture = UNetMfiArchitecture.Tiny }), setup),
            "mctseg" => new MctSegMethod().CreateTraining(With(new MctSegTrainerOptions { Architecture = MctSegArchitecture.Tiny }), setup),
            _ => new MmFormerMethod().CreateTraining(With(new MmFormerTrainerOptions { Architecture = MmFormerArchitecture.Tiny }), setup),
        };

        SegmentationTrainerOptions With(SegmentationTrainerOptions options) =>
            (options.Epochs, options.Optimizer.LearningRate) == (epochs, rate)
                ? options
                : options with { Epochs = epochs, Optimizer = options.Optimizer with { LearningRate = rate } };
    }

    private IEnumerable<JsonProperty> Entries(string kind) => _numbers
        .EnumerateObject()
        .Where(entry => entry.Name.Contains($"_{kind}_", StringComparison.Ordinal));

    // The numbers at the end of a name: epochs, or window and stride.
    private static int[] Sizes(string name) => [.. name
        .Split('_')
        .Where(part => part.All(char.IsAsciiDigit))
        .Select(part => int.Parse(part, CultureInfo.InvariantCulture))];
}
