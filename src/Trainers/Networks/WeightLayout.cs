namespace Smml.MLNet.Networks;

/// <summary>How the released code of a method keeps the weights of its networks: which dictionaries there are, which names in them no
/// output depends on, and which sizes the shapes tell.</summary>
/// <remarks>The names of single tensors are those of the networks here.</remarks>
internal abstract class WeightLayout
{
    private static readonly string[] s_encoders = ["flair_encoder.", "t1ce_encoder.", "t1_encoder.", "t2_encoder."];

    /// <summary>The dictionaries of one model, in the order of <see cref="Sizes"/>.</summary>
    public virtual IReadOnlyList<WeightPart> Parts(NetworkArchitecture architecture) => [new("network", "", "state_dict", "the network")];

    /// <summary>The files of one model, and the parts that each holds.</summary>
    public virtual IReadOnlyList<WeightFileLayout> Files(NetworkArchitecture architecture) => [new("", Parts(architecture))];

    /// <summary>Which dictionaries of some files are those of a model.</summary>
    /// <param name="files">The files in their order.</param>
    /// <param name="choices">What the files do not tell.</param>
    /// <returns>As many as the model has parts, in their order.</returns>
    /// <exception cref="CheckpointFormatException">There are too few or too many.</exception>
    public virtual IReadOnlyList<WeightDictionary> Choose(IReadOnlyList<WeightFileContents> files, WeightChoices choices) =>
        files.Count == 1 ? [files[0].Single(choices.Dictionary)] : throw new CheckpointFormatException(
            $"{files[1].Path}: found a second file, expected one: the method has one network. Leave the others out.");

    /// <summary>The sizes of the networks whose weights these are.</summary>
    /// <param name="parts">Names and shapes of each dictionary.</param>
    /// <param name="choices">What shapes do not tell.</param>
    /// <exception cref="CheckpointFormatException">They are the weights of another network.</exception>
    public abstract WeightSizes Sizes(IReadOnlyList<WeightShapes> parts, WeightChoices choices);

    /// <summary>Whether the released network has a tensor of this name that no output depends on, and that networks here do not
    /// have.</summary>
    public virtual bool IsUnused(string name) => false;

    /// <summary>Whether networks here have a tensor of this name in training that the released network does not have.</summary>
    public virtual bool IsOurs(string name) => false;

    /// <summary>Whether a tensor of a network belongs to the encoder of one modality, or of all.</summary>
    public virtual bool IsEncoder(string name) =>
        s_encoders.Any(encoder => name.StartsWith(encoder, StringComparison.Ordinal));

    /// <summary>The tensors of <see cref="IsUnused"/>, for a file that the released code loads.</summary>
    /// <param name="architecture">The network.</param>
    /// <param name="shapes">The tensors that networks here have in training.</param>
    public virtual IEnumerable<(string Name, long[] Shape)> Unused(
        NetworkArchitecture architecture, IReadOnlyDictionary<string, long[]> shapes) => [];

    /// <summary>Where the released code computes something else with the weights of a network, as sentences.</summary>
    public virtual IEnumerable<string> Differences(NetworkArchitecture architecture) =>
        architecture is TransformerArchitecture { TokenLayout: TokenLayout.Aligned }
            ?
            [
                "The model lays tokens out where they belong (TokenLayout Aligned); the released code scatters them and gives other "
                + "results with these weights. Train with the fidelity Reference for models that both score alike.",
            ]
            : [];

    /// <summary>The network of those files that are there.</summary>
    /// <param name="architecture">That of all files of the model.</param>
    /// <param name="suffixes">Of the files that are there.</param>
    /// <returns>The network, and which subset each file's student sees; null where a file is missing without which there is no
    /// network.</returns>
    public virtual (NetworkArchitecture Architecture, IReadOnlyList<ModalitySet> Students)? Restrict(
        NetworkArchitecture architecture, IReadOnlyList<string> suffixes) =>
        Files(architecture).All(file => suffixes.Contains(file.Suffix)) ? (architecture, []) : null;

    /// <summary>The window of a network whose number of tokens its position embeddings tell.</summary>
    protected static VolumeShape Window(WeightShapes shapes, WeightChoices choices)
    {
        const int Cell = 16;
        long tokens = shapes.Size("flair_pos", 1);
        if (choices.Patch is { } patch)
        {
            long found = (long)(patch.X / Cell) * (patch.Y / Cell) * (patch.Z / Cell);
            return found == tokens ? patch : throw new CheckpointFormatException(
                $"{shapes.Source}: found position embeddings of {tokens} tokens, and a window of {patch} has {found}. "
                + $"Name the window that the network was trained with: X/{Cell} * Y/{Cell} * Z/{Cell} is {tokens}.");
        }

        int side = (int)Math.Round(Math.Cbrt(tokens));
        return (long)side * side * side == tokens ? new(side * Cell, side * Cell, side * Cell) : throw new CheckpointFormatException(
            $"{shapes.Source}: found position embeddings of {tokens} tokens, which is no cube. "
            + $"Name the window that the network was trained with: X/{Cell} * Y/{Cell} * Z/{Cell} is {tokens}.");
    }
}

/// <summary>One dictionary of weights of a model.</summary>
/// <param name="Network">The network's <see cref="SegmentationNetwork.Name"/>.</param>
/// <param name="Prefix">What the network's names have before those of the dictionary.</param>
/// <param name="Name">What the released code calls the dictionary.</param>
/// <param name="Title">What it is, for messages.</param>
internal sealed record WeightPart(string Network, string Prefix, string Name, string Title);

/// <summary>One file of a model.</summary>
/// <param name="Suffix">What tells its name from those of the other files of the model; empty where there is one.</param>
/// <param name="Parts">Its dictionaries.</param>
internal sealed record WeightFileLayout(string Suffix, IReadOnlyList<WeightPart> Parts);

/// <summary>What the weights of a file do not tell.</summary>
/// <param name="Fidelity">Whether the released code padded with zeros, as under PyTorch 1.2.</param>
/// <param name="Patch">The window; null for the one that the positions tell, else the published one.</param>
/// <param name="AttentionHeads">Of transformers.</param>
/// <param name="Students">The subset of each of SMU-Net's students, in the order of the files.</param>
/// <param name="Dictionary">The name of the dictionary, where a file has several; null for the one that there is.</param>
internal sealed record WeightChoices(
    Fidelity Fidelity, VolumeShape? Patch, int AttentionHeads, IReadOnlyList<ModalitySet> Students, string? Dictionary);

/// <summary>A network of which a file holds the weights.</summary>
/// <param name="Architecture">The sizes.</param>
/// <param name="Classes">K.</param>
/// <param name="Notes">What was assumed, as sentences.</param>
internal sealed record WeightSizes(NetworkArchitecture Architecture, int Classes, params IReadOnlyList<string> Notes);
