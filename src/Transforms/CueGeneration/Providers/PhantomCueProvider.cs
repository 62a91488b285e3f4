using Smml.MLNet.CueGeneration;
using Smml.MLNet.Phantom;

namespace Smml.MLNet;

/// <summary>Makes cues of the expert segmentation itself: blurred, and wrong along the borders in another way for each modality. For tests
/// and first steps, without any foreign model; results with it say nothing about SAM-Med3D.</summary>
public sealed class PhantomCueProvider : ICueProvider
{
    private const double CellMillimetres = 14;

    // How far a map strays at its border, for each class of a usual convention: edema shows in Flair and T2, enhancing tumour in T1ce.
    private static readonly double[] s_error = [0.6, 0.5, 1.2, 0.8];

    private readonly long _seed;

    /// <summary>Makes a provider.</summary>
    /// <param name="seed">Which errors are made; the same seed, case name and label give the same cues.</param>
    public PhantomCueProvider(long seed = 1) => _seed = seed;

    /// <inheritdoc/>
    public SemanticCues Generate(CueCase source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        CueMaps maps = new(source.Grid.Shape, source.Convention.ClassCount);
        for (int index = 1; index < source.Convention.ClassCount; index++)
        {
            float[] blurred = Blur(source.Classes, (byte)index, source.Grid.Shape);
            foreach (Modality modality in ModalitySet.All)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (source[modality] is not null)
                    maps.Set(index, modality, Disturb(blurred, source, index, modality));
            }
        }

        return maps.ToCues();
    }

    private byte[] Disturb(float[] blurred, CueCase source, int index, Modality modality)
    {
        long name = source.Name.Aggregate(17L, (hash, letter) => unchecked((hash * 31) + letter));
        NoiseField noise = NoiseField.Draw(SplitMix64.ForKey(_seed, name, index, (int)modality), CellMillimetres);
        VolumeShape shape = source.Grid.Shape;
        byte[] map = new byte[blurred.Length];
        int element = 0;
        for (int z = 0; z < shape.Z; z++)
        {
            for (int y = 0; y < shape.Y; y++)
            {
                for (int x = 0; x < shape.X; x++, element++)
                {
                    float value = blurred[element];
                    if (value == 0)
                        continue;
                    (double px, double py, double pz) = source.Grid.Affine.Apply(x, y, z);
                    double error = s_error[(int)modality] * 4 * value * (1 - value) * noise.At(new(px, py, pz));
                    map[element] = CueMaps.ToByte((float)(value + error));
                }
            }
        }

        return map;
    }

    // Two means over three neighbours along each axis; outside counts as another class.
    private static float[] Blur(byte[] classes, byte index, VolumeShape shape)
    {
        float[] values = [.. classes.Select(value => value == index ? 1f : 0f)];
        int[] strides = [1, shape.X, shape.X * shape.Y];
        for (int pass = 0; pass < 6; pass++)
        {
            int axis = pass % 3, stride = strides[axis], size = shape[axis];
            float[] next = new float[values.Length];
            for (int i = 0; i < values.Length; i++)
            {
                int position = i / stride % size;
                next[i] = (values[i] + (position > 0 ? values[i - stride] : 0) + (position < size - 1 ? values[i + stride] : 0)) / 3;
            }

            values = next;
        }

        return values;
    }
}
