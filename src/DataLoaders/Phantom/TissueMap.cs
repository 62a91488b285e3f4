namespace Smml.MLNet.Phantom;

/// <summary>A head sampled on a grid; arrays of X * Y * Z elements, first axis fastest.</summary>
internal sealed class TissueMap
{
    /// <summary>Samples a head; slices are independent, so the number of threads changes nothing.</summary>
    public TissueMap(Head head, PhantomOptions options, CancellationToken cancellationToken)
    {
        Shape = options.Shape;
        int count = (int)Shape.Count;
        Labels = new byte[count];
        Kinds = new TissueKind[count];
        Tissues = new Tissue[count];
        Parallel.For(0, Shape.Z, new ParallelOptions { CancellationToken = cancellationToken }, z =>
        {
            for (int i = z * Shape.X * Shape.Y, y = 0; y < Shape.Y; y++)
            {
                for (int x = 0; x < Shape.X; x++, i++)
                    Tissues[i] = head.At(Place(x, y, z, options) - head.Anatomy.Middle, out Labels[i], out Kinds[i]);
            }
        });
    }

    public VolumeShape Shape { get; }

    public byte[] Labels { get; }

    public TissueKind[] Kinds { get; }

    public Tissue[] Tissues { get; }

    /// <summary>The place of a voxel in millimetres from the middle of the volume.</summary>
    public static Point Place(int x, int y, int z, PhantomOptions options) => new(
        (x - ((options.Shape.X - 1) / 2.0)) * options.Spacing.X,
        (y - ((options.Shape.Y - 1) / 2.0)) * options.Spacing.Y,
        (z - ((options.Shape.Z - 1) / 2.0)) * options.Spacing.Z);
}
