using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.CSharp;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.PackageManagement;
using Diagnostic = Microsoft.DotNet.Interactive.Diagnostic;

namespace Smml.MLNet.Tests.Notebooks;

/// <summary>The C# kernel of .NET Interactive, which loads packages by <c>#r "nuget: ..."</c>. Each cell sees what those before it
/// made.</summary>
internal sealed class InteractiveKernel : IDisposable
{
    private readonly CompositeKernel _kernel = [];

    public InteractiveKernel()
    {
        CSharpKernel csharp = new();
        _kernel.Add(csharp.UseNugetDirective((kernel, packages) =>
        {
            kernel.AddAssemblyReferences(packages.SelectMany(package => package.AssemblyPaths));
            return Task.CompletedTask;
        }));
        _kernel.DefaultKernelName = csharp.Name;
    }

    /// <summary>Runs a cell.</summary>
    /// <exception cref="CellException">It cannot be compiled, or it threw.</exception>
    public async Task<CellOutput> Run(CodeCell cell)
    {
        KernelCommandResult result = await _kernel.SendAsync(new SubmitCode(cell.Code)).ConfigureAwait(false);
        if (result.Events.OfType<CommandFailed>().LastOrDefault() is { } failure)
            throw new CellException($"{cell.Title}{Reason(failure, result.Events)}", failure.Exception);
        StringBuilder text = new();
        foreach (StandardOutputValueProduced written in result.Events.OfType<StandardOutputValueProduced>())
            text.Append(written.FormattedValues.Single().Value);
        return new(
            text.ToString(),
            result.Events.OfType<ReturnValueProduced>().LastOrDefault()?.FormattedValues
                .ToDictionary(value => value.MimeType, value => value.Value, StringComparer.Ordinal));
    }

    public void Dispose() => _kernel.Dispose();

    // The kernel knows the line of an error of the compiler, and not that of an exception.
    private static string Reason(CommandFailed failure, IEnumerable<KernelEvent> events)
    {
        Diagnostic? error = events.OfType<DiagnosticsProduced>()
            .SelectMany(produced => produced.Diagnostics)
            .FirstOrDefault(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
        return error is not null
            ? FormattableString.Invariant($", line {error.LinePositionSpan.Start.Line + 1}: {error.Code}: {error.Message}")
            : failure.Exception is { } exception
                ? ": " + string.Join(" <- ", Chain(exception).Select(one => $"{one.GetType().Name}: {one.Message}"))
                : ": " + failure.Message;
    }

    private static IEnumerable<Exception> Chain(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
            yield return exception;
    }
}
