using System.Runtime.CompilerServices;
using Microsoft.ML.Data;

namespace Smml.MLNet;

/// <summary>The ML.NET column type of <see cref="SemanticCues"/>; one instance exists.</summary>
public sealed class SemanticCuesDataViewType : StructuredDataViewType
{
    private SemanticCuesDataViewType()
        : base(typeof(SemanticCues))
    {
    }

    /// <summary>The one instance.</summary>
    public static SemanticCuesDataViewType Instance { get; } = new();

    /// <inheritdoc/>
    public override bool Equals(DataViewType? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => typeof(SemanticCuesDataViewType).GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => "SemanticCues";

    [ModuleInitializer]
    internal static void Register() => DataViewTypeManager.Register(Instance, typeof(SemanticCues));
}
