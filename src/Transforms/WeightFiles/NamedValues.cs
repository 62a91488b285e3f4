namespace Smml.MLNet.WeightFiles;

/// <summary>A dictionary of a file of weights, in the order of the file. Values are <see cref="StoredTensor"/>, <see cref="long"/>,
/// <see cref="double"/>, <see cref="bool"/>, <see cref="string"/>, null, other dictionaries, <c>List&lt;object?&gt;</c>,
/// <c>object?[]</c> (a tuple) and objects without meaning.</summary>
/// <remarks>Whole numbers as keys become text. Entries with other keys are left out.</remarks>
internal sealed class NamedValues() : OrderedDictionary<string, object?>(StringComparer.Ordinal);
