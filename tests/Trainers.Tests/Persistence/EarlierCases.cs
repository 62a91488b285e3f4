using Microsoft.ML;

namespace Smml.MLNet.Tests.Persistence;

/// <summary>Cases made with whole numbers only, so that their voxels are the same on every machine: a checkpoint
/// knows its cases by a hash of the voxels.</summary>
internal static class EarlierCases
{
    private const int Side = 32;

    public static IDataView View(MLContext ml, int count) => TinyProblem.View(ml, Enumerable.Range(0, count).Select(Row));

    private static TinyRow Row(int index)
    {
        VolumeGrid grid = new(new(Side, Side + 2, Side + 4), new(-1, 0, 0, 90, 0, -1, 0, 126, 0, 0, 1, -72));
        SplitMix64 random = new((ulong)(index + 100));
        int cx = random.Integer(10, 20), cy = random.Integer(10, 20), cz = random.Integer(10, 20);
        float[] label = new float[grid.Shape.Count];
        float[][] scans = [new float[label.Length], new float[label.Length], new float[label.Length], new float[label.Length]];
        for (int i = 0; i < label.Length; i++)
        {
            int x = i % grid.Shape.X, y = i / grid.Shape.X % grid.Shape.Y, z = i / (grid.Shape.X * grid.Shape.Y);
            int squared = ((x - cx) * (x - cx)) + ((y - cy) * (y - cy)) + ((z - cz) * (z - cz));
            label[i] = squared < 9 ? 1 : squared < 25 ? 4 : squared < 64 ? 2 : 0;
            scans[0][i] = Noise(random) + (squared < 64 ? 2 : 0);
            scans[1][i] = Noise(random) + (squared is >= 9 and < 25 ? 2 : 0);
            scans[2][i] = Noise(random) - (squared < 25 ? 1 : 0);
            scans[3][i] = Noise(random) + (squared < 64 ? 1 : 0);
        }

        Volume Scan(Modality modality) =>
            new(grid, scans[(int)modality]) { Source = $"earlier{index}_{modality}.nii.gz", LabelConvention = LabelConvention.BraTS2018 };
        return new()
        {
            CaseId = $"earlier{index}",
            Flair = Scan(Modality.Flair),
            T1ce = Scan(Modality.T1ce),
            T1 = Scan(Modality.T1),
            T2 = Scan(Modality.T2),
            Label = new(grid, label) { Source = $"earlier{index}_seg.nii.gz", LabelConvention = LabelConvention.BraTS2018 },
        };
    }

    private static float Noise(SplitMix64 random) => random.Integer(-8, 8) / 32f;
}
