namespace Smml.MLNet;

/// <summary>How a method is named.</summary>
/// <param name="Key">In headers, checkpoints and command lines, for example <c>rfnet</c>.</param>
/// <param name="Title">For people, for example <c>RFNet</c>.</param>
/// <param name="Description">What it is and where it was published, in one sentence.</param>
public sealed record MethodName(string Key, string Title, string Description)
{
    /// <summary>The key of SMML. A header or checkpoint without the name of a method is SMML's: versions that
    /// knew no other method did not write it.</summary>
    internal const string Unnamed = "smml";

    /// <inheritdoc cref="Title"/>
    public override string ToString() => Title;
}
