using System.Diagnostics;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;

namespace Smml.MLNet.Tests.Notebooks;

/// <summary>Runs cells one after another; each sees what those before it made.</summary>
internal sealed class ScriptKernel
{
    // A notebook imports these by itself; a file-based app imports more, so that what works here works there.
    private static readonly ScriptOptions s_options = ScriptOptions.Default
        .WithLanguageVersion(LanguageVersion.CSharp14)
        .WithReferences(OwnAssemblies().Select(path => MetadataReference.CreateFromFile(path)))
        .WithImports("System", "System.Text", "System.Collections", "System.Collections.Generic", "System.Threading.Tasks", "System.Linq")
        .WithEmitDebugInformation(true)
        .WithFileEncoding(Encoding.UTF8);

    private readonly PackageReferences _packages = PackageReferences.OfRepository();
    private readonly bool _capture;
    private ScriptState<object>? _state;

    /// <summary>Makes a kernel that knows nothing yet.</summary>
    /// <param name="capture">Whether what cells write to the console is kept instead of shown.</param>
    public ScriptKernel(bool capture) => _capture = capture;

    /// <summary>Runs a cell.</summary>
    /// <exception cref="CellException">It cannot be compiled, or it threw.</exception>
    public async Task<CellOutput> Run(CodeCell cell)
    {
        string code = _packages.Resolve(cell), path = cell.Title;
        TextWriter console = Console.Out;
        using StringWriter written = new();
        if (_capture)
            Console.SetOut(written);
        try
        {
            ScriptOptions options = s_options.WithFilePath(path);
            _state = _state is null
                ? await CSharpScript.RunAsync(code, options).ConfigureAwait(false)
                : await _state.ContinueWithAsync(code, options).ConfigureAwait(false);
            return new(written.ToString(), _state.ReturnValue);
        }
        catch (CompilationErrorException exception)
        {
            Diagnostic error = exception.Diagnostics.First(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error);
            throw new CellException(
                cell, error.Location.GetLineSpan().StartLinePosition.Line + 1, $"{error.Id}: {error.GetMessage(null)}", exception);
        }
        catch (Exception exception) when (exception is not CellException)
        {
            // The innermost line of this cell; a function of an earlier cell may have been called from there.
            StackFrame? frame = new StackTrace(exception, fNeedFileInfo: true)
                .GetFrames()
                .FirstOrDefault(frame => frame.GetFileName() == path);
            throw new CellException(
                cell,
                frame?.GetFileLineNumber() ?? 1,
                string.Join(" <- ", Chain(exception).Select(one => $"{one.GetType().Name}: {one.Message}")),
                exception);
        }
        finally
        {
            if (_capture)
                Console.SetOut(console);
        }
    }

    private static IEnumerable<Exception> Chain(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
            yield return exception;
    }

    // This program is started with all that scripts may use, so their types are the ones that run here.
    private static IEnumerable<string> OwnAssemblies() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => path.EndsWith(".dll", StringComparison.Ordinal) && File.Exists(path));
}
