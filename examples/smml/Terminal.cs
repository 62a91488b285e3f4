using System.Globalization;
using Spectre.Console;

namespace Smml.MLNet.CommandLine;

/// <summary>Results go to the standard output, everything else (progress, notices, errors) to the standard error.</summary>
internal sealed class Terminal
{
    private const int WidthWhenRedirected = 100;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private int _rank;

    public Terminal(bool verbose)
    {
        IsVerbose = verbose;
        Out = Create(Console.Out, Console.IsOutputRedirected);
        Error = Create(Console.Error, Console.IsErrorRedirected);
    }

    public bool IsVerbose { get; }

    /// <summary>Whether this process is the one of several that says what they do together.</summary>
    public bool IsSpeaking { get; private set; } = true;

    /// <summary>For tables.</summary>
    public IAnsiConsole Out { get; }

    /// <summary>For progress bars.</summary>
    public IAnsiConsole Error { get; }

    /// <summary>Whether a progress bar can be drawn.</summary>
    public bool IsInteractive => IsSpeaking && !Console.IsErrorRedirected && Error.Profile.Capabilities.Ansi;

    /// <summary>A line of result, never wrapped.</summary>
    public void Result(string line)
    {
        if (IsSpeaking)
            Console.Out.WriteLine(line);
    }

    /// <summary>A line that is not part of the result, never wrapped.</summary>
    public void Note(string line)
    {
        if (IsSpeaking)
            Console.Error.WriteLine(line);
    }

    /// <summary>Leaves speaking to rank 0 of the processes that do the work together.</summary>
    /// <param name="rank">The number of this process, counted from 0.</param>
    public void SpeakAs(int rank) => (_rank, IsSpeaking) = (rank, rank == 0);

    /// <summary>A failure of this process, which is told by a silent one too if the one that speaks has not ended by then: what
    /// fails in all processes is told once.</summary>
    public void Failure(string message)
    {
        if (!IsSpeaking)
        {
            Thread.Sleep(s_patience);
            message = $"rank {_rank}: {message}";
        }

        Console.Error.WriteLine(message);
    }

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
        if (IsVerbose && IsSpeaking)
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
