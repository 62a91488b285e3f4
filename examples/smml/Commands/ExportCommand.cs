using System.CommandLine;
using Microsoft.ML;

namespace Smml.MLNet.CommandLine.Commands;

/// <summary><c>smml export MODEL --pth out.pth</c>: the weights of a model for other programs.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        Argument<string> model = Arguments.Model();
        Option<string?> torch = Target("--pth", "Write what the published Python code loads", ".pth");
        Option<string?> safeTensors = Target("--safetensors", "Write the same tensors as safetensors", ".safetensors");
        return new Command("export", "Write the weights of a model for other programs; files that exist are replaced")
        {
            model,
            torch,
            safeTensors,
        }.Does((arguments, terminal, _) =>
        {
            string[] targets = [.. new[] { torch, safeTensors }.Select(arguments.GetValue).OfType<string>()];
            if (targets.Length == 0)
                throw new UsageException("There is nothing to write: give --pth FILE or --safetensors FILE.");
            MLContext ml = new(seed: 1);
            ITransformer loaded = ModelFile.Load(ml, arguments.GetRequiredValue(model)).Model;
            foreach (string target in targets)
            {
                WeightExport export = ml.Segmentation.Export(loaded, target);
                foreach (string file in export.Files)
                    terminal.Result(file);
                foreach (string note in export.Notes)
                    terminal.Note(note);
            }

            return ExitCode.Done;
        });
    }

    private static Option<string?> Target(string name, string description, string extension)
    {
        Option<string?> option = new(name) { Description = description, HelpName = "FILE" };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } path && !path.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
                result.AddError($"{name} is '{path}', expected the name of a file such as weights{extension}.");
        });
        return option;
    }
}
