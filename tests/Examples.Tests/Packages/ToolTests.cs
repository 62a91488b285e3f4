using System.Diagnostics;
using System.Text.Json;
using Smml.MLNet.Phantom;
using Smml.MLNet.Tests.CommandLine;

namespace Smml.MLNet.Tests.Packages;

/// <summary>The command line as a dotnet tool.</summary>
public sealed class ToolTests : IDisposable
{
    private const long LimitOfRegistry = 250_000_000; // bytes of a package that nuget.org takes

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void The_command_line_is_a_tool_for_the_system_that_packs_it_and_only_on_request()
    {
        JsonElement tool = Properties("-p:SmmlTool=true"), usual = Properties();
        Assert.Equal("false", usual.GetProperty("IsPackable").GetString());
        Assert.Equal("true", tool.GetProperty("IsPackable").GetString());
        Assert.Equal("true", tool.GetProperty("PackAsTool").GetString());
        Assert.Equal("smml", tool.GetProperty("PackageId").GetString());
        Assert.Equal("smml", tool.GetProperty("ToolCommandName").GetString());
        Assert.Equal("Apache-2.0", tool.GetProperty("PackageLicenseExpression").GetString());
        Assert.Contains("Research use only", tool.GetProperty("Description").GetString());
        Assert.Equal(
            tool.GetProperty("NETCoreSdkPortableRuntimeIdentifier").GetString(), tool.GetProperty("RuntimeIdentifier").GetString());
    }

    /// <summary>Packs and unpacks 0.5 GB, hence explicit.</summary>
    [Fact(Explicit = true)]
    public void The_tool_is_packed_installed_run_and_uninstalled()
    {
        string packages = _folder["packages"], tools = _folder["tools"], work = Directory.CreateDirectory(_folder["work"]).FullName;
        DotnetCommand.Done(
            PackedLibraries.Repository,
            "pack",
            "examples/smml",
            "-c",
            PackedLibraries.Configuration,
            "--no-build",
            "-nodeReuse:false",
            "-p:SmmlTool=true",
            "-o",
            packages);
        Assert.All(Directory.GetFiles(packages), path => Assert.True(
            new FileInfo(path).Length < LimitOfRegistry,
            $"{path} has {new FileInfo(path).Length} bytes, expected less than {LimitOfRegistry}"));

        PhantomOptions small = new() { Shape = new(32, 32, 32), Spacing = (5.6, 5.6, 5.6) };
        PhantomDataset.Write(Path.Combine(work, "cases"), 1, seed: 1, small);
        using TrainedModel trained = new();
        DotnetCommand.Done(work, "tool", "install", "smml", "--tool-path", tools, "--source", packages);
        string program = Path.Combine(tools, "smml");
        Assert.StartsWith(PackedLibraries.ReleaseVersion, Run(program, work, "--version"));
        Assert.Contains("Phantom_0001", Run(program, work, "validate", "cases"));
        Run(program, work, "score", trained.Zip, "cases", "--out", "segmentations");
        Assert.True(File.Exists(Path.Combine(work, "segmentations", "Phantom_0001_seg.nii.gz")));
        DotnetCommand.Done(work, "tool", "uninstall", "smml", "--tool-path", tools);
        Assert.False(File.Exists(program));
    }

    public void Dispose() => _folder.Dispose();

    private static JsonElement Properties(params IEnumerable<string> options) => JsonDocument.Parse(DotnetCommand.Done(
        PackedLibraries.Repository,
        [
            "msbuild",
            "examples/smml",
            "-nodeReuse:false",
            "-getProperty:IsPackable,PackAsTool,PackageId,ToolCommandName,PackageLicenseExpression,Description,RuntimeIdentifier,"
                + "NETCoreSdkPortableRuntimeIdentifier",
            .. options,
        ])).RootElement.GetProperty("Properties");

    private static string Run(string program, string folder, params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.GetAwaiter().GetResult());
        return output.GetAwaiter().GetResult();
    }
}
