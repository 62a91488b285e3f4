using Microsoft.ML;
using Microsoft.ML.Runtime;
using Smml.MLNet.Inference;
using Smml.MLNet.Networks;
using Smml.MLNet.VolumeStages;
using TorchSharp;

namespace Smml.MLNet.Exchange;

/// <summary>From files of weights to a model.</summary>
internal static class ModelImporter
{
    /// <summary>Reads the files of one model.</summary>
    public static SegmentationTransformer Import(MLContext context, IReadOnlyList<string> paths, ImportOptions options)
    {
        IHost host = ((IHostEnvironment)context).Register(nameof(Import));
        using IChannel channel = host.Start(nameof(Import));
        StoredModel[] files = [.. paths.Select(StoredModel.Open)];
        if (files[0].Info is not null)
            files = StoredModel.Arrange(files);
        Found found = files[0].Info is { } own ? TakeUp(own, files, options) : Discover(files, options);
        using DisposeScope scope = torch.NewDisposeScope();
        SegmentationMethod method = SegmentationMethods.Of(found.Architecture);
        IReadOnlyList<SegmentationNetwork> networks = method.CreateNetworks(found.Architecture, found.Labels);
        IReadOnlyList<WeightPart> parts = method.Weights.Parts(found.Architecture);
        Lazy<ILookup<string, string>> complete = new(() => NamesInTraining(method, found));
        int left = WeightTransfer.Fill(
            networks,
            parts,
            found.Dictionaries,
            (part, name) => method.Weights.IsUnused(name) || complete.Value[part.Network].Contains(part.Prefix + name));
        List<string> notes = [.. found.Notes];
        if (left > 0)
            notes.Add($"{left} tensors of the files were left out: scoring does not need them.");
        (long count, string hash) = NetworkWeights.Describe(networks);
        if (files[0].Info is { } exported && exported.Architecture == found.Architecture && exported.WeightsSha256 != hash)
            notes.Add("The weights are not those that this library wrote into the files.");
        SegmentationModelInfo info = Describe(files, found, options, notes, count, hash);
        foreach (string line in notes)
            channel.Info(MessageSensitivity.None, "{0}", line);
        foreach (SegmentationNetwork network in networks)
            network.DetachFromScope();
        torch.Device device = TorchRuntime.ResolveDevice(context.GpuDeviceId, context.FallbackToCpu);
        return new(
            context,
            EmptyView.Of(info.Columns.Named(StageColumns.In, withLabel: false)),
            new TorchEngine(info, networks, device),
            info.Training!);
    }

    // The weights of a file that this library wrote, with the settings of their model.
    private static Found TakeUp(SegmentationModelInfo own, StoredModel[] files, ImportOptions options)
    {
        SegmentationMethod method = SegmentationMethods.Of(own.Architecture);
        if (options.Method is { } asked && asked != method)
        {
            throw new CheckpointFormatException(
                $"{files[0].Contents.Path}: found the weights of {method.Name.Title}, and {asked.Name.Title} is asked for. "
                + "Leave the method out, or give another file.");
        }

        (NetworkArchitecture architecture, IReadOnlyList<ModalitySet> students) =
            method.Weights.Restrict(own.Architecture, [.. files.Select(file => file.Part)])!.Value;
        WeightChoices choices = new(own.Fidelity ?? Fidelity.Corrected, architecture.Patch, options.AttentionHeads, students, null);
        return new(
            architecture,
            own.Convention,
            method.Weights.Choose([.. files.Select(file => file.Contents)], choices),
            [
                .. own.Origin?.Notes ?? [],
                "Settings and history are those of the model that this library wrote into the files.",
            ]);
    }

    // The weights of the released code, whose shapes tell the sizes.
    private static Found Discover(StoredModel[] files, ImportOptions options)
    {
        WeightChoices choices = new(options.Fidelity, options.Patch, options.AttentionHeads, options.Students, options.Dictionary);
        SegmentationMethod method = options.Method ?? throw new ArgumentException(
            $"{files[0].Contents.Path}: this library did not write the file, so that the method must be named"
            + (Recognise(files, choices) is { Length: > 0 } fitting
                ? $"; the names of its tensors are those of {string.Join(" and ", fitting)}."
                : $": {string.Join(", ", SegmentationMethods.All.Select(one => one.Name.Key))}."));
        (IReadOnlyList<WeightDictionary> dictionaries, WeightSizes sizes) = Read(method, files, choices);
        string[] errors = [.. sizes.Architecture.Errors()];
        if (errors.Length > 0)
        {
            throw new CheckpointFormatException(
                $"{files[0].Contents.Path}: found the weights of a network that {method.Name.Title} cannot have here: "
                + $"{string.Join(" ", errors)} Name the method that the weights belong to, and the options that shapes do not tell.");
        }

        (LabelConvention labels, string? assumed) = Labels(files[0].Contents.Path, sizes.Classes, options.LabelConvention);
        return new(
            sizes.Architecture, labels, dictionaries, assumed is null ? sizes.Notes : [.. sizes.Notes, assumed]);
    }

    private static (IReadOnlyList<WeightDictionary> Dictionaries, WeightSizes Sizes) Read(
        SegmentationMethod method, StoredModel[] files, WeightChoices choices)
    {
        IReadOnlyList<WeightDictionary> dictionaries = method.Weights.Choose([.. files.Select(file => file.Contents)], choices);
        WeightShapes[] shapes = [.. dictionaries.Select(one => new WeightShapes(one.Source, method.Name, one.Shapes))];
        return (dictionaries, method.Weights.Sizes(shapes, choices));
    }

    // The methods whose names the tensors have.
    private static string[] Recognise(StoredModel[] files, WeightChoices choices) => [.. SegmentationMethods.All.Where(method =>
    {
        try
        {
            return Read(method, files, choices).Dictionaries.Count > 0;
        }
        catch (CheckpointFormatException)
        {
            return false;
        }
    }).Select(method => method.Name.Key)];

    private static (LabelConvention Labels, string? Note) Labels(string path, int classes, LabelConvention? asked)
    {
        if (asked is not null)
        {
            return asked.ClassCount == classes ? (asked, null) : throw new CheckpointFormatException(
                $"{path}: found a network of {classes} classes, and {asked} has {asked.ClassCount}. "
                + $"Name one of {string.Join(", ", Fitting(classes))}.");
        }

        LabelConvention[] fitting = Fitting(classes);
        LabelConvention? chosen = fitting.Contains(LabelConvention.BraTS2018) ? LabelConvention.BraTS2018
            : fitting is [LabelConvention only] ? only
            : null;
        return chosen is not null
            ? (chosen, $"The weights do not tell what the {classes} classes mean; those of {chosen} are assumed.")
            : throw new CheckpointFormatException(fitting.Length == 0
                ? $"{path}: found a network of {classes} classes; expected 3 to 5, as data sets of brain tumours have."
                : $"{path}: found a network of {classes} classes. Name what they mean: {string.Join(", ", fitting.AsEnumerable())}.");
    }

    private static LabelConvention[] Fitting(int classes) => [.. LabelConvention.Known.Where(one => one.ClassCount == classes)];

    private static ILookup<string, string> NamesInTraining(SegmentationMethod method, Found found)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        IReadOnlyList<SegmentationNetwork> networks = method.CreateNetworks(found.Architecture, found.Labels, complete: true);
        return networks.SelectMany(network => network.State().Keys.Select(name => (network.Name, Key: name)))
            .ToLookup(pair => pair.Name, pair => pair.Key);
    }

    private static SegmentationModelInfo Describe(
        StoredModel[] files, Found found, ImportOptions options, IReadOnlyList<string> notes, long count, string hash)
    {
        SegmentationModelInfo? own = files[0].Info;
        SegmentationMethod method = SegmentationMethods.Of(found.Architecture);
        int? epoch = files[0].Epoch;
        return new()
        {
            LibraryVersion = ModelEnvironment.LibraryVersion,
            Architecture = found.Architecture,
            LabelConvention = found.Labels.Name,
            Overlap = own?.Overlap ?? options.Output.Overlap,
            TrainingCases = own?.TrainingCases ?? 0,
            Epochs = own?.Epochs ?? epoch ?? 0,
            StepsPerEpoch = own?.StepsPerEpoch ?? 0,
            BatchSize = own?.BatchSize ?? 0,
            LearningRate = own?.LearningRate ?? 0,
            Seed = own?.Seed ?? 0,
            Losses = own?.Losses ?? method.CreateOptions(NetworkSize.Paper, options.Fidelity).Objective,
            TrainedWithCues = own?.TrainedWithCues ?? false,
            FinalLosses = own?.FinalLosses ?? new Dictionary<string, double>(),
            WeightsSha256 = hash,
            WeightCount = count,
            Columns = options.Columns,
            OutputColumnName = options.Output.ColumnName,
            Training = own?.Training ?? new()
            {
                StopReason = StopReason.Imported,
                EpochsDone = epoch ?? 0,
                StepsDone = 0,
                BestEpoch = null,
                WeightsEpoch = epoch,
                Resumed = false,
            },
            DataDescription = own?.DataDescription ?? options.Output.DataDescription,
            ScansPerModality = own?.ScansPerModality,
            GradientAccumulation = own?.GradientAccumulation,
            Precision = own?.Precision,
            WeightDecay = own?.WeightDecay,
            ConsistencyStartEpoch = own?.ConsistencyStartEpoch,
            Augmentation = own?.Augmentation,
            Fidelity = own is null ? options.Fidelity : own.Fidelity,
            Validation = own?.Validation,
            TrainingSeconds = own?.TrainingSeconds,
            Environment = own?.Environment,
            Origin = new()
            {
                Files = [.. files.Select(file => new OriginFile(Path.GetFileName(file.Contents.Path), file.Sha256))],
                Fidelity = own?.Fidelity ?? options.Fidelity,
                Epoch = epoch,
                Notes = notes,
            },
        };
    }

    /// <summary>What the files are.</summary>
    private sealed record Found(
        NetworkArchitecture Architecture,
        LabelConvention Labels,
        IReadOnlyList<WeightDictionary> Dictionaries,
        IReadOnlyList<string> Notes);
}
