using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Smml.MLNet.Tests.Packages;

namespace Smml.MLNet.Tests.Notebooks;

[Collection(nameof(PackageCollection))]
public sealed partial class NotebookTests(PackedLibraries packed) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => ["01-data", "02-train", "03-score-missing-modalities"];

    [Fact]
    public void Every_cell_and_every_script_runs_in_the_kernel_and_shows_what_is_stored()
    {
        // The system has a libtorch too, and it is not the one of the package.
        string foreign = Directory.CreateDirectory(_folder["foreign"]).FullName;
        string other = Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "libSystem.Native.so");
        foreach (string library in new[] { "c10", "torch_cpu", "torch" })
            File.Copy(other, Path.Combine(foreign, $"lib{library}.so"));

        string output = Directory.CreateDirectory(_folder["out"]).FullName;
        foreach (string name in Names)
        {
            string[] titles = KernelProcess.Done(
                _folder.Path, foreign, packed.Source, PathOf(name), ScriptOf(name), "--out", output);
            Notebook stored = Notebook.Read(PathOf(name)), produced = Notebook.Read(Path.Combine(output, name + ".ipynb"));
            Assert.Equal(stored.Cells.Count(cell => cell.IsCode) + 1, titles.Length);
            Assert.Equal(name + ".cs", titles[^1]);
            Assert.Equal(Kinds(stored), Kinds(produced));
            if (name == "01-data") // the others train, shortly here and longer for what is stored
                Assert.Equal(Shown(stored), Shown(produced));
        }

        Assert.True(File.Exists(_folder["example-output/segmentations/Phantom_0001_seg.nii.gz"]));
        Assert.True(File.Exists(_folder["example-output/evaluation.html"]));
        Assert.True(File.Exists(_folder["example-output/log/training.png"]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_script_names_a_project_that_is_there(string name)
    {
        string[] directives = [.. File.ReadLines(ScriptOf(name)).Where(line => line.StartsWith("#:", StringComparison.Ordinal))];
        Assert.Equal(["#:project ../src/Trainers/Smml.MLNet.Trainers.csproj", "#:property PublishAot=false"], directives);
        Assert.Equal(
            "Smml.MLNet",
            XDocument.Load(Path.Combine(ScriptOf(name), "..", directives[0].Split(' ')[1])).Descendants("PackageId").Single().Value);
    }

    [Fact]
    public void There_is_a_notebook_for_each_script()
    {
        string[] scripts =
        [
            .. Directory.EnumerateFiles(Path.Combine(PackedLibraries.Repository, "examples"), "*.cs")
                .Select(path => Path.GetFileNameWithoutExtension(path))
                .Order(StringComparer.Ordinal),
        ];
        string[] notebooks =
        [
            .. Directory.EnumerateFiles(Path.Combine(PackedLibraries.Repository, "examples", "notebooks"), "*.ipynb")
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
        IEnumerable<string> expected = Texts(LiterateScript.ToNotebook(
            File.ReadAllText(ScriptOf(name)), new PackageReferences(PackedLibraries.Repository).OfNotebooks()));
        Assert.Equal(expected, Texts(Notebook.Read(PathOf(name)))); // else make it anew: examples/notebooks/README.md
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

    private static string PathOf(string name) => Path.Combine(PackedLibraries.Repository, "examples", "notebooks", name + ".ipynb");

    private static string ScriptOf(string name) => Path.Combine(PackedLibraries.Repository, "examples", name + ".cs");

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
