using System.Xml.Linq;
using Smml.MLNet.Html;

namespace Smml.MLNet.Tests.Evaluation.Html;

public sealed class ReportFigureTests
{
    [Fact]
    public void Quartiles_and_whiskers_are_those_made_by_hand()
    {
        BoxStatistics box = BoxStatistics.Of([0.9, 0.1, 0.5, 0.6, 0.7, 0.8]);
        Assert.Equal([0.525, 0.65, 0.775], new[] { box.First, box.Median, box.Third }, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Equal((0.5, 0.9), (box.Low, box.High)); // reach 0.525 - 0.375 = 0.15
        Assert.Equal([0.1], box.Outliers);
        box = BoxStatistics.Of([0.4]);
        Assert.Equal((0.4, 0.4, 0.4, 0.4, 0.4), (box.Low, box.First, box.Median, box.Third, box.High));
        Assert.Empty(box.Outliers);
        box = BoxStatistics.Of([0, 1]);
        Assert.Equal((0, 0.25, 0.5, 0.75, 1), (box.Low, box.First, box.Median, box.Third, box.High));
    }

    [Theory]
    [InlineData(4, 4, 0)]
    [InlineData(5, 0, 1)]
    public void Few_cases_are_points_and_more_are_a_box(int cases, int points, int boxes)
    {
        ReportScores scores = new(Enumerable.Range(0, cases)
            .Select(i => new SegmentationScore($"case {i}", ModalitySet.All, ScoredRegion.WholeTumor, "Dice", 0.5 + (i / 100.0))));
        XElement svg = BoxPlot.Of(scores, ReportRegion.All[0]);
        Assert.Equal(points, svg.Descendants("circle").Count(circle => circle.Attribute("class")!.Value == "point"));
        Assert.Equal(boxes, svg.Descendants("rect").Count());
        Assert.Contains("whole tumour", svg.Attribute("aria-label")!.Value);
        Assert.Contains("Flair+T1ce+T1+T2", svg.Descendants("title").Single().Value);
    }

    [Fact]
    public void A_missing_scan_is_compared_with_all_other_scans_the_same()
    {
        ReportScores scores = new(ModalitySet.Subsets.Select(subset => new SegmentationScore(
            "a", subset, ScoredRegion.EnhancingTumor, "Dice", (subset.Contains(Modality.T1ce) ? 0.5 : 0) + (subset.Count / 10.0))));
        (double with, double without) = MissingScans.Compare(scores, ScoredRegion.EnhancingTumor, Modality.T1ce, fromAll: true);
        Assert.Equal((0.9, 0.3), (with, without));
        (with, without) = MissingScans.Compare(scores, ScoredRegion.EnhancingTumor, Modality.T1ce, fromAll: false);
        Assert.Equal(0.6, with - without, 12); // the seven pairs differ in T1ce only
        Assert.Equal(double.NaN, MissingScans.Compare(scores, ScoredRegion.WholeTumor, Modality.T1ce, fromAll: true).With);
        Assert.Contains(
            "T1ce is missed most: without it the enhancing tumour falls from 90.0 to 30.0.", MissingScans.Of(scores).First().Value);
    }

    [Theory]
    [InlineData("#", "M1 0l1 1l-1 1l-1 -1z")]
    [InlineData("##", "M1 0l2 0l1 1l-1 1l-2 0l-1 -1z")]
    [InlineData(".", "")]
    public void An_outline_goes_through_the_middles_of_pixel_edges(string row, string path) =>
        Assert.Equal(path, Outline.Trace((x, _) => row[x] == '#', row.Length, 1));

    [Fact]
    public void A_hole_and_an_island_have_lines_of_their_own()
    {
        string[] rows = ["###..", "#.#..", "###.#"];
        Assert.Equal(3, Outline.Trace((x, y) => rows[y][x] == '#', 5, 3).Count(letter => letter == 'z'));
    }

    [Theory]
    [InlineData(6, 3, new[] { 0, 2, 5 })]
    [InlineData(7, 3, new[] { 0, 3, 6 })]
    [InlineData(9, 1, new[] { 0 })]
    [InlineData(2, 3, new[] { 0, 1 })]
    [InlineData(0, 3, new int[0])]
    public void Cases_are_chosen_from_the_worst_to_the_best(int count, int wanted, int[] ranks) =>
        Assert.Equal(ranks, PictureCollector.Ranks(count, wanted));
}
