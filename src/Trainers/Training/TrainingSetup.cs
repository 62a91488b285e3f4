using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>What a method's training is made of besides its options.</summary>
/// <param name="Classes">K.</param>
/// <param name="Devices">The device of each network.</param>
/// <param name="HasCues">Whether the training cases carry semantic cues.</param>
internal sealed record TrainingSetup(int Classes, IReadOnlyList<Device> Devices, bool HasCues);
