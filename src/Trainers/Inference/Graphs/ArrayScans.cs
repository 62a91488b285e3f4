using Smml.MLNet.VolumeStages;

namespace Smml.MLNet.Inference;

/// <summary>The scans of a case as the graphs take them: at least a window along each axis, padded with what lies around the brain, last
/// axis fastest.</summary>
internal sealed class ArrayScans
{
    private readonly float[]?[] _images; // (X, Y, Z) a modality, null where no subset sees it
    private readonly float[] _backgrounds;

    /// <summary>Pads the scans that are seen.</summary>
    /// <param name="scans">The scans of a case.</param>
    /// <param name="seen">Those that some subset has; others may hold anything.</param>
    /// <param name="window">The networks' window.</param>
    public ArrayScans(VolumeSet scans, ModalitySet seen, VolumeShape window)
    {
        Padding = new(scans.Shape, window);
        _backgrounds = [.. ModalitySet.All.Select(modality => scans[modality]?.Background ?? 0)];
        _images = [.. ModalitySet.All.Select(modality =>
            seen.Contains(modality) && scans[modality] is { } scan ? Padded(scan.Voxels, scan.Background) : null)];
    }

    /// <summary>How the case is padded.</summary>
    public CasePadding Padding { get; }

    /// <summary>Copies the voxels of a window.</summary>
    /// <param name="modality">One that is seen.</param>
    /// <param name="start">The first voxel of the window in the padded case.</param>
    /// <param name="flips">Along which axes the copy is mirrored.</param>
    /// <param name="target">As many numbers as the window has, last axis fastest.</param>
    public void CopyWindow(Modality modality, (int X, int Y, int Z) start, FlipAxes flips, Span<float> target)
    {
        VolumeShape window = Padding.Window;
        ReadOnlySpan<float> image = _images[(int)modality];
        for (int x = 0, row = 0; x < window.X; x++)
        {
            int i = start.X + (flips.HasFlag(FlipAxes.X) ? window.X - 1 - x : x);
            for (int y = 0; y < window.Y; y++, row += window.Z)
            {
                int j = start.Y + (flips.HasFlag(FlipAxes.Y) ? window.Y - 1 - y : y);
                Span<float> line = target.Slice(row, window.Z);
                image.Slice(Index(i, j, start.Z), window.Z).CopyTo(line);
                if (flips.HasFlag(FlipAxes.Z))
                    line.Reverse();
            }
        }
    }

    /// <summary>Whether a scan of a set differs from its background somewhere in a window.</summary>
    public Func<(int X, int Y, int Z), bool> HasTissue(ModalitySet seen) => start =>
    {
        VolumeShape window = Padding.Window;
        foreach (Modality modality in seen)
        {
            ReadOnlySpan<float> image = _images[(int)modality];
            for (int x = start.X; x < start.X + window.X; x++)
            {
                for (int y = start.Y; y < start.Y + window.Y; y++)
                {
                    if (image.Slice(Index(x, y, start.Z), window.Z).ContainsAnyExcept(_backgrounds[(int)modality]))
                        return true;
                }
            }
        }

        return false;
    };

    private int Index(int x, int y, int z) => (((x * Padding.Padded.Y) + y) * Padding.Padded.Z) + z;

    // From first axis fastest.
    private float[] Padded(ReadOnlySpan<float> voxels, float background)
    {
        VolumeShape shape = Padding.Shape;
        (int X, int Y, int Z) before = Padding.Before;
        float[] image = new float[Padding.Padded.Count];
        image.AsSpan().Fill(background);
        for (int x = 0; x < shape.X; x++)
        {
            for (int y = 0; y < shape.Y; y++)
            {
                int target = Index(before.X + x, before.Y + y, before.Z), source = (y * shape.X) + x;
                for (int z = 0; z < shape.Z; z++, source += shape.X * shape.Y)
                    image[target + z] = voxels[source];
            }
        }

        return image;
    }
}
