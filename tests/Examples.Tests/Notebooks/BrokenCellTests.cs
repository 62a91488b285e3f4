namespace Smml.MLNet.Tests.Notebooks;

/// <summary>What a reader is told when a cell does not work.</summary>
public sealed class BrokenCellTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void The_runner_names_file_cell_line_and_reason_and_fails()
    {
        string path = Notebook("int a = 1;", "int b = a;\nint c = b.Missing;");
        (int exitCode, string output, string error) = KernelProcess.Run(_folder.Path, path);
        Assert.Equal(1, exitCode);
        Assert.Empty(output);
        Assert.StartsWith("broken.ipynb, cell 2, line 2: CS1061: 'int' does not contain a definition for 'Missing'", error);
    }

    [Theory]
    [InlineData("int a = 1;|a +", "broken.ipynb, cell 2, line 1: CS1733: ")]
    [InlineData("int a = 0;|int Half(int x)\n{\n    return x / a;\n}\n\nHalf(1)", "broken.ipynb, cell 2, line 3: DivideByZeroException: ")]
    [InlineData(
        "void Fail() => throw new InvalidOperationException(\"no scan\");|\n\nFail();",
        "broken.ipynb, cell 2, line 3: InvalidOperationException: no scan")]
    [InlineData(
        "await Task.Yield();\nthrow new System.IO.IOException(\"outer\", new Exception(\"inner\"));",
        "broken.ipynb, cell 1, line 2: IOException: outer <- Exception: inner")]
    [InlineData("#r \"nuget: Smml.MLNet, 0.0.1\"", "broken.ipynb, cell 1, line 1: found Smml.MLNet in version 0.0.1, expected ")]
    [InlineData("// one\n#r \"nuget: Smml.MLNet\"", "broken.ipynb, cell 1, line 2: found Smml.MLNet in version (none), expected ")]
    [InlineData(
        "#r \"nuget: Left.Pad, 1.0.0\"",
        "broken.ipynb, cell 1, line 1: found the package Left.Pad, expected Smml.MLNet or one of Directory.Packages.props")]
    [InlineData("#!bash\nls", "broken.ipynb, cell 1, line ")]
    public async Task A_broken_cell_is_told_with_its_place(string cells, string message)
    {
        CellException exception = await Assert.ThrowsAsync<CellException>(() => RunAll(Notebook(cells.Split('|'))));
        Assert.StartsWith(message, exception.Message);
    }

    [Fact]
    public async Task A_broken_script_is_told_with_the_line_of_its_file()
    {
        string path = _folder["broken.cs"];
        await File.WriteAllTextAsync(path, "#:project ../x.csproj\n\n// Prose.\n\nint a = \"one\";\n");
        Assert.StartsWith("broken.cs, line 5: CS0029: ", (await Assert.ThrowsAsync<CellException>(() => RunAll(path))).Message);
    }

    [Fact]
    public async Task A_broken_block_of_Markdown_is_told_with_its_number()
    {
        string path = _folder["broken.md"];
        await File.WriteAllTextAsync(path, "# T\n\n```csharp\nint a = 1;\n```\n\n```sh\nls\n```\n\n```csharp\n\nBroken();\n```\n");
        Assert.Equal(2, CodeDocument.Read(path).Count);
        Assert.StartsWith("broken.md, block 2, line 2: CS0103: ", (await Assert.ThrowsAsync<CellException>(() => RunAll(path))).Message);
    }

    [Fact]
    public void A_file_of_another_kind_is_refused() => Assert.Contains(
        "expected .ipynb, .cs or .md", Assert.Throws<NotSupportedException>(() => CodeDocument.Read(_folder.Write("x.py", []))).Message);

    public void Dispose() => _folder.Dispose();

    private static async Task RunAll(string path)
    {
        ScriptKernel kernel = new(capture: false);
        foreach (CodeCell cell in CodeDocument.Read(path))
            await kernel.Run(cell);
    }

    private string Notebook(params string[] cells)
    {
        new Notebook([new(IsCode: false, "# Broken"), .. cells.Select(code => new NotebookCell(IsCode: true, code))])
            .Write(_folder["broken.ipynb"]);
        return _folder["broken.ipynb"];
    }
}
