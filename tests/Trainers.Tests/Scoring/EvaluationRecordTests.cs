namespace Smml.MLNet.Tests.Scoring;

/// <summary>An evaluation in parts, and one that goes on where it was stopped.</summary>
public sealed class EvaluationRecordTests(CaseScorerTests.Scored scored) : IClassFixture<CaseScorerTests.Scored>
{
    private static readonly ModalitySet[] s_subsets = [ModalitySet.Of(Modality.Flair), ModalitySet.Of(Modality.T1), ModalitySet.All];

    [Fact]
    public void Shards_brought_together_give_the_report_of_one_process()
    {
        using TemporaryFolder folder = new();
        SegmentationReport whole = scored.Evaluate(Options(null));
        Assert.Equal(2, scored.Evaluate(Options(folder.Path, new(1, 2))).Scores.Select(score => score.CaseId).Distinct().Count());
        Assert.Single(scored.Evaluate(Options(folder.Path, new(2, 2))).Scores.Select(score => score.CaseId).Distinct());
        SegmentationReport together = scored.Evaluate(Options(folder.Path));
        whole.SaveCsv(folder["whole.csv"]);
        together.SaveCsv(folder["together.csv"]);
        Assert.Equal(File.ReadAllBytes(folder["whole.csv"]), File.ReadAllBytes(folder["together.csv"]));
        Assert.Contains("data:image/png", together.ToHtml(), StringComparison.Ordinal); // pictures come from the records too
        Assert.Equal(WithoutTime(whole.ToHtml()), WithoutTime(together.ToHtml()));
    }

    [Fact]
    public void A_record_that_was_changed_is_made_anew()
    {
        using TemporaryFolder folder = new();
        SegmentationReport first = scored.Evaluate(Options(folder.Path));
        string record = folder["Phantom_0001.json"], text = File.ReadAllText(record);
        Assert.Contains("Sensitivity", text, StringComparison.Ordinal);
        File.WriteAllText(record, text.Replace("Sensitivity", "Precision", StringComparison.Ordinal));
        Assert.Equal(first.Scores, scored.Evaluate(Options(folder.Path)).Scores);
        Assert.Equal(text, File.ReadAllText(record));
    }

    [Fact]
    public void A_name_that_no_file_can_have_costs_nothing_but_the_record()
    {
        using TemporaryFolder folder = new();
        BraTSCase[] rows =
        [
            .. scored.Cases[..1].Append(new()
            {
                CaseId = "a/b",
                FlairPath = scored.Cases[1].FlairPath,
                LabelPath = scored.Cases[1].LabelPath,
                LabelConvention = scored.Cases[1].LabelConvention,
            }),
        ];
        SegmentationReport report = scored.Evaluate(Options(folder.Path), rows);
        Assert.Equal(["Phantom_0001", "a/b"], report.Scores.Select(score => score.CaseId).Distinct());
        Assert.Single(Directory.EnumerateFiles(folder.Path));
    }

    [Fact]
    public void Labels_that_mean_something_else_do_not_take_old_records()
    {
        using TemporaryFolder folder = new();
        BraTSCase Row(string convention) => new()
        {
            CaseId = "x",
            FlairPath = scored.Cases[0].FlairPath,
            LabelPath = scored.Cases[0].LabelPath,
            LabelConvention = convention,
        };
        double before = Volume("BraTS2018"), after = Volume("MsdTask01"); // 1 is the core there, the oedema here
        Assert.NotEqual(before, after);

        double Volume(string convention) => Assert.Single(
            scored.Evaluate(Options(folder.Path), [Row(convention)]).Scores,
            score => score.Region == ScoredRegion.TumorCore && score.Metric == SegmentationMetrics.TrueVolume).Value;
    }

    [Fact]
    public void Other_options_do_not_take_old_records()
    {
        using TemporaryFolder folder = new();
        scored.Evaluate(Options(folder.Path));
        DateTime written = File.GetLastWriteTimeUtc(folder["Phantom_0001.json"]);
        scored.Evaluate(Options(folder.Path));
        // the model's own
        scored.Evaluate(new() { Subsets = s_subsets, RecordFolder = folder.Path, Pictures = 2, Windows = new() { Overlap = 0.5 } });
        Assert.Equal(written, File.GetLastWriteTimeUtc(folder["Phantom_0001.json"])); // taken, not made
        Assert.Contains(
            scored.Evaluate(new() { Subsets = s_subsets, RecordFolder = folder.Path, EmptyRegion = EmptyRegion.Exclude }).Scores,
            score => score.CaseId == "Phantom_0001");
        Assert.NotEqual(written, File.GetLastWriteTimeUtc(folder["Phantom_0001.json"]));
    }

    private static EvaluationOptions Options(string? folder, Shard shard = default) =>
        new() { Subsets = s_subsets, RecordFolder = folder, Shard = shard, Pictures = 2 };

    private static string WithoutTime(string html) =>
        System.Text.RegularExpressions.Regex.Replace(html, @"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "");
}
