using System.CommandLine;

namespace Smml.MLNet.CommandLine.Commands;

/// <summary><c>smml completion SHELL</c>: a script with which a shell completes the command line.</summary>
/// <remarks>The scripts ask <c>smml "[suggest:POSITION]" LINE</c>, which System.CommandLine answers.</remarks>
internal static class CompletionCommand
{
    private const string Bash = """
        _smml() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$(smml "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _smml smml
        """;

    private const string Zsh = """
        #compdef smml
        _smml() {
            local -a found
            found=("${(@f)$(smml "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
            compadd -a found
            _files
        }
        compdef _smml smml
        """;

    private const string PowerShell = """
        Register-ArgumentCompleter -Native -CommandName smml -ScriptBlock {
            param($word, $line, $position)
            smml "[suggest:$position]" "$line" 2>$null | Where-Object { $_ -like "$word*" } | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
            }
        }
        """;

    public static Command Create()
    {
        Argument<string> shell = new("SHELL") { Description = "bash, zsh or pwsh" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "pwsh");
        return new Command("completion", "Print a script with which a shell completes commands, options and their values") { shell }
            .Does((arguments, terminal, _) =>
            {
                terminal.Result((arguments.GetRequiredValue(shell) switch
                {
                    "bash" => Bash,
                    "zsh" => Zsh,
                    _ => PowerShell,
                }).ReplaceLineEndings("\n"));
                return ExitCode.Done;
            });
    }

    /// <summary>Lets options be completed whose values are named in the help, for example <c>smml|rfnet</c>.</summary>
    public static void NameValues(Command command)
    {
        foreach (Option option in command.Options)
        {
            if (option.HelpName?.Split('|') is { Length: > 1 } values)
                option.CompletionSources.Add(values);
        }

        foreach (Command below in command.Subcommands)
            NameValues(below);
    }
}
