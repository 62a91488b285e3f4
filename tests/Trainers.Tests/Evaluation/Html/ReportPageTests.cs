using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Microsoft.ML;
using Smml.MLNet.Phantom;

namespace Smml.MLNet.Tests.Evaluation.Html;

public sealed class ReportPageTests : IDisposable
{
    private const string Hostile = "<script>alert(1)</script>&\"'\u0001";

    private readonly string _folder = Directory.CreateTempSubdirectory("smml-report-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_table_has_a_column_a_subset_with_its_circles_and_the_means_of_the_report()
    {
        SegmentationReport report = Report(["a", "b"]);
        XElement table = Table(report, "wide");
        XElement[] circles = [.. table.Element("thead")!.Elements("tr").Skip(1)];
        Assert.Equal(["Flair", "T1ce", "T1", "T2"], circles.Select(row => row.Element("th")!.Value));
        foreach ((XElement row, Modality modality) in circles.Zip(ModalitySet.All))
        {
            string expected = string.Concat(ModalitySet.Subsets.Select(subset => subset.Contains(modality) ? '\u25CF' : '\u25CB'));
            Assert.Equal(expected, string.Concat(row.Elements("td").Where(cell => Class(cell).StartsWith('c')).Select(cell => cell.Value)));
        }

        XElement[] rows = [.. table.Element("tbody")!.Elements("tr")];
        Assert.Equal(["WT", "TC", "ET", "ET*"], rows.Select(row => row.Element("th")!.Value));
        foreach ((XElement row, ScoredRegion region) in rows.Zip(Enum.GetValues<ScoredRegion>()))
        {
            Assert.Equal(
                [.. ModalitySet.Subsets.Select(subset => Percent(report.Mean(region, subset))), Percent(report.Mean(region))],
                row.Elements("td").Select(cell => cell.Value));
        }

        XElement upright = Table(report, "upright");
        Assert.Equal(16, upright.Element("tbody")!.Elements("tr").Count());
        Assert.Equal(
            rows[0].Elements("td").Select(cell => cell.Value),
            upright.Element("tbody")!.Elements("tr").Select(row => row.Elements("td").First(cell => Class(cell).StartsWith('v')).Value));
    }

    [Fact]
    public void The_page_says_which_file_was_read_as_which_scan()
    {
        SegmentationReport report = Evaluated(pictures: 0);
        Assert.Equal(3, report.Cases.Count);
        XElement files = Page(report.ToHtml()).Descendants("section").Single(section => section.Element("h2")?.Value == "Files");
        XElement row = Assert.Single(files.Descendants("tbody").Elements("tr"));
        Assert.Equal(
            "Flair *_flair.nii.gz, T1ce *_t1ce.nii.gz, T1 *_t1.nii.gz, T2 *_t2.nii.gz, label *_seg.nii.gzall 3 cases", row.Value);
    }

    [Fact]
    public void The_page_runs_nothing_and_loads_nothing()
    {
        SegmentationReport report = Evaluated(pictures: 2);
        string html = report.ToHtml();
        Assert.StartsWith("<!DOCTYPE html>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("http", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("url(", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("@import", html, StringComparison.OrdinalIgnoreCase);
        XAttribute[] loads =
        [
            .. Page(html)
                .Descendants()
                .Attributes()
                .Where(attribute => attribute.Name.LocalName is "src" or "href" or "srcset" or "action" or "data"),
        ];
        Assert.NotEmpty(loads);
        Assert.All(loads, load => Assert.True(
            load.Value.StartsWith('#') || load.Value.StartsWith("data:image/png;base64,", StringComparison.Ordinal), load.Value));
        Assert.DoesNotContain(
            Page(html).Descendants().Attributes(),
            attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.OrdinalIgnoreCase));
        Assert.Contains("Research use only, never a diagnosis", html);
        Assert.Contains("Deployed", html);
    }

    [Fact]
    public void The_name_of_a_case_is_text_whatever_it_says()
    {
        SegmentationReport report = new([.. Scores([Hostile, "b"])], [new(Hostile, ModalitySet.All, Hostile)], 500)
        {
            Warnings = [new(Hostile, Hostile)],
        };
        string html = report.ToHtml();
        Assert.DoesNotContain("<script", html);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;&amp;", html);
        XDocument page = Page(html);
        Assert.Contains(Table(page, "cases").Descendants("th"), cell => cell.Value == Hostile.Replace('\u0001', '\uFFFD'));
        Assert.Equal(2, page.Descendants("table").Count(table => Class(table) == "reasons"));
    }

    [Fact]
    public void Failures_are_grouped_by_reason_and_counted()
    {
        SegmentationReport report = new(
            [.. Scores(["a"])],
            [.. ModalitySet.Subsets.Take(8).Select(subset => new SegmentationFailure("bad", subset, "it is damaged"))],
            500);
        XElement row = Assert.Single(Table(report, "reasons").Element("tbody")!.Elements("tr"));
        Assert.Equal(["bad", "8", "it is damaged"], row.Elements().Select(cell => cell.Value));
        Assert.Contains("1 scored, 1 failed", report.ToHtml());
    }

    [Fact]
    public void A_report_without_scores_is_a_page_that_says_so()
    {
        string html = new SegmentationReport([], [new("only", ModalitySet.None, "why")], 500).ToHtml();
        Page(html);
        Assert.Contains("No case was scored.", html);
        Assert.Contains("why", html);
    }

    [Fact]
    public void Every_other_metric_has_a_table_of_its_own_in_its_own_unit()
    {
        SegmentationScore[] distances =
        [
            .. Scores(["a", "b"]).Select(
                score => score with { Metric = SegmentationMetrics.Hd95, Value = score.CaseId == "a" ? 12.5 : double.PositiveInfinity }),
        ];
        XDocument page = Page(new SegmentationReport([.. Scores(["a", "b"]), .. distances], [], 500).ToHtml());
        XElement[] tables = [.. page.Descendants("table").Where(table => Class(table) == "wide")];
        Assert.Equal(2, tables.Length);
        Assert.Contains(page.Descendants("p"), text => text.Value.StartsWith("in mm, lower is better", StringComparison.Ordinal));
        // what is not finite is in no mean
        Assert.All(tables[1].Element("tbody")!.Descendants("td"), cell => Assert.Equal("12.5", cell.Value));
        Assert.DoesNotContain(tables[1].Descendants("td"), cell => Class(cell).Contains(" s", StringComparison.Ordinal));
    }

    [Fact]
    public void Cases_are_listed_worst_first()
    {
        string[] names =
        [
            .. Table(Report(["good", "bad"]), "cases").Element("tbody")!.Elements("tr").Select(row => row.Element("th")!.Value),
        ];
        Assert.Equal(["bad", "good"], names); // Scores makes the second case worse
    }

    [Fact]
    public void A_notebook_shows_the_report_without_a_page_around_it_and_touches_no_other_cell()
    {
        object attribute = typeof(SegmentationReport).GetCustomAttributes(inherit: false)
            .Single(one => one.GetType().Name == "TypeFormatterSourceAttribute");
        Type source = (Type)attribute.GetType().GetProperty("FormatterSourceType")!.GetValue(attribute)!;
        object[] formatters =
        [
            .. (IEnumerable<object>)source.GetMethod("CreateTypeFormatters")!.Invoke(Activator.CreateInstance(source), null)!,
        ];
        object html = formatters.Single(one => (string)one.GetType().GetProperty("MimeType")!.GetValue(one)! == "text/html");
        StringWriter text = new();
        Assert.Equal(true, html.GetType().GetMethod("Format")!.Invoke(html, [Report(["a"]), text]));
        Assert.StartsWith("<div><style>", text.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("<html", text.ToString());
        string style = XElement.Parse(text.ToString()).Element("style")!.Value;
        Assert.All(
            style.Split('\n').Where(line => line.TrimStart().StartsWith('.')),
            line => Assert.StartsWith(".smml", line.TrimStart(), StringComparison.Ordinal));
    }

    [Fact]
    public void Pictures_show_the_cases_that_were_asked_for()
    {
        SegmentationReport report = Evaluated(pictures: 2);
        XDocument page = Page(report.ToHtml());
        XElement[] cases = [.. page.Descendants("section").Where(section => Class(section) == "case")];
        Assert.Equal(2, cases.Length);
        foreach (XElement one in cases)
        {
            Assert.Equal(3, one.Descendants("image").Count());
            Assert.Equal(3 * 4, one.Descendants("use").Count()); // all, without T1ce, best and worst single scan
            byte[] png = Convert.FromBase64String(
                one.Descendants("image").First().Attribute("href")!.Value["data:image/png;base64,".Length..]);
            Assert.Equal([0x89, 0x50, 0x4E, 0x47], png[..4]);
            string id = one.Attribute("id")!.Value;
            Assert.Contains(Table(page, "cases").Descendants("a"), link => link.Attribute("href")!.Value == "#" + id);
            Assert.Contains(one.Descendants("path"), path => Class(path) == "expert");
        }

        Assert.Empty(Evaluated(pictures: 0).Pictures);
        string path = Path.Combine(_folder, "report.html");
        report.SaveHtml(path);
        Assert.Equal(report.ToHtml(), File.ReadAllText(path));
    }

    [Fact]
    public void Options_out_of_range_are_refused() =>
        Assert.Contains("Pictures is -1", Assert.Throws<ArgumentException>(() => Evaluated(pictures: -1)).Message);

    // The truth of every phantom, whatever the scans are.
    private SegmentationReport Evaluated(int pictures)
    {
        MLContext ml = new(seed: 1);
        IReadOnlyList<BraTSCase> cases = PhantomDataset.Write(
            Path.Combine(_folder, "cases"), 3, 3, new() { Shape = new(24, 28, 24), Spacing = (7, 7, 7) });
        ITransformer model = ml.Transforms.LoadVolumes().Append(ml.Transforms.CustomMapping<ScanInput, SegmentationOutput>(
            (input, output) =>
            {
                string path = (input.Flair ?? input.T1ce ?? input.T1 ?? input.T2)!.Source!;
                Volume truth = VolumeFile.Read(string.Concat(path.AsSpan(0, path.LastIndexOf('_')), "_seg.nii.gz"));
                output.Segmentation = new(truth.Grid, truth.Voxels.ToArray()) { LabelConvention = LabelConvention.BraTS2018 };
            },
            null)).Fit(ml.Data.LoadBraTS([]));
        return ml.Segmentation.Evaluate(model, ml.Data.LoadBraTS(cases), new() { Pictures = pictures });
    }

    private static SegmentationReport Report(string[] cases) => new([.. Scores(cases)], [], 500);

    // Different for every case, subset and region.
    private static IEnumerable<SegmentationScore> Scores(string[] cases) =>
        from index in Enumerable.Range(0, cases.Length)
        from subset in ModalitySet.Subsets
        from region in Enum.GetValues<ScoredRegion>()
        select new SegmentationScore(cases[index], subset, region, "Dice", (0.9 - (0.1 * index) - (0.02 * (int)region)) * subset.Bits / 16);

    private static XDocument Page(string html)
    {
        using XmlReader reader = XmlReader.Create(new StringReader(html), new() { DtdProcessing = DtdProcessing.Ignore });
        return XDocument.Load(reader);
    }

    private static XElement Table(SegmentationReport report, string style) => Table(Page(report.ToHtml()), style);

    private static XElement Table(XDocument page, string style) => page.Descendants("table").Single(table => Class(table) == style);

    private static string Class(XElement element) => element.Attribute("class")?.Value ?? "";

    private static string Percent(double share) => (100 * share).ToString("0.0", CultureInfo.InvariantCulture);

    private sealed class ScanInput
    {
        public Volume? Flair { get; set; }

        public Volume? T1ce { get; set; }

        public Volume? T1 { get; set; }

        public Volume? T2 { get; set; }
    }

    private sealed class SegmentationOutput
    {
        public Volume? Segmentation { get; set; }
    }
}
