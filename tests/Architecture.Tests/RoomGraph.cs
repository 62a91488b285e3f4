using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Smml.MLNet.Tests.Architecture;

/// <summary>Which file of a room uses which type, found by the compiler: names, not text.</summary>
internal sealed class RoomGraph
{
    private const string ImplicitUsings =
        "global using System; global using System.IO; global using System.Linq; global using System.Collections.Generic; "
        + "global using System.Threading; global using System.Threading.Tasks; global using System.Net.Http;";

    private readonly string _folder;

    public RoomGraph(string room)
    {
        _folder = Path.Combine(Repository.Root, "src", room);
        CSharpParseOptions options = new(LanguageVersion.CSharp14);
        SyntaxTree[] trees =
        [
            .. Repository.Files(Path.Combine("src", room), ".cs")
                .Select(path => CSharpSyntaxTree.ParseText(File.ReadAllText(path), options, path)),
            CSharpSyntaxTree.ParseText(ImplicitUsings, options, "ImplicitUsings.cs"),
        ];
        string assembly = $"Smml.MLNet.{room}"; // its own name, so that it sees the internals of the rooms below
        string[] above = [.. Repository.Rooms.SkipWhile(one => one != room).Select(one => $"Smml.MLNet.{one}.dll")];
        MetadataReference[] references =
        [
            .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
                .Split(Path.PathSeparator)
                .Where(path => !above.Contains(Path.GetFileName(path)))
                .Select(path => MetadataReference.CreateFromFile(path)),
        ];
        CSharpCompilation compilation = CSharpCompilation.Create(
            assembly,
            trees,
            references,
            new(
                OutputKind.DynamicallyLinkedLibrary,
                allowUnsafe: true,
                nullableContextOptions: NullableContextOptions.Enable,
                metadataImportOptions: MetadataImportOptions.Internal));
        foreach (SyntaxTree tree in trees)
            Read(tree, compilation.GetSemanticModel(tree));
    }

    /// <summary>A use of a type of the same room: the file that uses, the file that declares, the type's name.</summary>
    public HashSet<(string From, string To, string Type)> Uses { get; } = [];

    /// <summary>Internal types of other rooms that are used here.</summary>
    public SortedSet<string> Crossings { get; } = new(StringComparer.Ordinal);

    /// <summary>The floor of a file: the folder directly below the room, whose own sub-folders belong to it, but each method is a floor.
    /// <c>.</c> for the room's own files.</summary>
    public static string FolderOf(string file)
    {
        string[] parts = file.Replace('\\', '/').Split('/')[..^1];
        return parts switch
        {
            [] => ".",
            ["Methods", var method, ..] => $"Methods/{method}",
            [var floor, ..] => floor,
        };
    }

    /// <summary>Sets of folders that depend on each other in a circle.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Cycles()
    {
        Dictionary<string, HashSet<string>> targets = Uses
            .Select(use => (From: FolderOf(use.From), To: FolderOf(use.To)))
            .Where(arrow => arrow.From != arrow.To)
            .GroupBy(arrow => arrow.From)
            .ToDictionary(group => group.Key, group => group.Select(arrow => arrow.To).ToHashSet());
        Dictionary<string, HashSet<string>> reachable = targets.Keys.ToDictionary(folder => folder, folder => Reachable(folder, targets));
        return
        [
            .. reachable.Keys
                .Where(folder => reachable[folder].Contains(folder))
                .GroupBy(folder => string.Join(
                    ' ',
                    reachable.Keys
                        .Where(other => reachable[folder].Contains(other) && reachable[other].Contains(folder))
                        .Order(StringComparer.Ordinal)))
                .Select(group => group.Order(StringComparer.Ordinal).ToArray()),
        ];
    }

    private static HashSet<string> Reachable(string start, Dictionary<string, HashSet<string>> targets)
    {
        HashSet<string> found = [];
        Stack<string> open = new([start]);
        while (open.TryPop(out string? folder))
        {
            foreach (string next in targets.GetValueOrDefault(folder) ?? [])
            {
                if (found.Add(next))
                    open.Push(next);
            }
        }

        return found;
    }

    private void Read(SyntaxTree tree, SemanticModel model)
    {
        foreach (SyntaxNode node in tree.GetRoot()
            .DescendantNodes()
            .Where(node => node.FirstAncestorOrSelf<UsingDirectiveSyntax>() is null))
        {
            ISymbol? symbol = node switch
            {
                SimpleNameSyntax name => model.GetSymbolInfo(name).Symbol,
                ImplicitObjectCreationExpressionSyntax creation => model.GetTypeInfo(creation).Type,
                _ => null,
            };
            INamedTypeSymbol? type = symbol as INamedTypeSymbol
                ?? (symbol is IMethodSymbol or IPropertySymbol or IFieldSymbol or IEventSymbol ? symbol.ContainingType : null);
            if (type is not null)
                Note(tree, type.OriginalDefinition);
        }
    }

    private void Note(SyntaxTree tree, INamedTypeSymbol type)
    {
        foreach (SyntaxTree declared in type.Locations.Where(location => location.IsInSource).Select(location => location.SourceTree!))
        {
            if (declared != tree)
                Uses.Add((Path.GetRelativePath(_folder, tree.FilePath), Path.GetRelativePath(_folder, declared.FilePath), type.Name));
        }

        INamedTypeSymbol outer = type;
        while (outer.ContainingType is { } containing)
            outer = containing;
        bool isOurs = outer.ContainingAssembly?.Name.StartsWith("Smml.MLNet", StringComparison.Ordinal) == true;
        if (isOurs && outer.Locations.All(location => location.IsInMetadata) && outer.DeclaredAccessibility == Accessibility.Internal)
            Crossings.Add($"{outer.ContainingAssembly!.Name}: {outer.ToDisplayString()}");
    }
}
