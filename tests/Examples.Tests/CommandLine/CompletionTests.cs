using System.Diagnostics;

namespace Smml.MLNet.Tests.CommandLine;

public sealed class CompletionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("smml tr", "train")]
    [InlineData("smml sc", "score")]
    [InlineData("smml train data --meth", "--method")]
    [InlineData("smml train data --method rf", "rfnet")]
    [InlineData("smml completion ba", "bash")]
    [InlineData("smml no-such-word", "")]
    public void Bash_completes_commands_options_and_values(string line, string expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "bash is expected on Linux only");
        string script = _folder["complete.sh"];
        File.WriteAllText(script, $$"""
            smml() { dotnet "{{Path.Combine(AppContext.BaseDirectory, "smml.dll")}}" "$@"; }
            {{SmmlProcess.Done("completion", "bash").Output}}
            complete -p smml || exit 1
            COMP_LINE="{{line}}"
            COMP_POINT=${#COMP_LINE}
            COMP_WORDS=($COMP_LINE)
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _smml
            printf '%s\n' "${COMPREPLY[@]}"
            """.ReplaceLineEndings("\n"));
        ProcessStartInfo start = new("bash", ["--norc", script]) { RedirectStandardOutput = true, UseShellExecute = false };
        using Process bash = Process.Start(start)!;
        string[] written = bash.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        bash.WaitForExit();
        Assert.Equal(0, bash.ExitCode);
        Assert.Equal("complete -o default -F _smml smml", written[0]);
        Assert.Equal(expected, string.Join(' ', written[1..]));
    }

    [Theory]
    [InlineData("zsh", "compdef _smml smml")]
    [InlineData("pwsh", "Register-ArgumentCompleter -Native -CommandName smml")]
    public void Other_shells_have_a_script_that_asks_in_the_same_way(string shell, string mention)
    {
        string script = SmmlProcess.Done("completion", shell).Output;
        Assert.Contains(mention, script);
        Assert.Contains("smml \"[suggest:", script);
    }

    [Fact]
    public void Another_shell_is_refused() => SmmlProcess.Run("completion", "fish").Fails(2, "fish", "bash");

    public void Dispose() => _folder.Dispose();
}
