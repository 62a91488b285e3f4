using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace Smml.MLNet.Tests.Service;

/// <summary>The service in a process of its own, listening on a free port of the loopback.</summary>
internal sealed partial class ServiceProcess : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly TaskCompletionSource<string> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ServiceProcess(string model, string scratch, params IEnumerable<string> settings)
    {
        _process = new()
        {
            StartInfo = new("dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "smml-service.dll"),
                "--urls=http://127.0.0.1:0",
                $"--Service:Model={model}",
                $"--Service:Scratch={scratch}",
                .. settings,
            ])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            },
        };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Task ended = _process.WaitForExitAsync();
        if (Task.WaitAny([_address.Task, ended], s_limit) != 0)
            throw new InvalidOperationException($"The service did not start: {string.Join('\n', _lines)}");
        Client = new() { BaseAddress = new(_address.Task.Result), Timeout = s_limit };
    }

    public HttpClient Client { get; }

    /// <summary>Everything that the service has logged.</summary>
    public string Logged => string.Join('\n', _lines);

    /// <summary>A form with scans by the name of their part.</summary>
    public static MultipartFormDataContent Form(params IEnumerable<(string Name, byte[] Content)> scans)
    {
        MultipartFormDataContent form = [];
        foreach ((string name, byte[] content) in scans)
        {
            ByteArrayContent part = new(content);
            part.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            form.Add(part, name, $"Mustermann_Erika_{name}.nii.gz"); // what a browser would send
        }

        return form;
    }

    public void Dispose()
    {
        Client.Dispose();
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    [GeneratedRegex(@"Now listening on: (http://\S+)")]
    private static partial Regex Listening();

    private void Take(string? line)
    {
        if (line is null)
            return;
        _lines.Enqueue(line);
        if (Listening().Match(line) is { Success: true } match)
            _address.TrySetResult(match.Groups[1].Value);
    }
}
