using PublicApiGenerator;

namespace Smml.MLNet.Tests;

public sealed class PublicApiTests
{
    [Fact]
    public void The_public_api_is_the_one_that_was_agreed_on()
    {
        string current = typeof(Volume).Assembly.GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false }).ReplaceLineEndings("\n").TrimEnd() + "\n";
        string agreed = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "PublicApi.txt")).ReplaceLineEndings("\n");
        if (current == agreed)
            return;
        string received = Path.Combine(AppContext.BaseDirectory, "PublicApi.received.txt");
        File.WriteAllText(received, current);
        string[] before = agreed.Split('\n'), after = current.Split('\n');
        Assert.Fail(
            "The public API differs from tests/DataLoaders.Tests/PublicApi.txt.\n"
            + string.Concat(before.Except(after, StringComparer.Ordinal).Select(line => $"gone: {line.Trim()}\n"))
            + string.Concat(after.Except(before, StringComparer.Ordinal).Select(line => $"new:  {line.Trim()}\n"))
            + $"If that is meant, copy {received} over it and name the change in CHANGELOG.md.");
    }
}
