using Smml.MLNet.ScanNames;

namespace Smml.MLNet.Discovery;

/// <summary>A volume file of a case that is neither one of its scans nor its label.</summary>
/// <param name="Path">The file.</param>
/// <param name="Reason">Why it is not used; empty where its name says nothing.</param>
/// <param name="Doubt">What it may be all the same.</param>
internal sealed record UnusedFile(string Path, string Reason, NameDoubt Doubt)
{
    /// <summary>The path, and the reason behind it.</summary>
    public override string ToString() => Reason.Length == 0 ? Path : $"{Path} ({Reason})";
}
