namespace Smml.MLNet.Metrics;

/// <summary>The voxels of one region in a box of the volume; first axis fastest. Nothing of the region lies outside the box.</summary>
internal sealed class BinaryMask(VolumeShape shape, bool[] voxels)
{
    public VolumeShape Shape => shape;

    public bool[] Voxels => voxels;

    /// <summary>Cuts a region out of the classes of a volume.</summary>
    public static BinaryMask Of(ReadOnlySpan<byte> classes, VolumeShape shape, VoxelBox box, ReadOnlySpan<bool> member)
    {
        bool[] voxels = new bool[checked((int)box.Shape.Count)];
        int to = 0;
        for (int z = box.Z0; z < box.Z1; z++)
        {
            for (int y = box.Y0; y < box.Y1; y++)
            {
                foreach (byte one in classes.Slice(box.X0 + (shape.X * (y + (shape.Y * z))), box.Shape.X))
                    voxels[to++] = member[one];
            }
        }

        return new(box.Shape, voxels);
    }

    /// <summary>The voxels of the region with a 6-neighbour that is not: the region without its erosion.
    /// Outside of the volume there is no region.</summary>
    public bool[] Surface()
    {
        bool[] surface = new bool[voxels.Length];
        int rows = shape.X, slices = shape.X * shape.Y, i = 0;
        for (int z = 0; z < shape.Z; z++)
        {
            for (int y = 0; y < shape.Y; y++)
            {
                bool isEdge = z == 0 || z == shape.Z - 1 || y == 0 || y == shape.Y - 1;
                for (int x = 0; x < shape.X; x++, i++)
                {
                    if (voxels[i])
                    {
                        surface[i] = isEdge || x == 0 || x == shape.X - 1
                            || !(voxels[i - 1]
                                && voxels[i + 1]
                                && voxels[i - rows]
                                && voxels[i + rows]
                                && voxels[i - slices]
                                && voxels[i + slices]);
                    }
                }
            }
        }

        return surface;
    }

    /// <summary>The region grown by the 18-neighbourhood (faces and edges, not corners), several times;
    /// nothing grows over the border of the box.</summary>
    public BinaryMask Dilate(int iterations)
    {
        bool[] grown = (bool[])voxels.Clone();
        bool[] surface = iterations > 0 ? Surface() : [];
        List<int> front = [], next = [];
        for (int i = 0; i < surface.Length; i++)
        {
            if (surface[i])
                front.Add(i);
        }

        for (int iteration = 0; iteration < iterations && front.Count > 0; iteration++)
        {
            next.Clear();
            foreach (int i in front)
            {
                foreach (int neighbour in Neighbours.Of(i, shape, edgesOnly: true))
                {
                    if (!grown[neighbour])
                    {
                        grown[neighbour] = true;
                        next.Add(neighbour);
                    }
                }
            }

            (front, next) = (next, front);
        }

        return new(shape, grown);
    }
}
