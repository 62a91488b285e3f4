using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Smml.MLNet.Tests.Notebooks;

public sealed partial class NotebookTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => ["01-data", "02-train", "03-score-missing-modalities"];

    [Fact]
    public void Every_cell_of_every_notebook_runs_and_shows_what_is_stored()
    {
        foreach (string name in Names)
        {
            string produced = _folder[name + ".produced.ipynb"];
            KernelProcess.Done(_folder.Path, PathOf(name), "--out", produced);
            Assert.Equal(Kinds(Notebook.Read(PathOf(name))), Kinds(Notebook.Read(produced)));
            if (name == "01-data") // the others train, shortly here and longer for what is stored
                Assert.Equal(Shown(Notebook.Read(PathOf(name))), Shown(Notebook.Read(produced)));
        }
    }

    [Fact]
    public void There_is_a_notebook_for_each_script()
    {
        string[] scripts =
        [
            .. Directory.EnumerateFiles(Path.Combine(KernelProcess.Repository, "examples"), "*.cs")
                .Select(path => Path.GetFileNameWithoutExtension(path))
                .Order(StringComparer.Ordinal),
        ];
        string[] notebooks =
        [
            .. Directory.EnumerateFiles(Path.Combine(KernelProcess.Repository, "examples", "notebooks"), "*.ipynb")
                .Select(path => Path.GetFileNameWithoutExtension(path))
                .Order(StringComparer.Ordinal),
        ];
        Assert.Equal(Names.Select(row => row.Data), scripts);
        Assert.Equal(scripts, notebooks);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_notebook_is_what_its_script_says(string name)
    {
        PackageReferences packages = PackageReferences.OfRepository();
        string script = File.ReadAllText(Path.Combine(KernelProcess.Repository, "examples", name + ".cs"));
        IEnumerable<string> expected = Texts(LiterateScript.ToNotebook(
            script, [packages.Named("Smml.MLNet"), packages.Named("TorchSharp-cpu")]));
        Assert.Equal(expected, Texts(Notebook.Read(PathOf(name)))); // else: dotnet run --project tests/NotebookKernel -- update examples
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Outputs_are_stored_small_and_without_a_place_or_a_script(string name)
    {
        string text = File.ReadAllText(PathOf(name));
        Assert.True(text.Length < 400_000, $"{name}: {text.Length} characters");
        Assert.DoesNotContain("<script", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch(AbsolutePath, text);
        Notebook notebook = Notebook.Read(PathOf(name));
        Assert.Contains("Research use only, never a diagnosis", notebook.Cells[0].Source);
        Assert.True(notebook.Cells.Count(cell => cell.Outputs.Count > 0) >= 5);
        Assert.All(notebook.Cells.SelectMany(cell => cell.Outputs), output => Assert.NotEqual("error", (string?)output!["output_type"]));
        JsonNode metadata = JsonNode.Parse(text)!["metadata"]!;
        Assert.Equal(".net-csharp", (string?)metadata["kernelspec"]!["name"]);
    }

    [Fact]
    public void A_cell_that_prints_last_shows_the_value_and_prose_is_Markdown()
    {
        const string Script = """
            #:project ../src/x.csproj

            // # Title
            //
            // Text.

            int a = 1;
            Console.WriteLine(a);

            // More.

            // why
            int b = 2;

            Console.WriteLine($"{b}");

            // Last.

            Console.WriteLine(report.ToTable());
            """;
        Notebook notebook = LiterateScript.ToNotebook(Script, ["One, 1.0", "Two, 2.0"]);
        Assert.Equal(
            [
                "text: # Title\n\nText.", "code: #r \"nuget: One, 1.0\"\n#r \"nuget: Two, 2.0\"", "code: int a = 1;\na", "text: More.",
                "code: // why\nint b = 2;\n\nConsole.WriteLine($\"{b}\");", "text: Last.", "code: report",
            ],
            Texts(notebook));
        notebook.Write(_folder["x.ipynb"]);
        Assert.Equal(Texts(notebook), Texts(Notebook.Read(_folder["x.ipynb"])));
    }

    public void Dispose() => _folder.Dispose();

    private static string PathOf(string name) => Path.Combine(KernelProcess.Repository, "examples", "notebooks", name + ".ipynb");

    private static IEnumerable<string> Texts(Notebook notebook) =>
        notebook.Cells.Select(cell => (cell.IsCode ? "code: " : "text: ") + cell.Source);

    // What each cell showed: the kind of each output, and the formats of its value.
    private static IEnumerable<string> Kinds(Notebook notebook) => notebook.Cells.Where(cell => cell.IsCode).Select((cell, index) =>
        $"cell {index + 1}: " + string.Join(", ", cell.Outputs.Select(output =>
            output!["data"] is JsonObject data ? string.Join('+', data.Select(format => format.Key)) : (string?)output["name"])));

    // The bytes of a compressed picture may differ between two versions of the runtime, and lines of text
    // are broken by the length of the folder's name.
    private static string Shown(Notebook notebook) =>
        Volatile.Replace(string.Concat(notebook.Cells.Select(cell => cell.Outputs.ToJsonString())), "");

    [GeneratedRegex(@"(?<=base64,)(?:[A-Za-z0-9+/=]|\\u002B)+|\s+|\\n|"",""")]
    private static partial Regex Volatile { get; }

    [GeneratedRegex(@"(?<![\w.<:/])/(home|root|tmp|work|Users|var)/|[A-Z]:\\\\")]
    private static partial Regex AbsolutePath { get; }
}
