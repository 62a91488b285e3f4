using System.Text.Json;
using CsCheck;

namespace Smml.MLNet.Tests.Evaluation;

public sealed class DiceScoreTests
{
    [Fact]
    public void Every_hand_made_case_scores_as_the_released_evaluation_does()
    {
        Dictionary<string, NumpyArray> arrays = Fixtures.Archive("dice_cases.npz");
        JsonElement expected = Fixtures.Json("misc.json").GetProperty("dice");
        int compared = 0;
        foreach (JsonProperty example in expected.EnumerateObject())
        {
            byte[] predicted = Classes(arrays[$"{example.Name}.pred"]), truth = Classes(arrays[$"{example.Name}.gt"]);
            foreach ((string name, ScoredRegion region) in new[]
            {
                ("WT", ScoredRegion.WholeTumor),
                ("TC", ScoredRegion.TumorCore),
                ("ET", ScoredRegion.EnhancingTumor),
                ("ET_post", ScoredRegion.EnhancingTumorPostprocessed),
            })
            {
                double value = DiceScore.Compute(predicted, truth, LabelConvention.BraTS2023, region);
                Assert.Equal(example.Value.GetProperty(name).GetDouble(), value, 1e-12);
                compared++;
            }
        }

        Assert.True(compared >= 28, $"only {compared} values were compared");
    }

    [Fact]
    public void Dice_is_symmetric_between_0_and_1_and_1_for_equal_labels() =>
        Gen.Select(Gen.Byte[0, 3].Array[40], Gen.Byte[0, 3].Array[40]).Sample((a, b) =>
        {
            foreach (ScoredRegion region in new[] { ScoredRegion.WholeTumor, ScoredRegion.TumorCore, ScoredRegion.EnhancingTumor })
            {
                double dice = DiceScore.Compute(a, b, LabelConvention.BraTS2018, region);
                Assert.InRange(dice, 0, 1);
                Assert.Equal(dice, DiceScore.Compute(b, a, LabelConvention.BraTS2018, region));
                Assert.Equal(1, DiceScore.Compute(a, a, LabelConvention.BraTS2018, region), 12);
            }
        });

    [Fact]
    public void The_five_classes_of_2015_have_their_own_regions()
    {
        byte[] truth = [0, 1, 2, 3, 4], predicted = [0, 1, 2, 3, 3];
        Assert.Equal(1, DiceScore.Compute(predicted, truth, LabelConvention.BraTS2015, ScoredRegion.WholeTumor), 6);
        Assert.Equal(1, DiceScore.Compute(predicted, truth, LabelConvention.BraTS2015, ScoredRegion.TumorCore), 6);
        Assert.Equal(0, DiceScore.Compute(predicted, truth, LabelConvention.BraTS2015, ScoredRegion.EnhancingTumor), 6);
    }

    [Theory]
    [InlineData(ScoredRegion.EnhancingTumor)]
    [InlineData(ScoredRegion.EnhancingTumorPostprocessed)]
    public void A_region_that_the_convention_does_not_have_is_refused_where_it_would_score_1(ScoredRegion region) =>
        Assert.Contains(
            "BraTS2012 has no class for EnhancingTumor",
            Assert.Throws<ArgumentException>(() => DiceScore.Compute([1, 2], [1, 2], LabelConvention.BraTS2012, region)).Message);

    [Fact]
    public void A_resection_cavity_is_no_tumour() =>
        Assert.Equal(1, DiceScore.Compute([1, 2, 3, 0], [1, 2, 3, 4], LabelConvention.BraTS2024, ScoredRegion.WholeTumor), 6);

    [Fact]
    public void Grids_of_another_size_are_refused() =>
        Assert.Contains("must be on one grid", Assert.Throws<ArgumentException>(() =>
            DiceScore.Compute([1], [1, 2], LabelConvention.BraTS2018, ScoredRegion.WholeTumor)).Message);

    private static byte[] Classes(NumpyArray array) => [.. array.ToInt64().Select(value => (byte)value)];
}
