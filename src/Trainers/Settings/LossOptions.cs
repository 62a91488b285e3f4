using System.Text.Json.Serialization;

namespace Smml.MLNet;

/// <summary>The terms of a method's objective and their weights. Each method has its own record.</summary>
[JsonConverter(typeof(MethodPartWriter<LossOptions>))]
public abstract record LossOptions : IMethodPart
{
    private protected LossOptions()
    {
    }

    /// <summary>The method whose objective this is.</summary>
    [JsonIgnore]
    public abstract MethodName Method { get; }

    /// <summary>The weights in words, for the model card.</summary>
    internal abstract string Describe();

    /// <summary>Every rule that the values break, as sentences.</summary>
    internal abstract IEnumerable<string> Errors();

    /// <summary>The rule of every weight.</summary>
    private protected static IEnumerable<string> WeightErrors(params (string Name, double Value)[] weights) => weights
        .Where(weight => !(weight.Value is >= 0 and <= 100))
        .Select(weight => FormattableString.Invariant($"Losses.{weight.Name} is {weight.Value}; expected 0 to 100."));
}
