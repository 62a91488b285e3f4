using Microsoft.ML;

namespace Smml.MLNet.Tests;

/// <summary>A problem small enough to train in seconds: 32^3 volumes with a bright ball on Flair and a brighter core on T1ce.</summary>
internal static class TinyProblem
{
    public static SmmlArchitecture Architecture { get; } = new()
    {
        Name = "test",
        BaseChannels = 2,
        TransformerWidth = 16,
        FeedForwardWidth = 32,
        AttentionHeads = 2,
        Dropout = 0.1,
        Patch = new(32, 32, 32),
        RefinementChannels = 2,
    };

    /// <summary>Without the predictions that only training makes, for tests of something else: a step takes half the time.</summary>
    public static SmmlLossOptions FusedOnly { get; } = new() { SeparateWeight = 0, AuxiliaryWeight = 0 };

    public static SmmlTrainerOptions Options(int epochs = 2) => new()
    {
        Architecture = Architecture,
        Epochs = epochs,
        BatchSize = 2,
        Optimizer = new() { LearningRate = 2e-3 },
        Seed = 7,
        ConsistencyStartEpoch = 1,
    };

    public static IEnumerable<TinyRow> Rows(int count, ModalitySet missing = default, int side = 32, bool cues = false) =>
        Enumerable.Range(0, count).Select(index => Row(index, missing, side, cues));

    public static TinyRow Row(int index, ModalitySet missing = default, int side = 32, bool cues = false)
    {
        VolumeGrid grid = new(new(side, side + 2, side + 4), new(-1, 0, 0, 90, 0, -1, 0, 126, 0, 0, 1, -72));
        SplitMix64 random = new((ulong)index);
        double cx = random.Uniform(10, side - 10), cy = random.Uniform(10, side - 8), cz = random.Uniform(10, side - 6);
        float[] label = new float[grid.Shape.Count];
        float[][] scans = [new float[label.Length], new float[label.Length], new float[label.Length], new float[label.Length]];
        for (int z = 0, i = 0; z < grid.Shape.Z; z++)
        {
            for (int y = 0; y < grid.Shape.Y; y++)
            {
                for (int x = 0; x < grid.Shape.X; x++, i++)
                {
                    double distance = Math.Sqrt(((x - cx) * (x - cx)) + ((y - cy) * (y - cy)) + ((z - cz) * (z - cz)));
                    label[i] = distance < 3 ? 1 : distance < 5 ? 4 : distance < 8 ? 2 : 0;
                    scans[0][i] = (float)(random.Normal() * 0.2) + (distance < 8 ? 2 : 0);
                    scans[1][i] = (float)(random.Normal() * 0.2) + (distance is >= 3 and < 5 ? 2 : 0);
                    scans[2][i] = (float)(random.Normal() * 0.2) - (distance < 5 ? 1 : 0);
                    scans[3][i] = (float)(random.Normal() * 0.2) + (distance < 8 ? 1 : 0);
                }
            }
        }

        Volume? Scan(Modality modality) => missing.Contains(modality)
            ? null
            : new(grid, scans[(int)modality]) { Source = $"case{index}_{modality}.nii.gz", LabelConvention = LabelConvention.BraTS2018 };
        return new()
        {
            CaseId = $"case{index}",
            Flair = Scan(Modality.Flair),
            T1ce = Scan(Modality.T1ce),
            T1 = Scan(Modality.T1),
            T2 = Scan(Modality.T2),
            Label = new(grid, label) { Source = $"case{index}_seg.nii.gz", LabelConvention = LabelConvention.BraTS2018 },
            Cues = cues ? Cues(label, grid.Shape) : null,
        };
    }

    public static IDataView View(MLContext ml, IEnumerable<TinyRow> rows, bool cues = false) =>
        cues
            ? ml.Data.LoadFromEnumerable(rows)
            : ml.Transforms.DropColumns(nameof(TinyRow.Cues))
                .Fit(ml.Data.LoadFromEnumerable(rows))
                .Transform(ml.Data.LoadFromEnumerable(rows));

    // A cue that is right about the class in every modality.
    private static SemanticCues Cues(float[] label, VolumeShape shape)
    {
        byte[] classes = LabelConvention.BraTS2018.ToClasses(new(new(shape, Affine.Identity), label));
        return new(
            shape, 4, [.. Enumerable.Range(0, 16).Select(map => classes.Select(value => (byte)(value == map / 4 ? 255 : 0)).ToArray())]);
    }
}

/// <summary>A row of the tiny problem.</summary>
internal sealed class TinyRow
{
    public string CaseId { get; set; } = "";

    public Volume? Flair { get; set; }

    public Volume? T1ce { get; set; }

    public Volume? T1 { get; set; }

    public Volume? T2 { get; set; }

    public Volume? Label { get; set; }

    public SemanticCues? Cues { get; set; }

    /// <summary>The scans of the row.</summary>
    internal ModalitySet Available => ModalitySet.Of([.. ModalitySet.All.Where(modality => ScanOf(modality) is not null)]);

    /// <summary>The same row with some of its scans.</summary>
    public TinyRow With(ModalitySet subset) => new()
    {
        CaseId = CaseId,
        Flair = subset.Contains(Modality.Flair) ? Flair : null,
        T1ce = subset.Contains(Modality.T1ce) ? T1ce : null,
        T1 = subset.Contains(Modality.T1) ? T1 : null,
        T2 = subset.Contains(Modality.T2) ? T2 : null,
        Label = Label,
        Cues = Cues,
    };

    private Volume? ScanOf(Modality modality) =>
        modality switch { Modality.Flair => Flair, Modality.T1ce => T1ce, Modality.T1 => T1, _ => T2 };
}

/// <summary>A scored row.</summary>
internal sealed class TinyResult
{
    public Volume? Segmentation { get; set; }
}
