namespace Smml.MLNet.Training;

/// <summary>Cuts a patch out of a case as a <see cref="PatchDraw"/> says: place, nearest-neighbour rotation, intensity, mirrors, for image,
/// label and cues alike.</summary>
/// <remarks>Patches are in the network's order: the last axis varies fastest, element (x * Y + y) * Z + z.</remarks>
internal static class PatchSampler
{
    // of the last axis at a time: the lines of memory that they touch stay in the cache while x goes through them
    private const int Rows = 16;

    /// <summary>The voxel of the volume that each voxel of the patch shows; -1 outside.</summary>
    public static int[] SourceIndices(VolumeShape shape, VolumeShape patch, PatchDraw draw)
    {
        (int first, int second) = draw.Plane;
        int third = 3 - first - second, width = patch[second];
        int[] rotation = Rotation(patch[first], width, draw.Angle), plane = new int[rotation.Length], line = new int[patch[third]];
        for (int a = 0; a < patch[first]; a++)
        {
            for (int b = 0; b < width; b++)
            {
                int from = rotation[(Mirrored(a, first) * width) + Mirrored(b, second)];
                plane[(a * width) + b] = from < 0 ? -1 : Sum(Offset(from / width, first), Offset(from % width, second));
            }
        }

        for (int c = 0; c < line.Length; c++)
            line[c] = Offset(Mirrored(c, third), third);

        int[] indices = new int[checked((int)patch.Count)];
        int element = 0;
        for (int x = 0; x < patch.X; x++)
        {
            for (int y = 0; y < patch.Y; y++, element += patch.Z)
            {
                Span<int> row = indices.AsSpan(element, patch.Z);
                if (third == 2)
                    Add(plane[(x * width) + y], line, row);
                else
                    Add(line[third == 0 ? x : y], plane.AsSpan((third == 0 ? y : x) * width, width), row);
            }
        }

        return indices;

        int Mirrored(int position, int axis) =>
            (axis switch { 0 => draw.Flip.X, 1 => draw.Flip.Y, _ => draw.Flip.Z }) ? patch[axis] - 1 - position : position;

        int Offset(int position, int axis)
        {
            int voxel = position + (axis switch { 0 => draw.Start.X, 1 => draw.Start.Y, _ => draw.Start.Z });
            return (uint)voxel >= (uint)shape[axis] ? -1 : voxel * (axis switch { 0 => 1, 1 => shape.X, _ => shape.X * shape.Y });
        }
    }

    /// <summary>One modality of the patch; voxels from outside take the fill value, and all take the
    /// drawn intensity change of their slice.</summary>
    public static void Image(
        ReadOnlySpan<float> voxels,
        ReadOnlySpan<int> indices,
        VolumeShape patch,
        PatchDraw draw,
        Modality modality,
        float fill,
        Span<float> target)
    {
        for (int top = 0; top < patch.Y; top += Rows)
        {
            int length = Math.Min(Rows, patch.Y - top) * patch.Z;
            for (int x = 0; x < patch.X; x++)
            {
                // intensity is drawn before mirroring
                int slice = ((draw.Flip.X ? patch.X - 1 - x : x) * ModalitySet.ModalityCount) + (int)modality;
                float scale = draw.Scale[slice], shift = draw.Shift[slice];
                int begin = ((x * patch.Y) + top) * patch.Z;
                ReadOnlySpan<int> from = indices.Slice(begin, length);
                Span<float> to = target.Slice(begin, length);
                for (int i = 0; i < to.Length; i++)
                    to[i] = ((from[i] < 0 ? fill : voxels[from[i]]) * scale) + shift;
            }
        }
    }

    /// <summary>The labels or one cue map of the patch; voxels from outside are 0.</summary>
    public static void Map(ReadOnlySpan<byte> voxels, ReadOnlySpan<int> indices, VolumeShape patch, Span<byte> target)
    {
        for (int top = 0; top < patch.Y; top += Rows)
        {
            int length = Math.Min(Rows, patch.Y - top) * patch.Z;
            for (int x = 0; x < patch.X; x++)
            {
                int begin = ((x * patch.Y) + top) * patch.Z;
                ReadOnlySpan<int> from = indices.Slice(begin, length);
                Span<byte> to = target.Slice(begin, length);
                for (int i = 0; i < to.Length; i++)
                    to[i] = from[i] < 0 ? (byte)0 : voxels[from[i]];
            }
        }
    }

    /// <summary>Where each element (a, b) of a plane comes from under a rotation about its centre,
    /// as row * width + column; -1 outside.</summary>
    /// <remarks>The geometry of SciPy's <c>ndimage.rotate(order=0, reshape=False)</c>: output position to input position, nearest
    /// neighbour, nothing beyond the outer voxel centres.</remarks>
    internal static int[] Rotation(int height, int width, double degrees)
    {
        int[] source = new int[height * width];
        (double sine, double cosine) = Math.SinCos(degrees * Math.PI / 180);
        double centreA = (height - 1) / 2.0, centreB = (width - 1) / 2.0;
        double offsetA = centreA - ((cosine * centreA) + (sine * centreB)), offsetB = centreB - ((-sine * centreA) + (cosine * centreB));
        for (int a = 0; a < height; a++)
        {
            for (int b = 0; b < width; b++)
            {
                double sourceA = (cosine * a) + (sine * b) + offsetA, sourceB = (-sine * a) + (cosine * b) + offsetB;
                bool inside = sourceA >= 0 && sourceA <= height - 1 && sourceB >= 0 && sourceB <= width - 1;
                source[(a * width) + b] = degrees == 0 ? (a * width) + b
                    : inside ? ((int)Math.Floor(sourceA + 0.5) * width) + (int)Math.Floor(sourceB + 0.5)
                    : -1;
            }
        }

        return source;
    }

    // Parts of an index; what is outside along one axis is outside.
    private static int Sum(int one, int other) => (one | other) < 0 ? -1 : one + other;

    private static void Add(int one, ReadOnlySpan<int> others, Span<int> sums)
    {
        for (int i = 0; i < sums.Length; i++)
            sums[i] = Sum(one, others[i]);
    }
}
