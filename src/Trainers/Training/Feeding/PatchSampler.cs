namespace Smml.MLNet.Training;

/// <summary>Cuts a patch out of a case as a <see cref="PatchDraw"/> says: place, nearest-neighbour rotation, intensity, mirrors, for image, label and cues alike.</summary>
/// <remarks>Patches are in the network's order: the last axis varies fastest, element (x * Y + y) * Z + z.</remarks>
internal static class PatchSampler
{
    /// <summary>The voxel of the volume that each voxel of the patch shows; -1 outside.</summary>
    public static int[] SourceIndices(VolumeShape shape, VolumeShape patch, PatchDraw draw)
    {
        int[] plane = Rotation(patch[draw.Plane.First], patch[draw.Plane.Second], draw.Angle);
        int[] indices = new int[checked((int)patch.Count)];
        int side = patch[draw.Plane.Second];
        Span<int> position = stackalloc int[3];
        int element = 0;
        for (int x = 0; x < patch.X; x++)
        {
            for (int y = 0; y < patch.Y; y++)
            {
                for (int z = 0; z < patch.Z; z++, element++)
                {
                    position[0] = draw.Flip.X ? patch.X - 1 - x : x;
                    position[1] = draw.Flip.Y ? patch.Y - 1 - y : y;
                    position[2] = draw.Flip.Z ? patch.Z - 1 - z : z;
                    int rotated = plane[(position[draw.Plane.First] * side) + position[draw.Plane.Second]];
                    if (rotated < 0)
                    {
                        indices[element] = -1;
                        continue;
                    }

                    position[draw.Plane.First] = rotated / side;
                    position[draw.Plane.Second] = rotated % side;
                    int sx = draw.Start.X + position[0], sy = draw.Start.Y + position[1], sz = draw.Start.Z + position[2];
                    bool inside = (uint)sx < (uint)shape.X && (uint)sy < (uint)shape.Y && (uint)sz < (uint)shape.Z;
                    indices[element] = inside ? sx + (shape.X * (sy + (shape.Y * sz))) : -1;
                }
            }
        }

        return indices;
    }

    /// <summary>One modality of the patch; voxels from outside take the fill value, and all take the drawn intensity change of their slice.</summary>
    public static void Image(ReadOnlySpan<float> voxels, ReadOnlySpan<int> indices, VolumeShape patch, PatchDraw draw, Modality modality, float fill, Span<float> target)
    {
        int slice = patch.Y * patch.Z;
        for (int x = 0; x < patch.X; x++)
        {
            int row = ((draw.Flip.X ? patch.X - 1 - x : x) * ModalitySet.ModalityCount) + (int)modality; // intensity is drawn before mirroring
            float scale = draw.Scale[row], shift = draw.Shift[row];
            for (int i = x * slice; i < (x + 1) * slice; i++)
                target[i] = ((indices[i] < 0 ? fill : voxels[indices[i]]) * scale) + shift;
        }
    }

    /// <summary>The labels or one cue map of the patch; voxels from outside are 0.</summary>
    public static void Map(ReadOnlySpan<byte> voxels, ReadOnlySpan<int> indices, Span<byte> target)
    {
        for (int i = 0; i < indices.Length; i++)
            target[i] = indices[i] < 0 ? (byte)0 : voxels[indices[i]];
    }

    /// <summary>Where each element (a, b) of a plane comes from under a rotation about its centre, as row * width + column; -1 outside.</summary>
    /// <remarks>The geometry of SciPy's <c>ndimage.rotate(order=0, reshape=False)</c>: output position to input position, nearest neighbour, nothing beyond the outer voxel centres.</remarks>
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
                source[(a * width) + b] = degrees == 0 ? (a * width) + b : inside ? ((int)Math.Floor(sourceA + 0.5) * width) + (int)Math.Floor(sourceB + 0.5) : -1;
            }
        }

        return source;
    }
}
