namespace Smml.MLNet.ScanNames;

/// <summary>What a file may be although its name contradicts itself.</summary>
internal enum NameDoubt
{
    /// <summary>Nothing that would be missed.</summary>
    None,

    /// <summary>The label.</summary>
    Label,

    /// <summary>One of the four scans.</summary>
    Scan,
}
