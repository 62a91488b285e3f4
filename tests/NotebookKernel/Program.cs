using System.Diagnostics;
using System.Globalization;

namespace Smml.MLNet.Tests.Notebooks;

/// <summary>Runs the code of notebooks, scripts and Markdown files, and makes the notebooks of the examples.</summary>
internal static class Program
{
    private const string Usage = """
        NotebookKernel run DOCUMENT [--block N] [--out NOTEBOOK] [--replace OLD NEW]...
            runs a notebook, a file-based app or the C# blocks of a Markdown file in the current folder;
            --block runs one piece only, --out writes the notebook with its outputs, --replace changes the code, which must hold OLD
        NotebookKernel update EXAMPLES
            makes EXAMPLES/notebooks/*.ipynb of EXAMPLES/*.cs, runs them, and stores their outputs
        """;

    public static async Task<int> Main(string[] args)
    {
        try
        {
            switch (args)
            {
                case ["run", string document, .. string[] options]:
                    await Run(document, options).ConfigureAwait(false);
                    return 0;
                case ["update", string examples]:
                    Update(Path.GetFullPath(examples));
                    return 0;
                default:
                    await Console.Error.WriteLineAsync(Usage).ConfigureAwait(false);
                    return 2;
            }
        }
        catch (Exception exception) when (exception is CellException or IOException or NotSupportedException or ArgumentException)
        {
            await Console.Error.WriteLineAsync(exception.Message).ConfigureAwait(false);
            return 1;
        }
    }

    private static async Task Run(string document, string[] options)
    {
        int? block = null;
        string? target = null;
        List<(string Old, string New)> replacements = [];
        for (int i = 0; i < options.Length; i++)
        {
            switch (options[i..])
            {
                case ["--block", string number, ..]:
                    block = int.Parse(number, CultureInfo.InvariantCulture);
                    i++;
                    break;
                case ["--out", string path, ..]:
                    target = path;
                    i++;
                    break;
                case ["--replace", string before, string after, ..]:
                    replacements.Add((before, after));
                    i += 2;
                    break;
                default:
                    throw new ArgumentException($"'{options[i]}' is no option, or its value is missing.\n{Usage}", nameof(options));
            }
        }

        if (target is not null)
        {
            (await NotebookRun.Run(document, Console.Out.WriteLine).ConfigureAwait(false)).Write(target);
            return;
        }

        ScriptKernel kernel = new(capture: false);
        IReadOnlyList<CodeCell> cells = CodeDocument.Read(document);
        foreach (CodeCell cell in block is { } only ? [cells[only - 1]] : cells)
            await kernel
                .Run(cell with { Code = replacements.Aggregate(cell.Code, (code, pair) => Replace(cell, code, pair.Old, pair.New)) })
                .ConfigureAwait(false);
    }

    private static string Replace(CodeCell cell, string code, string before, string after) =>
        code.Contains(before, StringComparison.Ordinal)
            ? code.Replace(before, after, StringComparison.Ordinal)
            : throw new CellException(cell, 1, $"expected '{before}' in it, which was to be replaced by '{after}', and did not find it.");

    private static void Update(string examples)
    {
        PackageReferences packages = PackageReferences.OfRepository();
        DirectoryInfo folder = Directory.CreateTempSubdirectory("smml-notebooks-");
        try
        {
            foreach (string script in Directory.EnumerateFiles(examples, "*.cs").Order(StringComparer.Ordinal))
            {
                string name = Path.ChangeExtension(Path.GetFileName(script), ".ipynb"), bare = Path.Combine(folder.FullName, name);
                LiterateScript.ToNotebook(File.ReadAllText(script), [packages.Named("Smml.MLNet"), packages.Named("TorchSharp-cpu")])
                    .Write(bare);

                // A kernel of its own for each notebook, as in an editor; they share the folder, as there.
                ProcessStartInfo start = new(Environment.ProcessPath!) { WorkingDirectory = folder.FullName };
                if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
                    start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "NotebookKernel.dll"));
                foreach (string argument in new[] { "run", bare, "--out", Path.Combine(examples, "notebooks", name) })
                    start.ArgumentList.Add(argument);
                using Process process = Process.Start(start)!;
                process.WaitForExit();
                if (process.ExitCode != 0)
                    throw new IOException($"{name}: its notebook was not written, see above.");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
