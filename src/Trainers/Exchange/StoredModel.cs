using Smml.MLNet.Networks;
using Smml.MLNet.Persistence;
using Smml.MLNet.WeightFiles;

namespace Smml.MLNet.Exchange;

/// <summary>A file of weights, and what this library wrote into it beside them, if it was this library that wrote it.</summary>
/// <param name="Contents">The dictionaries of weights.</param>
/// <param name="Sha256">Of the file.</param>
/// <param name="Info">The model of which the weights were exported; null for files of other programs.</param>
/// <param name="Part">Which file of that model it is: <see cref="WeightFileLayout.Suffix"/>.</param>
/// <param name="Epoch">The epoch that the file names.</param>
internal sealed record StoredModel(
    WeightFileContents Contents, string Sha256, SegmentationModelInfo? Info, string Part, int? Epoch)
{
    /// <summary>Under what name the header of the model stands beside the weights.</summary>
    public const string HeaderKey = "smml_mlnet_model";

    /// <summary>Under what name the suffix of the file stands beside the weights.</summary>
    public const string PartKey = "smml_mlnet_part";

    /// <summary>Opens a file; no code in it is run.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointFormatException">The file is damaged, or holds no weights.</exception>
    public static StoredModel Open(string path)
    {
        WeightFile file = WeightFile.Open(path);
        IReadOnlyList<StateDict> found = StateDicts.Find(file);
        if (found.Count == 0)
            _ = StateDicts.Choose(file); // says what there is instead
        WeightDictionary[] dictionaries =
        [
            .. found.Select(one => new WeightDictionary(
                path,
                one.Key,
                one.Tensors.ToDictionary(pair => pair.Key, pair => pair.Value.Shape.ToArray(), StringComparer.Ordinal),
                name => one.ReadSingles(name))),
        ];
        NamedValues? root = file.Root as NamedValues;
        return new(
            new(path, dictionaries),
            file.Sha256,
            Text(HeaderKey) is { } header ? ReadInfo(path, header) : null,
            Text(PartKey) ?? "",
            root?.GetValueOrDefault("epoch") is long and >= 0 and <= int.MaxValue and var epoch ? (int)epoch : null);

        string? Text(string key) => file.Metadata.GetValueOrDefault(key) ?? root?.GetValueOrDefault(key) as string;
    }

    /// <summary>The files of one model in its order.</summary>
    /// <exception cref="CheckpointFormatException">They are of different models, or one is missing or there twice.</exception>
    public static StoredModel[] Arrange(StoredModel[] files)
    {
        SegmentationModelInfo first = files[0].Info!;
        if (files.FirstOrDefault(file => file.Info?.WeightsSha256 != first.WeightsSha256) is { } stranger)
        {
            throw new CheckpointFormatException(
                $"{stranger.Contents.Path}: found the weights of another model than in {files[0].Contents.Path}. "
                + "Give the files that one export wrote.");
        }

        WeightLayout layout = SegmentationMethods.Of(first.Architecture).Weights;
        string[] parts = [.. layout.Files(first.Architecture).Select(file => file.Suffix)];
        StoredModel[] arranged = [.. files.OrderBy(file => Array.IndexOf(parts, file.Part))];
        string[] found = [.. arranged.Select(file => file.Part)];
        bool isOneModel = found.All(part => parts.Contains(part)) && found.Distinct().Count() == found.Length;
        if (!isOneModel || layout.Restrict(first.Architecture, found) is null)
        {
            throw new CheckpointFormatException(
                $"{files[0].Contents.Path}: found the parts {string.Join(", ", found.Select(part => $"'{part}'"))} of a model that "
                + $"has {string.Join(", ", parts.Select(part => $"'{part}'"))}. Give each file that the export wrote, once.");
        }

        return arranged;
    }

    private static SegmentationModelInfo ReadInfo(string path, string header)
    {
        try
        {
            SegmentationModelInfo info = ModelReader.ReadInfo(StageHeader.Parse(header.AsMemory()));
            string[] errors = [.. info.Architecture.Errors()];
            return errors.Length == 0 ? info : throw new InvalidDataException(string.Join(" ", errors));
        }
        catch (InvalidDataException error)
        {
            throw new CheckpointFormatException(
                $"{path}: found settings of a model under '{HeaderKey}' that cannot be used: {error.Message} Export the model again.",
                error);
        }
    }
}
