namespace Smml.MLNet.Phantom;

/// <summary>Anatomy, tumour and distractors together: what is at each place of one phantom.</summary>
internal sealed class Head
{
    private readonly Distractors _distractors;

    /// <summary>Draws a head; each part has a stream of its own, so that a change in one leaves the others as they were.</summary>
    public Head(long seed, PhantomGrade? grade)
    {
        Anatomy = new(SplitMix64.ForKey(seed, 1));
        Tumor = new(SplitMix64.ForKey(seed, 2), grade);
        _distractors = new(SplitMix64.ForKey(seed, 3));
    }

    public Anatomy Anatomy { get; }

    public Tumor Tumor { get; }

    /// <summary>What is at a place.</summary>
    /// <param name="p">The place, in millimetres from the middle of the head.</param>
    /// <param name="label">The class: 0, or one of <see cref="Tumor"/>.</param>
    /// <param name="kind">The kind of tissue; also under a tumour.</param>
    public Tissue At(Point p, out byte label, out TissueKind kind)
    {
        label = 0;
        Point healthyPlace = Tumor.Undo(p);
        kind = Anatomy.At(healthyPlace, out double depth);
        if (kind == TissueKind.Air)
            return default;
        double distance = Tumor.Distance(p), radius = Tumor.Radius;
        bool isCore = depth > 1 && distance < (kind == TissueKind.Fluid ? 0.75 : 1) * radius;
        if (kind == TissueKind.Fluid && depth is > 1.7 and < 19 && distance < radius + 7 && Math.Abs(healthyPlace.X) > 2.6)
            kind = TissueKind.Grey; // the mass closes the sulci around it
        Tissue tissue = Anatomy.TissueAt(kind, p);
        if (distance < radius + 30)
        {
            double width = Tumor.EdemaWidthAt(p, kind);
            if (isCore)
                label = Tumor.CoreAt(p, distance);
            else if (kind != TissueKind.Fluid && depth > 1.5 && distance < radius + width)
                label = Tumor.Edema;
            if (label != 0)
                return Tumor.TissueAt(p, label, tissue, Math.Clamp((distance - radius) / Math.Max(width, 1), 0, 1));
        }

        tissue = _distractors.Apply(p, ref kind, tissue);
        if (Anatomy.IsSinus(healthyPlace, depth))
            tissue = new(0.8, 1500, 60, 0.7);
        if (kind == TissueKind.Fluid && Anatomy.IsPlexus(healthyPlace))
            tissue = new(0.9, 1500, 200, 0.35);
        return tissue;
    }
}
