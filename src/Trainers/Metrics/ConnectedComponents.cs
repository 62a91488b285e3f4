namespace Smml.MLNet.Metrics;

/// <summary>The parts of a region that hang together, voxels touching at a face, an edge or a corner (26-connected).</summary>
internal sealed class ConnectedComponents
{
    private ConnectedComponents(VolumeShape shape, int[] labels, int count)
    {
        Shape = shape;
        Labels = labels;
        Count = count;
    }

    public VolumeShape Shape { get; }

    /// <summary>0 outside the region, else the number of the component, from 1 in the order of their first voxels.</summary>
    public int[] Labels { get; }

    public int Count { get; }

    public static ConnectedComponents Of(BinaryMask mask)
    {
        bool[] voxels = mask.Voxels;
        int[] labels = new int[voxels.Length];
        int count = 0;
        Stack<int> open = new();
        for (int i = 0; i < voxels.Length; i++)
        {
            if (!voxels[i] || labels[i] != 0)
                continue;
            labels[i] = ++count;
            open.Push(i);
            while (open.TryPop(out int at))
            {
                foreach (int neighbour in Neighbours.Of(at, mask.Shape, edgesOnly: false))
                {
                    if (voxels[neighbour] && labels[neighbour] == 0)
                    {
                        labels[neighbour] = count;
                        open.Push(neighbour);
                    }
                }
            }
        }

        return new(mask.Shape, labels, count);
    }
}
