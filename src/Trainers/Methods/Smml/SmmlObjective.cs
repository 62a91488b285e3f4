using Smml.MLNet.Losses;
using Smml.MLNet.Methods.MmFormer;
using Smml.MLNet.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Methods.Smml;

/// <summary>Equation 13: what the two students minimise, L1 + L2, and every term of it. A student that is alone
/// minimises what does not couple branches.</summary>
/// <remarks>Cross terms are detached: each total has a graph of its own and gives its branch the gradient of its own loss only.</remarks>
internal sealed class SmmlObjective(SmmlLossOptions options)
{
    /// <summary>The losses of one batch.</summary>
    /// <param name="students">Branch 1, or branch 1 and branch 2, which may be on different devices.</param>
    /// <param name="targets">Cross-entropy and Dice against the labels, for each student on its device; null for a student of another
    /// process, of which there are logits and features without gradients only. Its terms are left out.</param>
    /// <param name="available">Which modalities each sample has at all, (B, 4), on the CPU; separate
    /// predictions of the others do not count.</param>
    /// <param name="consistency">Whether the terms that begin after the warm-up (PBC, equation 11) take part.</param>
    public Result Compute(
        IReadOnlyList<Predictions> students, IReadOnlyList<SegmentationLoss?> targets, Tensor available, bool consistency)
    {
        List<LossTerm> terms = [];
        Tensor?[] totals = new Tensor?[students.Count];
        for (int b = 0; b < totals.Length; b++)
        {
            if (targets[b] is { } target)
                totals[b] = Own(students[b], b + 1, available, target, consistency, terms);
        }

        int alone = terms.Count;
        if (students is [var first, var second])
            Couple(first, second.On(first.Device), (targets[0] ?? targets[1])!.Labels, consistency, totals, terms);
        for (int b = 0; b < totals.Length; b++)
        {
            if (totals[b] is { } total)
                terms.Add(new("total", b + 1, total, LossRole.Total));
        }

        return new(totals, terms, alone);
    }

    /// <summary>The terms of both students in the order of <see cref="Compute"/>, from those of one and the numbers of the other.</summary>
    /// <param name="own">The terms of one student.</param>
    /// <param name="branch">Which student that is, counted from 0.</param>
    /// <param name="values">The terms of each student as numbers, in the order of <paramref name="own"/>.</param>
    public static IReadOnlyList<LossTerm> Join(Result own, int branch, IReadOnlyList<Tensor> values)
    {
        IReadOnlyList<LossTerm>[] each =
        [
            .. values.Select((numbers, b) => own.Terms
                .Select((term, i) => b == branch ? term : term with { Network = b + 1, Value = numbers.select(0, i) })
                .ToArray()),
        ];
        return
        [
            .. each.SelectMany(terms => terms.Take(own.Alone)),
            .. Enumerable.Range(own.Alone, own.Terms.Count - own.Alone).SelectMany(i => each.Select(terms => terms[i])),
        ];
    }

    // The terms between two students, where the first is: FRC from the start, PBC after the warm-up.
    private void Couple(Predictions first, Predictions second, Tensor labels, bool consistency, Tensor?[] totals, List<LossTerm> terms)
    {
        if (options.FeatureRelationWeight > 0)
        {
            (Tensor relation1, Tensor relation2) = FeatureRelationLoss.Compute(
                first.Output.Fused,
                second.Output.Fused,
                first.Probabilities.detach(),
                second.Probabilities.detach(),
                labels,
                options.Prototypes,
                options.RelationWeights);
            Add(terms, "feature relation", 1, ref totals[0], relation1, options.FeatureRelationWeight);
            Add(terms, "feature relation", 2, ref totals[1], relation2, options.FeatureRelationWeight);
        }

        if (consistency && options.PixelConsistencyWeight > 0)
        {
            (Tensor pixel1, Tensor pixel2) = PixelConsistencyLoss.Compute(
                first.Output.Logits, second.Output.Logits, labels, options.Temperature, options.Direction);
            Add(terms, "pixel consistency", 1, ref totals[0], pixel1, options.PixelConsistencyWeight);
            Add(terms, "pixel consistency", 2, ref totals[1], pixel2, options.PixelConsistencyWeight);
        }
    }

    // The terms of one student that do not see the other.
    private Tensor Own(Predictions student, int number, Tensor available, SegmentationLoss target, bool consistency, List<LossTerm> terms)
    {
        Tensor? total = target.Compute(student.Probabilities);
        terms.Add(new("segmentation", number, total, LossRole.Segmentation));

        if (options.SeparateWeight > 0 && student.Output.Separate.Length > 0)
            Add(terms, "separate", number, ref total, target.ComputeAvailable(student.Output.Separate, available), options.SeparateWeight);
        if (options.AuxiliaryWeight > 0 && student.Output.Auxiliary.Length > 0)
            Add(
                terms,
                "auxiliary",
                number,
                ref total,
                student.Output.Auxiliary.Select(target.Compute).Aggregate(ScalarMath.Plus),
                options.AuxiliaryWeight);

        if (student.Refined is { } refined)
        {
            if (options.RefinementWeight > 0)
                Add(terms, "refinement", number, ref total, target.Compute(refined.softmax(1)), options.RefinementWeight);
            if (consistency && options.RefinementConsistencyWeight > 0)
                Add(
                    terms,
                    "refinement consistency",
                    number,
                    ref total,
                    RefinementConsistencyLoss.Compute(student.Output.Logits, refined),
                    options.RefinementConsistencyWeight);
        }

        return total!;
    }

    private static void Add(List<LossTerm> terms, string name, int number, ref Tensor? total, Tensor term, double weight)
    {
        if (total is null)
            return; // the student is another process's
        term = term.to(total.device); // the gradient goes back the same way
        terms.Add(new(name, number, term));
        total = total.Plus(weight == 1 ? term : term.Times(weight));
    }

    /// <summary>What one branch produced for a batch.</summary>
    internal sealed class Predictions(MmFormerModule.Output output, Tensor? refined = null)
    {
        /// <summary>Heads and features of the backbone.</summary>
        public MmFormerModule.Output Output { get; } = output;

        /// <summary>softmax of the logits, (B, K, X, Y, Z).</summary>
        public Tensor Probabilities { get; } = output.Logits.softmax(1);

        /// <summary>Logits of the refinement network, or null without cues.</summary>
        public Tensor? Refined { get; } = refined;

        /// <summary>Where the student is.</summary>
        public Device Device => Output.Logits.device;

        /// <summary>What the terms between students look at, on a device.</summary>
        public Predictions On(Device device) => device.ToString() == Device.ToString() ? this
            : new(new(Output.Logits.to(device), [], [], Output.Fused.to(device)));

        private IEnumerable<Tensor> Tensors =>
            [
                Output.Logits,
                Output.Fused,
                Probabilities,
                .. Output.Auxiliary,
                .. Output.Separate,
                .. Refined is null ? Array.Empty<Tensor>() : [Refined],
            ];

        /// <summary>Takes the tensors out of the scope of the thread that made them.</summary>
        public void Detach()
        {
            foreach (Tensor tensor in Tensors)
                tensor.DetachFromDisposeScope();
        }

        /// <summary>Puts the tensors into a scope of the thread that uses them.</summary>
        public void AttachTo(DisposeScope scope)
        {
            foreach (Tensor tensor in Tensors)
                scope.Attach(tensor);
        }
    }

    /// <summary>The losses of one batch.</summary>
    /// <param name="Totals">The total of each branch; null for one of another process.</param>
    /// <param name="Terms">The named, unweighted terms.</param>
    /// <param name="Alone">How many of them, the first ones, do not couple branches.</param>
    internal sealed record Result(IReadOnlyList<Tensor?> Totals, IReadOnlyList<LossTerm> Terms, int Alone);
}
