namespace Smml.MLNet.Metrics;

/// <summary>The neighbours of a voxel that lie in the volume: 26, or 18 without those that only touch at a corner.</summary>
internal static class Neighbours
{
    public static Sequence Of(int index, VolumeShape shape, bool edgesOnly) => new(index, shape, edgesOnly);

    /// <summary>Enumerates without an allocation.</summary>
    internal ref struct Sequence(int index, VolumeShape shape, bool edgesOnly)
    {
        private readonly int _x = index % shape.X, _y = index / shape.X % shape.Y, _z = index / shape.X / shape.Y;
        private int _step = -1;

        public int Current { get; private set; }

        public readonly Sequence GetEnumerator() => this;

        public bool MoveNext()
        {
            while (++_step < 27)
            {
                int dx = (_step % 3) - 1, dy = (_step / 3 % 3) - 1, dz = (_step / 9) - 1;
                if (_step == 13 || (edgesOnly && dx * dy * dz != 0))
                    continue;
                if ((uint)(_x + dx) >= (uint)shape.X || (uint)(_y + dy) >= (uint)shape.Y || (uint)(_z + dz) >= (uint)shape.Z)
                    continue;
                Current = index + dx + (shape.X * (dy + (shape.Y * dz)));
                return true;
            }

            return false;
        }
    }
}
