using Smml.MLNet.Methods.MmFormer;
using Smml.MLNet.Networks;

namespace Smml.MLNet.Methods.Smml;

/// <summary>SMML in files of the released code: a dictionary per student, each an mmFormer with a refinement network.</summary>
internal sealed class SmmlWeights : WeightLayout
{
    private static readonly MmFormerWeights s_backbone = new();

    public override IReadOnlyList<WeightPart> Parts(NetworkArchitecture architecture) =>
        [.. Enumerable.Range(1, architecture.NetworkCount)
            .Select(number => new WeightPart($"branch{number}", "", "state_dict", $"student {number}"))];

    public override IReadOnlyList<WeightFileLayout> Files(NetworkArchitecture architecture) =>
        [.. Parts(architecture).Select((part, i) => new WeightFileLayout(FormattableString.Invariant($"{i + 1}"), [part]))];

    public override IReadOnlyList<WeightDictionary> Choose(IReadOnlyList<WeightFileContents> files, WeightChoices choices) => files switch
    {
        [WeightFileContents both] when choices.Dictionary is null && both.Halves() is { } halves => halves,
        [WeightFileContents both] when choices.Dictionary is null && both.Dictionaries.Count == 2 => both.Dictionaries,
        _ => [.. files.Select(file => file.Single(choices.Dictionary))],
    };

    public override WeightSizes Sizes(IReadOnlyList<WeightShapes> parts, WeightChoices choices)
    {
        if (parts.Count != 2)
        {
            throw new CheckpointFormatException(
                $"{parts[0].Source}: found the weights of {parts.Count} network{(parts.Count == 1 ? "" : "s")}, expected those of two "
                + "students. Give both files, or one that holds both; for one mmFormer alone choose the method mmformer.");
        }

        MmFormerArchitecture backbone = MmFormerWeights.Read(parts[0], choices);
        const string Refinement = "unet3d.encoder1.0.weight";
        SmmlArchitecture architecture = new()
        {
            BaseChannels = backbone.BaseChannels,
            TransformerWidth = backbone.TransformerWidth,
            FeedForwardWidth = backbone.FeedForwardWidth,
            AttentionHeads = backbone.AttentionHeads,
            Patch = backbone.Patch,
            TokenLayout = backbone.TokenLayout,
            Padding = ConvolutionPadding.Reflect,
        };
        if (parts[0].HasPrefix(Refinement))
            architecture = architecture with { RefinementChannels = parts[0].Size(Refinement, 0) };
        return new(
            architecture,
            parts[0].Size("decoder_fuse.seg_layer.weight", 0),
            MmFormerWeights.HeadNote(architecture.AttentionHeads));
    }

    public override bool IsUnused(string name) => s_backbone.IsUnused(name);

    public override IEnumerable<(string Name, long[] Shape)> Unused(
        NetworkArchitecture architecture, IReadOnlyDictionary<string, long[]> shapes) =>
        s_backbone.Unused(((SmmlArchitecture)architecture).Backbone, shapes);
}
