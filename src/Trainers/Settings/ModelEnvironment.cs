using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.ML;
using TorchSharp;

namespace Smml.MLNet;

/// <summary>Software and device that trained a model; nothing in it names a machine or a person.</summary>
/// <param name="DotNet">The runtime, for example <c>.NET 10.0.1</c>.</param>
/// <param name="MLNet">The version of Microsoft.ML.</param>
/// <param name="TorchSharp">The version of TorchSharp.</param>
/// <param name="Platform">System and processor architecture, for example <c>linux-x64</c>.</param>
/// <param name="Device">The kind of device, for example <c>cpu</c>.</param>
public sealed record ModelEnvironment(string DotNet, string MLNet, string TorchSharp, string Platform, string Device)
{
    /// <summary>The version of this library, which models and checkpoints name as their maker.</summary>
    internal static string LibraryVersion { get; } = Version(typeof(ModelEnvironment));

    /// <summary>The version of TorchSharp.</summary>
    internal static string TorchSharpVersion { get; } = Version(typeof(torch));

    internal static ModelEnvironment Current(torch.Device device) => new(
        RuntimeInformation.FrameworkDescription,
        Version(typeof(MLContext)),
        TorchSharpVersion,
        $"{(OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : OperatingSystem.IsLinux() ? "linux" : "other")}-"
        + $"{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}",
        device.type.ToString().ToLowerInvariant());

    private static string Version(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? type.Assembly.GetName().Version?.ToString()
        ?? "unknown";
}
