namespace Smml.MLNet.Inference;

/// <summary>What was predicted with a subset of the scans, on the case without its padding.</summary>
/// <param name="index">The place of the subset among those that were asked for.</param>
internal abstract class Prediction(int index)
{
    /// <summary>The place of the subset among those that were asked for.</summary>
    public int Index => index;

    /// <summary>Class of each voxel by the mean of the networks, in the order of a volume, first axis fastest.</summary>
    public abstract byte[] Classes();

    /// <summary>The same by each network alone, where that was asked for.</summary>
    public abstract IReadOnlyList<byte[]> NetworkClasses();

    /// <summary>How far the networks disagree at each voxel (<see cref="NetworkDisagreement"/>), in the order of a volume; where each
    /// network's own mean was asked for.</summary>
    public abstract float[] Disagreement();
}
