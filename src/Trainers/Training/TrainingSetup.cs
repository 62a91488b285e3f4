using Smml.MLNet.Distributed;
using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>What a method's training is made of besides its options.</summary>
/// <param name="Labels">The classes of the training data.</param>
/// <param name="Devices">The device of each network.</param>
/// <param name="HasCues">Whether the training cases carry semantic cues.</param>
internal sealed record TrainingSetup(LabelConvention Labels, IReadOnlyList<Device> Devices, bool HasCues)
{
    /// <summary>The scans of each training case.</summary>
    public IReadOnlyList<ModalitySet> Scans { get; init; } = [];

    /// <summary>The processes that train together.</summary>
    public TrainingRanks Ranks { get; init; } = TrainingRanks.Alone;

    /// <summary>K.</summary>
    public int Classes => Labels.ClassCount;
}
