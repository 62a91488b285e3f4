using System.Reflection;
using PublicApiGenerator;

namespace Smml.MLNet.Tests;

/// <summary>Compares an assembly's public surface with the text that was agreed on, the file PublicApi.txt of the test project.</summary>
internal static class PublicApi
{
    public static void IsAsAgreed(Assembly assembly)
    {
        string current =
            assembly.GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false }).ReplaceLineEndings("\n").TrimEnd()
            + "\n";
        string agreed = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "PublicApi.txt")).ReplaceLineEndings("\n");
        if (current == agreed)
            return;
        string received = Path.Combine(AppContext.BaseDirectory, "PublicApi.received.txt");
        File.WriteAllText(received, current);
        string[] before = agreed.Split('\n'), after = current.Split('\n');
        Assert.Fail(
            $"The public API of {assembly.GetName().Name} differs from PublicApi.txt of its test project.\n"
            + string.Concat(before.Except(after, StringComparer.Ordinal).Select(line => $"gone: {line.Trim()}\n"))
            + string.Concat(after.Except(before, StringComparer.Ordinal).Select(line => $"new:  {line.Trim()}\n"))
            + $"If that is meant, copy {received} over it and name the change in CHANGELOG.md.");
    }
}
