namespace Smml.MLNet;

/// <summary>The cases of the parts of a split; a part can be empty.</summary>
public sealed class BraTSSplitCases
{
    internal BraTSSplitCases(IReadOnlyList<BraTSCase> train, IReadOnlyList<BraTSCase> validation, IReadOnlyList<BraTSCase> test)
    {
        Train = train;
        Validation = validation;
        Test = test;
    }

    /// <summary>The training cases.</summary>
    public IReadOnlyList<BraTSCase> Train { get; }

    /// <summary>The validation cases.</summary>
    public IReadOnlyList<BraTSCase> Validation { get; }

    /// <summary>The test cases.</summary>
    public IReadOnlyList<BraTSCase> Test { get; }
}
