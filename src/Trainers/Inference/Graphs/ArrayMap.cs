using System.Numerics.Tensors;

namespace Smml.MLNet.Inference;

/// <summary>A map of a padded case: what it says of the case itself.</summary>
/// <param name="values">(K, X, Y, Z) of the padded case, background first, last axis fastest.</param>
/// <param name="channels">K.</param>
/// <param name="padding">How the case is padded.</param>
internal sealed class ArrayMap(float[] values, int channels, CasePadding padding)
{
    /// <summary>The class of each voxel in the order of a volume, first axis fastest.</summary>
    public byte[] Classes()
    {
        VolumeShape shape = padding.Shape;
        byte[] classes = new byte[shape.Count];
        float[] largest = new float[shape.Z];
        byte[] found = new byte[shape.Z];
        for (int x = 0; x < shape.X; x++)
        {
            for (int y = 0; y < shape.Y; y++)
            {
                Row(0, x, y).CopyTo(largest);
                found.AsSpan().Clear();
                for (int channel = 1; channel < channels; channel++)
                {
                    ReadOnlySpan<float> row = Row(channel, x, y);
                    for (int z = 0; z < row.Length; z++)
                    {
                        if (row[z] > largest[z])
                            (largest[z], found[z]) = (row[z], (byte)channel);
                    }
                }

                for (int z = 0; z < found.Length; z++)
                    classes[(((z * shape.Y) + y) * shape.X) + x] = found[z];
            }
        }

        return classes;
    }

    /// <summary>The map without the padding, (K, X, Y, Z), last axis fastest.</summary>
    public float[] Inner()
    {
        VolumeShape shape = padding.Shape;
        float[] inner = new float[channels * shape.Count];
        for (int channel = 0, target = 0; channel < channels; channel++)
        {
            for (int x = 0; x < shape.X; x++)
            {
                for (int y = 0; y < shape.Y; y++, target += shape.Z)
                    Row(channel, x, y).CopyTo(inner.AsSpan(target));
            }
        }

        return inner;
    }

    /// <summary>What <see cref="NetworkDisagreement.Map"/> is for tensors.</summary>
    /// <param name="maps">Those of the networks.</param>
    /// <param name="average">Whether they are logits or probabilities.</param>
    /// <returns>In bits, in the order of a volume, first axis fastest.</returns>
    public static float[] Disagreement(IReadOnlyList<ArrayMap> maps, WindowAverage average)
    {
        VolumeShape shape = maps[0].Shape;
        float[] found = new float[shape.Count];
        float[] mean = new float[maps[0].Channels * shape.Z], own = new float[mean.Length], entropies = new float[shape.Z];
        float[] gain = new float[shape.Z], most = new float[shape.Z];
        most.AsSpan().Fill((float)Math.Log2(maps.Count));
        for (int x = 0; x < shape.X; x++)
        {
            for (int y = 0; y < shape.Y; y++)
            {
                mean.AsSpan().Clear();
                entropies.AsSpan().Clear();
                foreach (ArrayMap map in maps)
                {
                    map.Rows(x, y, own);
                    if (average == WindowAverage.Logits)
                        Softmax(own, maps[0].Channels);
                    TensorPrimitives.Add(mean, own, mean);
                    Entropy(own, gain);
                    TensorPrimitives.Add(entropies, gain, entropies);
                }

                TensorPrimitives.Divide(mean, maps.Count, mean);
                TensorPrimitives.Divide(entropies, maps.Count, entropies);
                Entropy(mean, gain);
                TensorPrimitives.Subtract(gain, entropies, gain);
                TensorPrimitives.Max(gain, 0, gain);
                TensorPrimitives.Min(gain, most, gain);
                for (int z = 0; z < gain.Length; z++)
                    found[(((z * shape.Y) + y) * shape.X) + x] = gain[z];
            }
        }

        return found;
    }

    /// <summary>Logits to probabilities, in place.</summary>
    /// <param name="logits">The channels one after the other, each of the same length.</param>
    /// <param name="channels">K.</param>
    public static void Softmax(Span<float> logits, int channels)
    {
        int length = logits.Length / channels;
        float[] largest = new float[length], sum = new float[length];
        logits[..length].CopyTo(largest);
        for (int channel = 1; channel < channels; channel++)
            TensorPrimitives.Max(largest, logits.Slice(channel * length, length), largest);
        for (int channel = 0; channel < channels; channel++)
        {
            Span<float> own = logits.Slice(channel * length, length);
            TensorPrimitives.Subtract(own, largest, own);
            TensorPrimitives.Exp(own, own);
            TensorPrimitives.Add(sum, own, sum);
        }

        for (int channel = 0; channel < channels; channel++)
        {
            Span<float> own = logits.Slice(channel * length, length);
            TensorPrimitives.Divide(own, sum, own);
        }
    }

    private VolumeShape Shape => padding.Shape;

    private int Channels => channels;

    // Sum over the channels of -p log2 p, which is 0 where p is 0.
    private static void Entropy(ReadOnlySpan<float> probabilities, Span<float> entropy)
    {
        entropy.Clear();
        for (int i = 0; i < probabilities.Length; i++)
        {
            float p = probabilities[i];
            if (p > 0)
                entropy[i % entropy.Length] -= p * MathF.Log(p);
        }

        TensorPrimitives.Divide(entropy, (float)Math.Log(2), entropy);
    }

    private void Rows(int x, int y, Span<float> target)
    {
        for (int channel = 0; channel < channels; channel++)
            Row(channel, x, y).CopyTo(target[(channel * padding.Shape.Z)..]);
    }

    private ReadOnlySpan<float> Row(int channel, int x, int y)
    {
        VolumeShape padded = padding.Padded;
        (int X, int Y, int Z) before = padding.Before;
        int channelStart = channel * (values.Length / channels);
        return values.AsSpan(channelStart + ((((before.X + x) * padded.Y) + before.Y + y) * padded.Z) + before.Z, padding.Shape.Z);
    }
}
