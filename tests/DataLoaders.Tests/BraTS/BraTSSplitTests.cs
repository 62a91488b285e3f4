using CsCheck;

namespace Smml.MLNet.Tests.BraTS;

public sealed class BraTSSplitTests
{
    [Fact]
    public void The_three_splits_of_2018_have_the_sizes_of_the_literature_and_cover_the_same_285_cases()
    {
        BraTSSplit[] folds = [.. Enumerable.Range(1, 3).Select(BraTSSplit.BraTS2018)];

        Assert.All(folds, fold => Assert.Equal((199, 29, 57), (fold.Train.Count, fold.Validation.Count, fold.Test.Count)));
        Assert.All(folds, fold => Assert.Equal(285, All(fold).Distinct(StringComparer.Ordinal).Count()));
        Assert.Single(folds.Select(fold => string.Join(' ', All(fold).Order(StringComparer.Ordinal))).Distinct(StringComparer.Ordinal));
        Assert.All(All(folds[0]), name => Assert.StartsWith("Brats18_", name, StringComparison.Ordinal));
    }

    [Fact]
    public void The_test_sets_of_2018_overlap_as_the_documentation_says()
    {
        string[][] tests = [.. Enumerable.Range(1, 3).Select(fold => BraTSSplit.BraTS2018(fold).Test.ToArray())];
        Assert.Equal(
            [14, 9, 14],
            [tests[0].Intersect(tests[1]).Count(), tests[0].Intersect(tests[2]).Count(), tests[1].Intersect(tests[2]).Count()]);
    }

    [Fact]
    public void The_split_of_2020_covers_its_369_cases_by_their_own_names()
    {
        BraTSSplit split = BraTSSplit.BraTS2020();
        Assert.Equal((219, 50, 100), (split.Train.Count, split.Validation.Count, split.Test.Count));
        Assert.Equal(Enumerable.Range(1, 369).Select(number => $"BraTS20_Training_{number:000}"), All(split).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void A_fold_that_does_not_exist_is_refused(int fold) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => BraTSSplit.BraTS2018(fold));

    [Fact]
    public void Cases_come_in_the_order_of_the_lists_and_others_are_left_out()
    {
        BraTSSplit split = BraTSSplit.BraTS2020();
        BraTSSplitCases parts = split.Apply(Cases([.. All(split).Reverse(), "BraTS20_Validation_001"]));
        Assert.Equal(split.Train, parts.Train.Select(item => item.CaseId));
        Assert.Equal(split.Validation, parts.Validation.Select(item => item.CaseId));
        Assert.Equal(split.Test, parts.Test.Select(item => item.CaseId));
    }

    [Fact]
    public void Missing_cases_are_counted_and_named_unless_they_are_allowed()
    {
        BraTSCase[] some = Cases(BraTSSplit.BraTS2018(1).Test.Take(3).Append("another"));

        string message = Assert.Throws<InvalidDataException>(() => BraTSSplit.BraTS2018(1).Apply(some)).Message;

        Assert.Contains("names 285 cases, of which 282 are not among the 4 given (Brats18_", message, StringComparison.Ordinal);
        Assert.Equal(5, message.Split("Brats18_").Length - 1);
        BraTSSplitCases parts = BraTSSplit.BraTS2018(1).Apply(some, allowMissing: true);
        Assert.Equal((0, 0, 3), (parts.Train.Count, parts.Validation.Count, parts.Test.Count));
        Assert.Contains(
            "another data set",
            Assert.Throws<InvalidDataException>(() => BraTSSplit.BraTS2020().Apply(some, allowMissing: true)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_random_split_depends_on_the_seed_and_the_names_only() =>
        Gen.Select(Gen.Int[0, 60], Gen.Long, Gen.Long, Gen.Double[0, 0.5], Gen.Double[0, 0.5])
            .Sample((count, seed, order, validation, test) =>
            {
                BraTSCase[] cases = [.. Cases(Enumerable.Range(0, count).Select(i => $"case-{i}"))], shuffled = [.. cases];
                SplitMix64.ForKey(order).Shuffle(shuffled.AsSpan());
                BraTSSplit first = BraTSSplit.Random(cases, seed, validation, test),
                    second = BraTSSplit.Random(shuffled, seed, validation, test);

                Assert.Equal(All(first), All(second));
                Assert.Equal(first.Test, second.Test);
                // disjoint, and nothing lost
                Assert.Equal(cases.Select(item => item.CaseId).Order(StringComparer.Ordinal), All(first).Order(StringComparer.Ordinal));
                Assert.InRange(first.Test.Count, (test * count) - 1, (test * count) + 1);
                Assert.InRange(first.Validation.Count, (validation * count) - 1, (validation * count) + 1);
            });

    [Fact]
    public void A_random_split_is_the_same_on_every_machine()
    {
        BraTSSplit split = BraTSSplit.Random(Cases(Enumerable.Range(0, 10).Select(i => $"case-{i}")), seed: 7);
        Assert.Equal("random:7: 7 training, 1 validation, 2 test cases", split.ToString());
        Assert.Equal("case-9 case-4 case-8", string.Join(' ', [.. split.Validation, .. split.Test]));
        Assert.NotEqual(split.Test, BraTSSplit.Random(Cases(All(split)), seed: 8).Test);
    }

    [Fact]
    public void Grades_are_split_each_by_itself()
    {
        BraTSCase[] cases =
        [
            .. Enumerable.Range(0, 100).Select(i => new BraTSCase { CaseId = $"case-{i}", Grade = i < 70 ? "HGG" : "LGG" }),
        ];
        BraTSSplitCases parts = BraTSSplit.Random(cases, seed: 1).Apply(cases);
        Assert.Equal((14, 6), (parts.Test.Count(item => item.Grade == "HGG"), parts.Test.Count(item => item.Grade == "LGG")));
        Assert.Equal((7, 3), (parts.Validation.Count(item => item.Grade == "HGG"), parts.Validation.Count(item => item.Grade == "LGG")));
    }

    [Theory]
    [InlineData("BraTS-GLI-{0:00000}-10{1}")]
    [InlineData("brats_tcia_pat{0}_000{1}")]
    public void The_time_points_of_a_patient_are_never_in_two_parts(string format)
    {
        BraTSCase[] cases = Cases(Enumerable.Range(0, 90).Select(i => string.Format(format, i / 3, i % 3)));
        BraTSSplit split = BraTSSplit.Random(cases, seed: 1);
        Assert.Equal((63, 9, 18), (split.Train.Count, split.Validation.Count, split.Test.Count));
        Assert.Equal(30, new[] { split.Train, split.Validation, split.Test }.Sum(part =>
            part.Select(name => name[..name.LastIndexOfAny(['_', '-'])]).Distinct(StringComparer.Ordinal).Count()));
    }

    [Fact]
    public void Fractions_and_names_that_cannot_be_are_refused()
    {
        Assert.Throws<ArgumentException>(() => BraTSSplit.Random(Cases(["a"]), 1, 0.6, 0.6));
        Assert.Throws<ArgumentException>(() => BraTSSplit.Random(Cases(["a"]), 1, double.NaN));
        Assert.Contains(
            "named a",
            Assert.Throws<ArgumentException>(() => BraTSSplit.Random(Cases(["a", "b", "a"]), 1)).Message,
            StringComparison.Ordinal);
    }

    private static IEnumerable<string> All(BraTSSplit split) => [.. split.Train, .. split.Validation, .. split.Test];

    private static BraTSCase[] Cases(IEnumerable<string> names) => [.. names.Select(name => new BraTSCase { CaseId = name })];
}
