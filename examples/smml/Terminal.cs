using System.Globalization;
using Spectre.Console;

namespace Smml.MLNet.CommandLine;

/// <summary>Results go to the standard output, everything else (progress, notices, errors) to the standard error.</summary>
internal sealed class Terminal
{
    private const int WidthWhenRedirected = 100;

    public Terminal(bool verbose)
    {
        IsVerbose = verbose;
        Out = Create(Console.Out, Console.IsOutputRedirected);
        Error = Create(Console.Error, Console.IsErrorRedirected);
    }

    public bool IsVerbose { get; }

    /// <summary>For tables.</summary>
    public IAnsiConsole Out { get; }

    /// <summary>For progress bars.</summary>
    public IAnsiConsole Error { get; }

    /// <summary>Whether a progress bar can be drawn.</summary>
    public bool IsInteractive => !Console.IsErrorRedirected && Error.Profile.Capabilities.Ansi;

    /// <summary>A line of result, never wrapped.</summary>
    public void Result(string line) => Console.Out.WriteLine(line);

    /// <summary>A line that is not part of the result, never wrapped.</summary>
    public void Note(string line) => Console.Error.WriteLine(line);

    /// <summary>A line that is told while a progress bar may be shown.</summary>
    public void Aside(string line)
    {
        if (IsInteractive)
            Error.WriteLine(line, Style.Plain);
        else
            Note(line);
    }

    /// <summary>A line for those who want to know more.</summary>
    public void Detail(string line)
    {
        if (IsVerbose)
            Error.WriteLine(line, Style.Plain);
    }

    private static IAnsiConsole Create(TextWriter writer, bool redirected)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Interactive = redirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        bool told = int.TryParse(
            Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out int columns)
            && columns >= 20;
        if (redirected)
            console.Profile.Width = told ? columns : WidthWhenRedirected;
        return console;
    }
}
