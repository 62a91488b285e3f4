using System.CommandLine;
using Microsoft.ML;

namespace Smml.MLNet.CommandLine.Commands;

/// <summary><c>smml export MODEL --pth out.pth</c>: a model for other programs.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        Argument<string> model = Arguments.Model();
        Option<string?> torch = Target("--pth", "Write what the published Python code loads", ".pth");
        Option<string?> safeTensors = Target("--safetensors", "Write the same tensors as safetensors", ".safetensors");
        Option<string?> onnx = new("--onnx")
        {
            Description = "Write a model of SMML, mmFormer or RFNet as graphs of ONNX into a folder",
            HelpName = "DIR",
        };
        return new Command("export", "Write the weights of a model for other programs; files that exist are replaced")
        {
            model,
            torch,
            safeTensors,
            onnx,
        }.Does((arguments, terminal, _) =>
        {
            string[] targets = [.. new[] { torch, safeTensors }.Select(option => arguments.GetValue(option)).OfType<string>()];
            string? folder = arguments.GetValue(onnx);
            if (targets.Length == 0 && string.IsNullOrEmpty(folder))
                throw new UsageException("There is nothing to write: give --pth FILE, --safetensors FILE or --onnx DIR.");
            MLContext ml = new(seed: 1);
            ITransformer loaded = ModelFile.Load(ml, arguments.GetRequiredValue(model)).Model;
            List<Func<WeightExport>> exports =
                [.. targets.Select<string, Func<WeightExport>>(target => () => ml.Segmentation.Export(loaded, target))];
            if (!string.IsNullOrEmpty(folder))
                exports.Add(() => ml.Segmentation.SaveOnnx(loaded, folder));
            foreach (Func<WeightExport> write in exports)
            {
                WeightExport export = write();
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
