namespace Smml.MLNet.Tests.Notebooks;

/// <summary>What a reader is told when a cell does not work.</summary>
public sealed class BrokenCellTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(
        "int a = 1;|int b = a;\nint c = b.Missing;",
        "broken.ipynb, cell 2, line 2: CS1061: 'int' does not contain a definition for 'Missing'")]
    [InlineData("int a = 0;|1 / a", "broken.ipynb, cell 2: DivideByZeroException: ")]
    [InlineData(
        "await Task.Yield();\nthrow new System.IO.IOException(\"outer\", new Exception(\"inner\"));",
        "broken.ipynb, cell 1: IOException: outer <- Exception: inner")]
    [InlineData("#!bash\nls", "broken.ipynb, cell 1, line 1: DNI101: ")]
    public async Task A_broken_cell_is_reported_with_its_place(string cells, string message)
    {
        new Notebook([.. cells.Split('|').Select(code => new NotebookCell(IsCode: true, code))]).Write(_folder["broken.ipynb"]);
        await IsReported("broken.ipynb", message);
    }

    [Fact]
    public async Task A_broken_script_is_reported_with_the_line_of_its_file()
    {
        await File.WriteAllTextAsync(
            _folder["broken.cs"],
            "#:project ../x.csproj\n\n// Prose.\n\nint a = \"one\";\n",
            TestContext.Current.CancellationToken);
        await IsReported("broken.cs", "broken.cs, line 5: CS0029: ");
    }

    [Fact]
    public void A_file_of_another_kind_is_refused() => Assert.Contains(
        "expected .ipynb or .cs", Assert.Throws<NotSupportedException>(() => CodeDocument.Read(_folder.Write("x.py", []))).Message);

    public void Dispose() => _folder.Dispose();

    private async Task IsReported(string name, string message)
    {
        using InteractiveKernel kernel = new();
        CellException exception = await Assert.ThrowsAsync<CellException>(async () =>
        {
            foreach (CodeCell cell in CodeDocument.Read(_folder[name]))
                await kernel.Run(cell);
        });
        Assert.StartsWith(message, exception.Message);
    }
}
