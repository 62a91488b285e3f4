namespace Smml.MLNet;

/// <summary>What the published experiments of the mmFormer family share: seed and training cases. All were
/// run on the lists of RFNet's release.</summary>
internal static class PublishedData
{
    private const int Seed = 1024;

    /// <summary>The options with the seed, the training cases and the description of a published experiment.</summary>
    public static TOptions Apply<TOptions>(TOptions options, BraTS edition, Fidelity fidelity)
        where TOptions : SegmentationTrainerOptions => options with
        {
            Fidelity = fidelity,
            Seed = Seed,
            Cases = options.Cases with { Split = SplitOf(edition) },
            Output = options.Output with { DataDescription = NameOf(edition) },
        };

    private static BraTSSplit? SplitOf(BraTS edition) => edition switch
    {
        BraTS.Y2018 => BraTSSplit.BraTS2018(1),
        BraTS.Y2020 => BraTSSplit.BraTS2020(),
        BraTS.Y2015 => null,
        _ => throw new ArgumentOutOfRangeException(nameof(edition), edition, "Expected Y2015, Y2018 or Y2020."),
    };

    private static string NameOf(BraTS edition) => edition switch
    {
        BraTS.Y2018 => "BraTS 2018, fold 1",
        BraTS.Y2020 => "BraTS 2020",
        _ => "BraTS 2015",
    };
}
