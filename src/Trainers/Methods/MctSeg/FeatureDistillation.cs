using Smml.MLNet.Networks;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.MctSeg;

/// <summary>How far the features of each modality are from those of the teacher, which sees all scans.</summary>
internal static class FeatureDistillation
{
    private const int First = 2; // the third of five levels

    /// <summary>The mean absolute difference of each of the three coarsest levels, summed over levels and modalities. A sample counts for
    /// the modalities that it has.</summary>
    /// <param name="teacher">The teacher's five maps (B, c * 2^l, X / 2^l, ...).</param>
    /// <param name="students">Those of each modality, unmasked.</param>
    /// <param name="available">Which modalities each sample has, (B, 4), on the CPU.</param>
    /// <param name="detach">Whether only the modalities move towards the teacher; else it moves, too.</param>
    public static Tensor Compute(Tensor[] teacher, IReadOnlyList<Tensor[]> students, Tensor available, bool detach)
    {
        Tensor sum = zeros([], device: teacher[0].device);
        for (int m = 0; m < students.Count; m++)
        {
            Tensor rows = available.select(1, m).nonzero().flatten();
            if (rows.shape[0] == 0)
                continue;
            Tensor? some = rows.shape[0] == teacher[0].shape[0] ? null : rows.to(teacher[0].device);
            for (int level = First; level < ModalityEncoder.Levels; level++)
            {
                Tensor goal = Rows(detach ? teacher[level].detach() : teacher[level], some);
                sum = sum.Plus((goal - Rows(students[m][level], some)).abs().mean());
            }
        }

        return sum;
    }

    private static Tensor Rows(Tensor map, Tensor? rows)
    {
        Tensor single = map.to(ScalarType.Float32);
        return rows is null ? single : single.index_select(0, rows);
    }
}
