using System.Diagnostics;

namespace Smml.MLNet.Tests.Notebooks;

/// <summary>Runs notebooks and scripts in a .NET Interactive kernel, and makes the notebooks of the examples.</summary>
internal static class Program
{
    private const string Usage = """
        NotebookKernel run PACKAGES DOCUMENT... [--out FOLDER]
            runs notebooks and then file-based apps in one kernel and in the current folder; PACKAGES is a folder with the packages
            of this repository; --out writes the notebooks with their outputs into a folder
        NotebookKernel update PACKAGES EXAMPLES
            makes EXAMPLES/notebooks/*.ipynb of EXAMPLES/*.cs, runs them, and stores their outputs
        """;

    public static async Task<int> Main(string[] args)
    {
        try
        {
            switch (args)
            {
                case ["run", string packages, .. string[] documents, "--out", string folder] when documents.Length > 0:
                    await Run(packages, documents, folder).ConfigureAwait(false);
                    return 0;
                case ["run", string packages, .. string[] documents] when documents.Length > 0:
                    await Run(packages, documents, null).ConfigureAwait(false);
                    return 0;
                case ["update", string packages, string examples]:
                    Update(Path.GetFullPath(packages), Path.GetFullPath(examples));
                    return 0;
                default:
                    await Console.Error.WriteLineAsync(Usage).ConfigureAwait(false);
                    return 2;
            }
        }
        catch (Exception exception) when (exception is CellException or IOException or NotSupportedException)
        {
            await Console.Error.WriteLineAsync(exception.Message).ConfigureAwait(false);
            return 1;
        }
    }

    private static async Task Run(string packages, string[] documents, string? folder)
    {
        using PackageSource source = new(packages);
        IReadOnlyList<Notebook> run = await NotebookRun.Run(documents, source, Console.Out.WriteLine).ConfigureAwait(false);
        if (folder is null)
            return;
        foreach ((string path, Notebook notebook) in documents.Where(path => Path.GetExtension(path) == ".ipynb").Zip(run))
            notebook.Write(Path.Combine(folder, Path.GetFileName(path)));
    }

    private static void Update(string packages, string examples)
    {
        PackageReferences references = new(PackageSource.Metadata("RepositoryRoot"));
        DirectoryInfo folder = Directory.CreateTempSubdirectory("smml-notebooks-");
        try
        {
            foreach (string script in Directory.EnumerateFiles(examples, "*.cs").Order(StringComparer.Ordinal))
            {
                string name = Path.ChangeExtension(Path.GetFileName(script), ".ipynb"), bare = Path.Combine(folder.FullName, name);
                LiterateScript.ToNotebook(File.ReadAllText(script), references.OfNotebooks()).Write(bare);

                // A kernel of its own for each notebook, as in an editor; they share the folder, as there.
                ProcessStartInfo start = new(Environment.ProcessPath!) { WorkingDirectory = folder.FullName };
                if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
                    start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "NotebookKernel.dll"));
                foreach (string argument in new[] { "run", packages, bare, "--out", Path.Combine(examples, "notebooks") })
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
