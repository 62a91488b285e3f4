using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Smml.MLNet.Tests.Persistence;

namespace Smml.MLNet.Tests.Telemetry;

/// <summary>What listeners of <see cref="SmmlTelemetry.Name"/> hear, and that it changes nothing.</summary>
public sealed class TelemetryTests(TrainedChain chain) : IClassFixture<TrainedChain>
{
    [Fact]
    public void A_scoring_says_cases_stages_and_windows_and_no_name()
    {
        using TemporaryFolder folder = new();
        BraTSCase[] cases = [.. chain.Context.Data.CreateEnumerable<BraTSCase>(chain.Cases, reuseRowObject: false)];
        string damaged = folder["damaged.nii.gz"];
        File.WriteAllText(damaged, "no volume");
        cases[2].T2Path = damaged;
        ScoringReport report;
        using (Heard heard = new())
        {
            report = chain.Context.Segmentation.Score(chain.Model, chain.Context.Data.LoadBraTS(cases), folder["out"]);
            Assert.Equal(2, heard.Sum(SmmlTelemetry.Cases, "score", "done"));
            Assert.Equal(1, heard.Sum(SmmlTelemetry.Cases, "score", "failed"));
            Assert.Equal(3, heard.Count(SmmlTelemetry.StageDuration, "read")); // the damaged one took time too
            Assert.Equal(2 * 2, heard.Count(SmmlTelemetry.StageDuration, "prepare")); // cropping and normalisation
            Assert.Equal(2, heard.Count(SmmlTelemetry.StageDuration, "network"));
            Assert.Equal(2, heard.Count(SmmlTelemetry.StageDuration, "write"));
            Assert.True(heard.Sum(SmmlTelemetry.Windows) >= 2);
            Assert.All(heard.Values(SmmlTelemetry.StageDuration), seconds => Assert.InRange(seconds, 0, 600));
            Assert.Equal(1, heard.Activities.Count(name => name == "smml.score"));
            Assert.Equal(2, heard.Activities.Count(name => name == "smml.network"));
            Assert.DoesNotContain(heard.Texts, text => text.Contains("Phantom") || text.Contains("damaged") || text.Contains('/'));

            chain.Context.Segmentation.Score(chain.Model, chain.Context.Data.LoadBraTS(cases), folder["out"]);
            Assert.Equal(2, heard.Sum(SmmlTelemetry.Cases, "score", "kept"));
        }

        foreach (ScoredCase one in report.Cases) // as without a listener
            Assert.Contains($"{one.CaseId} {TrainedChain.Hash(VolumeFile.Read(folder[$"out/{one.Segmentation.Name}"]))}", chain.Hashes);
    }

    [Fact]
    public void An_evaluation_and_a_case_in_memory_count_their_cases()
    {
        using Heard heard = new();
        chain.Context.Segmentation.Evaluate(chain.Model, chain.Cases, new() { Metrics = SegmentationMetric.Dice });
        Assert.Equal(3, heard.Sum(SmmlTelemetry.Cases, "evaluate", "done"));
        CaseSegmenter segmenter = chain.Context.Segmentation.CreateSegmenter(chain.Model);
        segmenter.Segment(chain.Context.Data.CreateEnumerable<BraTSCase>(chain.Cases, reuseRowObject: false).First());
        Assert.Throws<InvalidDataException>(() => segmenter.Segment(new() { CaseId = "none", FlairPath = "no-such-file.nii.gz" }));
        Assert.Equal(1, heard.Sum(SmmlTelemetry.Cases, "segment", "done"));
        Assert.Equal(1, heard.Sum(SmmlTelemetry.Cases, "segment", "failed"));
        Assert.DoesNotContain(heard.Texts, text => text.Contains("Phantom") || text.Contains("no-such-file"));
    }

    [Fact]
    public void A_training_says_its_steps_and_losses_and_its_weights_are_the_same()
    {
        string weights;
        using (Heard heard = new())
        {
            weights = Train();
            Assert.Equal(1, heard.Count(SmmlTelemetry.StepDuration, "smml"));
            Assert.Equal(1, heard.Activities.Count(name => name == "smml.train"));
            Assert.NotEmpty(heard.Values(SmmlTelemetry.Loss));
            Assert.Contains(heard.Texts, text => text.Contains("total", StringComparison.OrdinalIgnoreCase));
            Assert.DoesNotContain(heard.Texts, text => text.Contains("Phantom") || text.Contains('/'));
        }

        Assert.Equal(weights, Train());

        string Train() => chain.Context.Segmentation
            .Describe(TrainedChain.Chain(chain.Context, TrainedChain.Options()).Fit(chain.Cases))
            .WeightsSha256;
    }

    /// <summary>Listens to everything of the library.</summary>
    private sealed class Heard : IDisposable
    {
        private readonly ConcurrentQueue<(string Instrument, double Value, string[] Tags)> _measurements = new();
        private readonly ConcurrentQueue<Activity> _activities = new();
        private readonly MeterListener _meters = new();
        private readonly ActivityListener _sources;

        public Heard()
        {
            _meters.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == SmmlTelemetry.Name)
                    listener.EnableMeasurementEvents(instrument);
            };
            _meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
            _meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
            _meters.Start();
            _sources = new()
            {
                ShouldListenTo = source => source.Name == SmmlTelemetry.Name,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = _activities.Enqueue,
            };
            ActivitySource.AddActivityListener(_sources);
        }

        public IEnumerable<string> Activities => _activities.Select(activity => activity.OperationName);

        /// <summary>Every text that went out.</summary>
        public IEnumerable<string> Texts => _measurements.SelectMany(one => one.Tags)
            .Concat(_activities.Select(activity => activity.DisplayName))
            .Concat(_activities.SelectMany(activity => activity.TagObjects).Select(tag => $"{tag.Value}"));

        public double Sum(string instrument, params string[] tags) => Of(instrument, tags).Sum(one => one.Value);

        public int Count(string instrument, params string[] tags) => Of(instrument, tags).Count();

        public IEnumerable<double> Values(string instrument) => Of(instrument, []).Select(one => one.Value);

        public void Dispose()
        {
            _meters.Dispose();
            _sources.Dispose();
        }

        private IEnumerable<(string Instrument, double Value, string[] Tags)> Of(string instrument, string[] tags) =>
            _measurements.Where(one => one.Instrument == instrument && tags.All(one.Tags.Contains));

        private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            List<string> texts = [];
            foreach (KeyValuePair<string, object?> tag in tags)
                texts.Add($"{tag.Value}");
            _measurements.Enqueue((instrument.Name, value, [.. texts]));
        }
    }
}
