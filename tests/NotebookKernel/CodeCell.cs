namespace Smml.MLNet.Tests.Notebooks;

/// <summary>A piece of code that is run in one go.</summary>
/// <param name="Document">The name of the file that it is in.</param>
/// <param name="Name">What it is called there, for example <c>cell 4</c>; null where the file is one piece.</param>
/// <param name="Code">The code.</param>
internal sealed record CodeCell(string Document, string? Name, string Code)
{
    /// <summary>Where it is, as it is told to a reader.</summary>
    public string Title => Name is null ? Document : $"{Document}, {Name}";

    /// <summary>Where a line is, as it is told to a reader.</summary>
    /// <param name="line">Counted from 1, in the piece.</param>
    public string Place(int line) => FormattableString.Invariant($"{Title}, line {line}");
}

/// <summary>What a cell showed.</summary>
/// <param name="Text">What it wrote to the console.</param>
/// <param name="Value">The value of its last expression; null where there is none.</param>
internal sealed record CellOutput(string Text, object? Value);

/// <summary>A cell that does not work. The message says where and why.</summary>
internal sealed class CellException : Exception
{
    public CellException()
    {
    }

    public CellException(string message)
        : base(message)
    {
    }

    public CellException(string message, Exception? inner)
        : base(message, inner)
    {
    }

    public CellException(CodeCell cell, int line, string reason, Exception? inner = null)
        : this($"{cell.Place(line)}: {reason}", inner)
    {
    }
}
