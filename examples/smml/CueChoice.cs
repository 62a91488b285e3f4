using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Smml.MLNet.CommandLine;

/// <summary>Where cues for training come from, as the command line names it.</summary>
/// <param name="Name">The source with all that decides what the cues are, and no path: for example <c>phantom:1</c>.</param>
/// <param name="Open">Makes the provider, given a folder for its cache (null for none) and where to tell what it did.</param>
internal sealed record CueChoice(string Name, Func<string?, Action<string>, ICueProvider> Open)
{
    /// <summary>How a user may write a source, for help and messages.</summary>
    public const string Known = "phantom[:SEED]|sam:FILE|nifti:DIR";

    /// <summary>Parses what the user wrote after --cues.</summary>
    /// <exception cref="FormatException">There is no such source.</exception>
    public static CueChoice Parse(string text) => text.Split(':', 2) switch
    {
        ["phantom"] => Parse("phantom:1"),
        ["phantom", var seed] when long.TryParse(seed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) => new($"phantom:{value}", (_, _) => new PhantomCueProvider(value)),
        ["sam", var file] when File.Exists(file) => new(
            string.Create(CultureInfo.InvariantCulture, $"sam:{Path.GetFileName(file)}:{new FileInfo(file).Length}"),
            (cache, log) => SamMed3DCueProvider.FromCheckpoint(file, new() { CacheFolder = cache, Log = log })),
        ["nifti", var folder] when Directory.Exists(folder) => new($"nifti:{Describe(folder)}", (_, _) => new NiftiCueProvider(folder)),
        ["sam" or "nifti", var path] => throw new FormatException($"--cues is '{text}', but there is no such {(text.StartsWith("sam", StringComparison.Ordinal) ? "file" : "folder")}: {path}. Expected {Known}."),
        _ => throw new FormatException($"--cues is '{text}', expected {Known}."),
    };

    /// <summary>The option for commands that train.</summary>
    public static System.CommandLine.Option<CueChoice?> Option() => new("--cues")
    {
        Description = "Semantic cues for the refinement network: made of the labels (phantom), by SAM-Med3D from your sam_med3d_turbo.pth (sam), or by another program (nifti)",
        HelpName = Known,
        CustomParser = result => Arguments.Parse<CueChoice?>(result, Parse),
    };

    /// <summary>The option for the cache of SAM-Med3D's cues.</summary>
    public static System.CommandLine.Option<string?> CacheOption() => new("--cue-cache") { Description = "Keep SAM-Med3D's cues in this folder, below 1 MB a case", HelpName = "DIR" };

    // Other files in the same folder are other cues: names and lengths tell most of them apart.
    private static string Describe(string folder) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(
        '\n', Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(path => $"{Path.GetFileName(path)} {new FileInfo(path).Length}")))))[..16];
}
