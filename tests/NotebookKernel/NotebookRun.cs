using Microsoft.DotNet.Interactive.Documents;

namespace Smml.MLNet.Tests.Notebooks;

/// <summary>Runs the cells of documents in one kernel and keeps what they showed.</summary>
internal static class NotebookRun
{
    /// <summary>Runs documents one after another.</summary>
    /// <param name="paths">Notebooks and file-based apps; an app uses the packages that a notebook before it loaded.</param>
    /// <param name="packages">The packages of this repository.</param>
    /// <param name="done">Called with the title of each cell when it is done.</param>
    /// <returns>The notebooks among them with new outputs, in their order.</returns>
    /// <exception cref="CellException">A cell does not work.</exception>
    public static async Task<IReadOnlyList<Notebook>> Run(IEnumerable<string> paths, PackageSource packages, Action<string> done)
    {
        using InteractiveKernel kernel = new();
        List<Notebook> run = [];
        foreach (string path in paths)
        {
            List<CellOutput> outputs = [];
            foreach (CodeCell cell in CodeDocument.Read(path))
            {
                outputs.Add(await kernel.Run(cell with { Code = packages.Resolve(cell.Code) }).ConfigureAwait(false));
                done(cell.Title);
            }

            if (Path.GetExtension(path) == ".ipynb")
                run.Add(await WithOutputs(path, outputs).ConfigureAwait(false));
        }

        return run;
    }

    private static async Task<Notebook> WithOutputs(string path, IReadOnlyList<CellOutput> outputs)
    {
        // What an editor makes of the file.
        InteractiveDocument document = await InteractiveDocument.LoadAsync(new FileInfo(path)).ConfigureAwait(false);
        int elements = document.Elements.Count(element => element.KernelName == "csharp");
        if (elements != outputs.Count)
            throw new CellException($"{path}: .NET Interactive finds {elements} cells with C#, expected {outputs.Count}. Make it anew.");
        int next = 0;
        return new([
            .. Notebook.Read(path).Cells.Select(cell => cell.IsCode ? cell with { Outputs = outputs[next].ToJson(++next) } : cell),
        ]);
    }
}
