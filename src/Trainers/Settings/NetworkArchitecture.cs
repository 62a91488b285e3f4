using System.Text.Json.Serialization;

namespace Smml.MLNet;

/// <summary>The sizes of a method's network. Each method has its own record; nothing outside this library derives from it.</summary>
[JsonConverter(typeof(MethodPartWriter<NetworkArchitecture>))]
public abstract record NetworkArchitecture : IMethodPart
{
    private protected NetworkArchitecture()
    {
    }

    /// <summary>A name for logs and the model card.</summary>
    /// <value>Any text; default <c>custom</c>, and <c>paper</c> or <c>tiny</c> for the named sizes.</value>
    public string Name { get; init; } = "custom";

    /// <summary>The window that the network sees, in voxels.</summary>
    /// <value>Which sides are legal, and the default, is the method's; see the derived record.</value>
    public VolumeShape Patch { get; init; }

    /// <summary>The method whose network this is.</summary>
    [JsonIgnore]
    public abstract MethodName Method { get; }

    /// <summary>How many networks a model has; their mean segments.</summary>
    [JsonIgnore]
    public virtual int NetworkCount => 1;

    /// <summary>Roughly the bytes for each voxel of the window that a training step keeps of a sample for its backward pass.</summary>
    [JsonIgnore]
    internal abstract double TrainingBytesPerVoxel { get; }

    /// <summary>Roughly the bytes for each voxel of the window that a forward pass holds at once.</summary>
    [JsonIgnore]
    internal abstract double ScoringBytesPerVoxel { get; }

    /// <summary>What the method averages over windows, as it was published.</summary>
    [JsonIgnore]
    internal virtual WindowAverage Average => WindowAverage.Logits;

    /// <summary>The sizes in words, for the log.</summary>
    internal abstract string Describe();

    /// <summary>Every rule that the sizes break, as sentences; empty when they are sound.</summary>
    internal abstract IEnumerable<string> Errors();
}

/// <summary>A part of a model's header that each method writes in its own way.</summary>
internal interface IMethodPart
{
    /// <summary>The method.</summary>
    MethodName Method { get; }
}
