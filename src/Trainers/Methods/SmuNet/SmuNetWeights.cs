using Smml.MLNet.Networks;

namespace Smml.MLNet.Methods.SmuNet;

/// <summary>SMU-Net in files of the released code: a dictionary of the teacher, one of each student; the discriminator's is not
/// needed.</summary>
internal sealed class SmuNetWeights : WeightLayout
{
    private const string Teacher = "model_full", Student = "model_missing";

    public override IReadOnlyList<WeightPart> Parts(NetworkArchitecture architecture) =>
    [
        new("network", "full.", Teacher, "the teacher"),
        .. ((SmuNetArchitecture)architecture).Patterns.Subsets
            .Select(pattern => new WeightPart("network", $"{SmuNetNetwork.NameOf(pattern)}.", Student, $"the student of {pattern}")),
    ];

    public override IReadOnlyList<WeightFileLayout> Files(NetworkArchitecture architecture)
    {
        IReadOnlyList<WeightPart> parts = Parts(architecture);
        return [
            .. ((SmuNetArchitecture)architecture).Patterns.Subsets.Zip(
                parts.Skip(1), (pattern, student) => new WeightFileLayout(SuffixOf(pattern), [parts[0], student])),
        ];
    }

    // Each file has the teacher and a student, and serves without the others.
    public override (NetworkArchitecture Architecture, IReadOnlyList<ModalitySet> Students)? Restrict(
        NetworkArchitecture architecture, IReadOnlyList<string> suffixes)
    {
        SmuNetArchitecture sizes = (SmuNetArchitecture)architecture;
        ModalitySet[] students = [.. sizes.Patterns.Subsets.Where(pattern => suffixes.Contains(SuffixOf(pattern)))];
        return (sizes with { Patterns = StudentPatterns.Of(students) }, students);
    }

    public override IReadOnlyList<WeightDictionary> Choose(IReadOnlyList<WeightFileContents> files, WeightChoices choices)
    {
        if (choices.Students.Count != files.Count)
        {
            throw new CheckpointFormatException(
                $"{files[0].Path}: found {files.Count} file{(files.Count == 1 ? "" : "s")} with a student each, and the scans of "
                + $"{choices.Students.Count} are named. The weights do not tell which scans a student sees: name a subset for each file in "
                + "its order, for example Flair.");
        }

        if (choices.Students.Distinct().Count() != files.Count)
        {
            throw new CheckpointFormatException(
                $"{files[0].Path}: found the subsets {string.Join(", ", choices.Students)}, expected each once. A subset has one student.");
        }

        // The parts of a model are in the order of its patterns.
        return
        [
            files[0].Named(Teacher),
            .. files.Zip(choices.Students).OrderBy(pair => Order(pair.Second)).Select(pair => pair.First.Named(Student)),
        ];
    }

    public override WeightSizes Sizes(IReadOnlyList<WeightShapes> parts, WeightChoices choices)
    {
        WeightShapes teacher = parts[0];
        ModalitySet[] students = [.. choices.Students.OrderBy(Order)];
        for (int i = 0; i < students.Length; i++)
        {
            int scans = parts[i + 1].Size("unet.conv1a.weight", 1);
            if (scans != students[i].Count)
            {
                throw new CheckpointFormatException(
                    $"{parts[i + 1].Source}: found a student that sees {scans} scan{(scans == 1 ? "" : "s")}, and {students[i]} "
                    + $"is named for it. Name a subset of {scans}.");
            }
        }

        SmuNetArchitecture architecture = SmuNetTrainerOptions.Of(choices.Fidelity).Architecture with
        {
            Name = "custom",
            BaseChannels = teacher.Size("unet.conv1a.weight", 0),
            Patterns = StudentPatterns.Of(students),
        };
        return new(
            choices.Patch is { } patch ? architecture with { Patch = patch } : architecture,
            teacher.Size("unet.up1conv.weight", 0),
            FormattableString.Invariant($"A class is found above a probability of {architecture.Threshold}."),
            "The released code scales each whole scan from its smallest and largest value to 0 and 1 (IntensityScaling.MinMax), and cuts "
            + "the centre out instead of a crop.");
    }

    public override bool IsEncoder(string name) => ResidualUNet.IsEncoder(name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..]);

    private static string SuffixOf(ModalitySet pattern) => $"_{SmuNetNetwork.NameOf(pattern)}";

    private static int Order(ModalitySet subset) => ModalitySet.Subsets.ToList().IndexOf(subset);
}
