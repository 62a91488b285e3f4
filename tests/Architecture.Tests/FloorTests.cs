namespace Smml.MLNet.Tests.Architecture;

/// <summary>The floors of docs/architecture.md, held by the compiler's knowledge of who uses whom.</summary>
public sealed class FloorTests(FloorTests.Rooms rooms) : IClassFixture<FloorTests.Rooms>
{
    // Who may name a method: its own folder, the list, the trainers (ten lines each), the door, and what is SMML's by its purpose.
    private static readonly string[] s_mayNameAMethod = ["Methods/", "Trainers/", "Ablation/", "SegmentationCatalog.cs"];

    // A volume carries the attribute by which a notebook finds its picture, and pictures are made of volumes. The only cuts, a type's name
    // in a string or a delegate that is set when the assembly loads, would hide this arrow from the compiler instead of removing it.
    private static readonly string[] s_allowedCycle = ["Pictures", "Volumes"];

    public static TheoryData<string> Names => [.. Repository.Rooms];

    [Theory]
    [MemberData(nameof(Names))]
    public void Folders_depend_on_each_other_in_one_direction(string room)
    {
        RoomGraph graph = rooms.Of(room);
        Assert.True(graph.Uses.Count > 50, "the compiler found too few uses: the test sees nothing");
        string[] cycles =
        [
            .. graph.Cycles()
                .Where(cycle => !cycle.SequenceEqual(s_allowedCycle))
                .Select(cycle => $"{room}: {string.Join(", ", cycle)}\n" + string.Join("\n", graph.Uses
                    .Where(use => RoomGraph.FolderOf(use.From) != RoomGraph.FolderOf(use.To)
                        && cycle.Contains(RoomGraph.FolderOf(use.From))
                        && cycle.Contains(RoomGraph.FolderOf(use.To)))
                    .GroupBy(use => (From: RoomGraph.FolderOf(use.From), To: RoomGraph.FolderOf(use.To)))
                    .OrderBy(arrow => arrow.Count())
                    .Select(arrow =>
                        $"  {arrow.Key.From} -> {arrow.Key.To}: "
                        + $"{string.Join("; ", arrow.Take(6).Select(use => $"{use.From} uses {use.Type}"))}"
                        + $"{(arrow.Count() > 6 ? " ..." : "")}"))),
        ];
        Assert.True(cycles.Length == 0, string.Join("\n", cycles));
    }

    [Fact]
    public void Nothing_above_the_list_of_methods_names_a_method()
    {
        string[] names =
        [
            .. rooms.Of("Trainers").Uses
                .Where(use => use.To.StartsWith("Methods/", StringComparison.Ordinal) && RoomGraph.FolderOf(use.To) != "Methods")
                .Where(use => !s_mayNameAMethod.Any(allowed => use.From.StartsWith(allowed, StringComparison.Ordinal)))
                .Select(use => $"{use.From} uses {use.Type} of {use.To}"),
        ];
        Assert.True(names.Length == 0, string.Join("\n", names));
    }

    [Fact]
    public void A_method_has_the_same_files_as_every_other()
    {
        string[] folders = [.. Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src/Trainers/Methods"))];
        Assert.Equal(SegmentationMethods.All.Count, folders.Length);
        foreach (string folder in folders)
        {
            string name = Path.GetFileName(folder);
            foreach (string part in new[] { "Method", "Architecture", "LossOptions", "TrainerOptions", "Training" })
                Assert.True(File.Exists(Path.Combine(folder, $"{name}{part}.cs")), $"{Repository.Relative(folder)} has no {name}{part}.cs");
        }
    }

    [Fact]
    public void Internals_that_cross_assemblies_are_those_that_were_agreed_on()
    {
        string[] found = [.. Repository.Rooms.SelectMany(room => rooms.Of(room).Crossings.Select(type => $"{room} uses {type}"))];
        string agreed = Path.Combine(AppContext.BaseDirectory, "InternalsThatCross.txt"),
            actual = Path.Combine(AppContext.BaseDirectory, "InternalsThatCross.actual.txt");
        File.WriteAllLines(actual, found);
        string[] expected = File.ReadAllLines(agreed);
        Assert.True(
            expected.SequenceEqual(found),
            $"New: {string.Join("; ", found.Except(expected))}. Gone: {string.Join("; ", expected.Except(found))}. "
            + "Each one binds two packages together: make it public, move it, "
            + $"or agree to it by copying {actual} over tests/Architecture.Tests/InternalsThatCross.txt.");
    }

    /// <summary>The graphs, each made once.</summary>
    public sealed class Rooms
    {
        private readonly Dictionary<string, RoomGraph> _graphs = Repository.Rooms.ToDictionary(room => room, room => new RoomGraph(room));

        internal RoomGraph Of(string room) => _graphs[room];
    }
}
