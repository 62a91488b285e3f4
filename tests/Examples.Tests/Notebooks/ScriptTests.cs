using System.Xml.Linq;
using Smml.MLNet.Phantom;

namespace Smml.MLNet.Tests.Notebooks;

public sealed class ScriptTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Every_script_runs()
    {
        foreach (string name in NotebookTests.Names)
            Assert.NotEmpty(KernelProcess.Done(_folder.Path, Path.Combine(KernelProcess.Repository, "examples", name + ".cs")));
        Assert.True(File.Exists(_folder["example-output/segmentations/Phantom_0001_seg.nii.gz"]));
        Assert.True(File.Exists(_folder["example-output/evaluation.html"]));
        Assert.True(File.Exists(_folder["example-output/log/training.png"]));
    }

    [Theory]
    [MemberData(nameof(NotebookTests.Names), MemberType = typeof(NotebookTests))]
    public void A_script_names_a_project_that_is_there(string name)
    {
        string path = Path.Combine(KernelProcess.Repository, "examples", name + ".cs");
        string[] directives = [.. File.ReadLines(path).Where(line => line.StartsWith("#:", StringComparison.Ordinal))];
        Assert.Equal(["#:project ../src/Trainers/Smml.MLNet.Trainers.csproj", "#:property PublishAot=false"], directives);
        Assert.Equal(
            "Smml.MLNet", XDocument.Load(Path.Combine(path, "..", directives[0].Split(' ')[1])).Descendants("PackageId").Single().Value);
    }

    [Fact]
    public void Every_block_of_the_README_runs()
    {
        PhantomOptions small = new() { Shape = new(24, 28, 24), Spacing = (6.5, 6.5, 6.5) };
        PhantomDataset.Write(_folder["BraTS2020/training"], 2, seed: 1, small);
        PhantomDataset.Write(_folder["BraTS2020/test"], 1, seed: 2, small);
        PhantomDataset.Write(_folder["hospital"], 1, seed: 3, small, missing: _ => ModalitySet.Of(Modality.T1ce));

        // What cannot be run here, and what is run instead; a text that is not found fails.
        Dictionary<int, (string Old, string New)> replaced = new()
        {
            [1] = (
                "new SmmlTrainerOptions { Epochs = 1000 }",
                "new SmmlTrainerOptions { Epochs = 1, StepsPerEpoch = 1, Architecture = SmmlArchitecture.Tiny }"),
        };
        string readme = Path.Combine(KernelProcess.Repository, "README.md");
        int blocks = CodeDocument.Read(readme).Count;
        Assert.True(blocks >= 2);
        for (int block = 1; block <= blocks; block++) // each in a process of its own, as a reader would paste it
            KernelProcess.Done(_folder.Path, [
                readme,
                "--block",
                $"{block}",
                .. replaced.TryGetValue(block, out (string Old, string New) pair)
                    ? ["--replace", pair.Old, pair.New]
                    : Array.Empty<string>(),
            ]);
        Assert.True(File.Exists(_folder["smml.zip"]));
        Assert.Single(Directory.GetFiles(_folder["segmentations"]));
    }

    public void Dispose() => _folder.Dispose();
}
