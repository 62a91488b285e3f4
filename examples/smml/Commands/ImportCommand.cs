using System.CommandLine;
using Microsoft.ML;

namespace Smml.MLNet.CommandLine.Commands;

/// <summary><c>smml import FILE --method rfnet --out model.zip</c>: weights of the published Python code become a model.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        Argument<string[]> files = new("FILE")
        {
            Description = "The weights (.pth, .pt or .safetensors); two files for smml, one per student for smunet",
            Arity = ArgumentArity.OneOrMore,
        };
        files.Validators.Add(result =>
        {
            foreach (string path in result.GetValueOrDefault<string[]>()?.Where(path => !File.Exists(path)) ?? [])
            {
                result.AddError(Directory.Exists(path)
                    ? $"{path}: this is a folder, expected a file of weights."
                    : $"{path}: there is no such file. Give the weights that a training wrote.");
            }
        });
        Option<string> target = Arguments.ModelToWrite();
        Option<SegmentationMethod?> method = Arguments.Method(
            "The method whose networks the weights belong to; files that this program exported name it themselves");
        Option<Fidelity?> fidelity = Arguments.OneOf(
            "--fidelity",
            "reference: as the published weights, for example padded with zeros as PyTorch 1.2 did (default); corrected: for weights that "
                + "were trained with the released code on a newer PyTorch",
            ("reference", Fidelity.Reference),
            ("corrected", Fidelity.Corrected));
        Option<LabelConvention?> labels = Arguments.Labels();
        Option<VolumeShape?> patch = new("--patch")
        {
            Description = "The window in voxels (default: what position embeddings tell, else as published)",
            CustomParser = Arguments.ParseShape,
            HelpName = "XxYxZ",
        };
        Option<long?> heads = Arguments.Whole("--heads", "Attention heads of transformers (default: 8)", "N", least: 1, most: 64);
        Option<ModalitySet[]?> students = new("--students")
        {
            Description = "For smunet: the scans that the student of each file sees, in the order of the files, for example flair,t1ce+t2",
            HelpName = "A,B+C",
            CustomParser = result => Arguments.Parse<ModalitySet[]?>(
                result, text => [.. text.Split(',', StringSplitOptions.TrimEntries).Select(ModalitySet.Parse)]),
        };
        Option<string?> dictionary = new("--dictionary")
        {
            Description = "The name of the dictionary of weights, where a file holds several",
            HelpName = "NAME",
        };
        Option<string?> data = new("--data-description")
        {
            Description = "What the training data were, for the model's card; name no patient",
            HelpName = "TEXT",
        };
        return new Command("import", "Make a model of weights that the published Python code trained, or that this program exported")
        {
            files,
            target,
            method,
            fidelity,
            labels,
            patch,
            heads,
            students,
            dictionary,
            data,
        }.Does((arguments, terminal, _) =>
        {
            MLContext ml = new(seed: 1);
            ImportOptions defaults = new();
            ImportOptions options = new()
            {
                Method = arguments.GetValue(method),
                Fidelity = arguments.GetValue(fidelity) ?? defaults.Fidelity,
                LabelConvention = arguments.GetValue(labels),
                Patch = arguments.GetValue(patch),
                AttentionHeads = (int?)arguments.GetValue(heads) ?? defaults.AttentionHeads,
                Students = arguments.GetValue(students) ?? [],
                Dictionary = arguments.GetValue(dictionary),
                Output = new() { DataDescription = arguments.GetValue(data) },
            };
            SegmentationTransformer model;
            try
            {
                model = ml.Segmentation.Import(arguments.GetRequiredValue(files), options);
            }
            catch (ArgumentException exception)
            {
                throw new UsageException($"{exception.Message} See --method and the other options.");
            }

            string path = Path.GetFullPath(arguments.GetRequiredValue(target));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            IDataView noCases = ml.Data.LoadBraTS([]);
            ITransformer chain = ml.Transforms.LoadVolumes()
                .Append(ml.Transforms.CropForeground())
                .Append(ml.Transforms.NormalizeIntensity(new NormalizeIntensityOptions
                {
                    // what this program trained, and exported, was trained with the default
                    Scaling = model.Info.Training!.StopReason == StopReason.Imported
                        ? SegmentationMethods.Parse(model.Info.Method.Key).PublishedScaling
                        : default,
                }))
                .Fit(noCases)
                .Append(model);
            ModelFile.Save(ml, chain, noCases.Schema, path);
            foreach (string note in model.Info.Origin!.Notes)
                terminal.Note(note);
            SegmentationModelInfo info = model.Info;
            terminal.Result(
                $"{path}: {info.Method.Title}, {info.Architecture.Name} architecture, window {info.Architecture.Patch}, "
                + $"labels {info.LabelConvention}, weights {info.WeightsSha256}");
            return ExitCode.Done;
        });
    }
}
