using System.Text.Json.Serialization;

namespace Smml.MLNet;

/// <summary>What a trained model is: written into the model zip, checked before use, shown by <c>smml info</c>.</summary>
public sealed class SegmentationModelInfo
{
    /// <summary>The version of the library that trained the model.</summary>
    public required string LibraryVersion { get; init; }

    /// <summary>The method that trained the model.</summary>
    [JsonIgnore]
    public MethodName Method => Architecture.Method;

    /// <summary>The network.</summary>
    public required NetworkArchitecture Architecture { get; init; }

    /// <summary>The name of the label convention of the training data.</summary>
    public required string LabelConvention { get; init; }

    /// <summary>Overlap of neighbouring windows, a share of the window.</summary>
    public required double Overlap { get; init; }

    /// <summary>How many cases the model was trained on.</summary>
    public required int TrainingCases { get; init; }

    /// <summary>How many epochs were asked for; <see cref="Training"/> says how many were done.</summary>
    public required int Epochs { get; init; }

    /// <summary>How many steps an epoch.</summary>
    public required int StepsPerEpoch { get; init; }

    /// <summary>Samples a step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Initial learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Seed.</summary>
    public required int Seed { get; init; }

    /// <summary>The terms of the method's objective.</summary>
    public required LossOptions Losses { get; init; }

    /// <summary>Whether training used semantic cues.</summary>
    public required bool TrainedWithCues { get; init; }

    /// <summary>Mean loss terms of the epoch that the weights are from, by
    /// <see cref="LossValue.Label"/>; empty if no epoch was finished.</summary>
    public required IReadOnlyDictionary<string, double> FinalLosses { get; init; }

    /// <summary>SHA-256 of the weights, lower-case hexadecimal.</summary>
    public required string WeightsSha256 { get; init; }

    /// <summary>The number of weights.</summary>
    public required long WeightCount { get; init; }

    /// <summary>Names of the volume columns; scoring reads the four scans.</summary>
    public required VolumeColumns Columns { get; init; }

    /// <summary>Name of the column that scoring adds.</summary>
    public required string OutputColumnName { get; init; }

    /// <summary>How training ended; null for models of versions that did not tell, which were trained to the end.</summary>
    public TrainingResult? Training { get; init; }

    /// <summary>What the training data are, in the words of whoever trained the model; null where nothing was said.</summary>
    public string? DataDescription { get; init; }

    /// <summary>How many training cases have each scan; null for models of versions that did
    /// not tell, as are the properties below.</summary>
    public IReadOnlyDictionary<string, int>? ScansPerModality { get; init; }

    /// <summary>Passes of a batch a step.</summary>
    public int? GradientAccumulation { get; init; }

    /// <summary>The numbers that training computed with; scoring always uses single precision.</summary>
    public TrainingPrecision? Precision { get; init; }

    /// <summary>Coupled L2 decay.</summary>
    public double? WeightDecay { get; init; }

    /// <summary>The first epoch, counted from 0, with the terms that begin after a warm-up (for SMML the pixel-level constraint and the
    /// refinement consistency); null for a method without such terms.</summary>
    public int? ConsistencyStartEpoch { get; init; }

    /// <summary>How patches were varied.</summary>
    public AugmentationOptions? Augmentation { get; init; }

    /// <summary>Corrected, or as the released code behaves.</summary>
    public Fidelity? Fidelity { get; init; }

    /// <summary>How the weights do on cases that training did not see: mean Dice of each region with each of the 15 subsets; with those of
    /// the last validation where training was cancelled. Null where there were no validation cases.</summary>
    public ValidationScores? Validation { get; init; }

    /// <summary>Seconds of training, in all processes.</summary>
    public double? TrainingSeconds { get; init; }

    /// <summary>Software and device that trained the model.</summary>
    public ModelEnvironment? Environment { get; init; }

    /// <summary>Where the weights come from, for a model that was imported; null for one that was trained here.</summary>
    public ModelOrigin? Origin { get; init; }

    /// <summary>What training took from the model that it began with; null where it began with fresh weights.</summary>
    public ModelStart? Start { get; init; }

    /// <summary>For whom the model is.</summary>
    public string Notice { get; init; } = "Research use only. Not a medical device, never a diagnosis.";

    /// <summary>The label convention of the training data.</summary>
    [JsonIgnore]
    internal LabelConvention Convention => Smml.MLNet.LabelConvention.FromName(LabelConvention);

    /// <summary>Whether it is known how the model was trained: by this library, perhaps before an export and an import.</summary>
    [JsonIgnore]
    internal bool IsDescribed => Training?.StopReason != StopReason.Imported;

    /// <summary>The model's card as Markdown: data, options, results with each subset of the scans,
    /// versions, and for whom the model is.</summary>
    public string ToModelCard() => ModelCard.Write(this);
}
