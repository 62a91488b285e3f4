using System.Runtime.CompilerServices;
using Microsoft.ML.Data;

namespace Smml.MLNet;

/// <summary>The ML.NET column type of <see cref="Volume"/>. One instance exists, because ML.NET compares custom types by
/// reference.</summary>
/// <remarks>A null value means that the scan is missing. Shape and position are properties of the value, not of the type.</remarks>
public sealed class VolumeDataViewType : StructuredDataViewType
{
    private VolumeDataViewType()
        : base(typeof(Volume))
    {
    }

    /// <summary>The one instance.</summary>
    public static VolumeDataViewType Instance { get; } = new();

    /// <inheritdoc/>
    public override bool Equals(DataViewType? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => typeof(VolumeDataViewType).GetHashCode();

    /// <inheritdoc/>
    public override string ToString() => "Volume";

    // Lets a row class declare `public Volume? Flair` without an attribute.
    [ModuleInitializer]
    internal static void Register() => DataViewTypeManager.Register(Instance, typeof(Volume));
}
