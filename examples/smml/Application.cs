using System.CommandLine;
using System.CommandLine.Invocation;
using Smml.MLNet.CommandLine.Commands;

namespace Smml.MLNet.CommandLine;

/// <summary>The command line as a whole.</summary>
internal static class Application
{
    public const string Notice = "Research use only. Not a medical device, never a diagnosis.";

    private static readonly Option<bool> s_verbose = new("--verbose")
    {
        Description = "Show the trainer's log, and where an error came from",
        Recursive = true,
    };

    /// <summary>What a command does: its arguments, where to write, and when to stop.</summary>
    public delegate ExitCode Work(ParseResult arguments, Terminal terminal, CancellationToken cancellationToken);

    public static ExitCode Run(string[] args)
    {
        RootCommand root = new($"Segments brain tumours in MRI, also where scans are missing. {Notice}\n\n"
            + "Exit codes: 0 done, 2 wrong command line, 3 cancelled, 4 some cases failed, 5 failed.")
        {
            InspectCommand.Create(),
            ValidateCommand.Create(),
            PhantomCommand.Create(),
            TrainCommand.Create(),
            ScoreCommand.Create(),
            EvaluateCommand.Create(),
            CompareCommand.Create(),
            AblateCommand.Create(),
            InfoCommand.Create(),
            ImportCommand.Create(),
            ExportCommand.Create(),
            SamCommand.Create(),
            CompletionCommand.Create(),
            s_verbose,
        };
        CompletionCommand.NameValues(root);
        ParseResult arguments = root.Parse(args);
        if (arguments.Action is ParseErrorAction)
        {
            foreach (string message in arguments.Errors.Select(error => error.Message).Distinct(StringComparer.Ordinal))
                Console.Error.WriteLine(message);
            Command command = arguments.CommandResult.Command;
            Console.Error.WriteLine($"See 'smml {(command == root ? "" : command.Name + " ")}--help'.");
            return ExitCode.Usage;
        }

        return (ExitCode)arguments.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
    }

    /// <summary>Gives a command its work, with errors told in one message.</summary>
    public static Command Does(this Command command, Work work)
    {
        command.SetAction(arguments =>
        {
            Terminal terminal = new(arguments.GetValue(s_verbose));
            using Interruption interruption = new();
            try
            {
                return (int)work(arguments, terminal, interruption.Token);
            }
#pragma warning disable CA1031 // the outermost frame: every error becomes a message and an exit code
            catch (Exception exception)
#pragma warning restore CA1031
            {
                ExitCode code = Fault.ExitCodeOf(exception);
                MpiRuntime.Fail();
                terminal.Failure(code == ExitCode.Cancelled ? "Cancelled." : Fault.Describe(exception, terminal.IsVerbose));
                return (int)code;
            }
        });
        return command;
    }
}
