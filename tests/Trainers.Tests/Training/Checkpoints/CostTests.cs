using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Smml.MLNet.Methods.Smml;
using Smml.MLNet.Training;
using TorchSharp;

namespace Smml.MLNet.Tests.Training.Checkpoints;

/// <summary>What a checkpoint costs; <c>SMML_CHECKPOINT_COST=1</c> asks for it.</summary>
public sealed class CostTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("tiny")]
    [InlineData("paper")]
    public void Size_and_time(string name)
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SMML_CHECKPOINT_COST") == "1", "a measurement, on request");
        SmmlArchitecture architecture = name == "tiny" ? SmmlArchitecture.Tiny : SmmlArchitecture.Paper;
        TorchRuntime.EnsureAvailable();
        using DisposeScope scope = torch.NewDisposeScope();
        Student[] branches =
        [
            .. Enumerable.Range(1, 2).Select(number => new Student(number, architecture, 4, training: true, refinement: true)),
        ];
        SmmlTrainerOptions options = new() { Architecture = architecture };
        using SmmlTraining training = new(options, branches, 4);
        using TrainingState state = new(options, training, 1, 1);
        using TemporaryFolder folder = new();
        using CheckpointFolder files = new(folder.Path);
        for (int i = 0; i < 3; i++)
        {
            Stopwatch clock = Stopwatch.StartNew();
            IReadOnlyList<KeyValuePair<string, torch.Tensor>> tensors = state.Tensors();
            files.Save(CheckpointFolder.Latest, state.Describe(new JsonObject(), [], tensors), tensors);
            double save = clock.Elapsed.TotalSeconds;
            clock.Restart();
            using CheckpointFile file = CheckpointFile.Open(folder[CheckpointFolder.Latest]);
            state.Restore(file);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: {new FileInfo(file.Path).Length / 1e6:0.0} MB, written and flushed in {save:0.00} s, "
                + $"checked and read in {clock.Elapsed.TotalSeconds:0.00} s"));
        }
    }
}
