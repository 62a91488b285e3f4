using Smml.MLNet.Losses;
using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>A batch on a device, and the loss against its labels.</summary>
/// <param name="Batch">The tensors.</param>
/// <param name="Target">Cross-entropy and Dice.</param>
internal sealed record Lesson(TrainingBatch Batch, SegmentationLoss Target)
{
    /// <summary>The same samples on each device; devices that occur twice share the tensors.</summary>
    public static Lesson[] Of(IReadOnlyList<TrainingSample> samples, VolumeShape patch, int classes, IReadOnlyList<Device> devices)
    {
        Dictionary<string, Lesson> made = [];
        return [.. devices.Select(device =>
        {
            if (!made.TryGetValue(device.ToString(), out Lesson? lesson))
            {
                TrainingBatch batch = TrainingBatch.Create(samples, patch, device);
                made.Add(device.ToString(), lesson = new(batch, new(batch.Labels, classes)));
            }

            return lesson;
        })];
    }
}
