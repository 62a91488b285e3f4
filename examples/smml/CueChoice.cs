using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Smml.MLNet.CommandLine;

/// <summary>Where cues for training come from, as the command line names it.</summary>
/// <param name="Name">The source with all that decides what the cues are, and no path: for example <c>phantom:1</c>.</param>
/// <param name="Open">Makes the provider, given a folder for its cache (null for none) and where to tell what it did; who opens it disposes
/// it where it can be disposed.</param>
internal sealed record CueChoice(string Name, Func<string?, Action<string>, ICueProvider> Open)
{
    /// <summary>How a user may write a source, for help and messages.</summary>
    public const string Known = "phantom[:SEED]|sam:PTH|nifti:DIR";

    /// <summary>Parses what the user wrote after --cues.</summary>
    /// <exception cref="FormatException">There is no such source.</exception>
    public static CueChoice Parse(string text) => text.Split(':', 2) switch
    {
        ["phantom"] => Parse("phantom:1"),
        ["phantom", var seed] when long.TryParse(seed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) =>
            new($"phantom:{value}", (_, _) => new PhantomCueProvider(value)),
        ["sam", var path] when File.Exists(path) => new(
            $"sam:{Describe([path])}", (cache, log) => SamMed3DCueProvider.FromCheckpoint(path, new() { CacheFolder = cache, Log = log })),
        ["nifti", var folder] when Directory.Exists(folder) =>
            new($"nifti:{Describe(Directory.GetFiles(folder))}", (_, _) => new NiftiCueProvider(folder)),
        ["sam", var path] => throw new FormatException(
            $"--cues is '{text}', and there is no file {path}. Give the path of the checkpoint, for example sam:sam_med3d_turbo.pth."),
        ["nifti", var folder] => throw new FormatException(
            $"--cues is '{text}', and there is no folder {folder}. Give the folder with the files <case>_<modality>_cues.nii.gz."),
        _ => throw new FormatException($"--cues is '{text}', expected {Known}."),
    };

    /// <summary>The option of commands that train.</summary>
    public static Option<CueChoice?> Option() => new("--cues")
    {
        Description =
            "Semantic cues for the refinement network (SRN): phantom (disturbed labels, for trials only), a SAM-Med3D checkpoint, or files",
        HelpName = Known,
        CustomParser = result => Arguments.Parse<CueChoice?>(result, Parse),
    };

    /// <summary>The option for the cache of SAM-Med3D's cues.</summary>
    public static Option<string?> CacheOption() =>
        new("--cue-cache") { Description = "Keep SAM-Med3D's cues in this folder, below 1 MB a case", HelpName = "DIR" };

    // Other files under the same path are other cues: names and lengths tell most of them apart.
    private static string Describe(string[] paths) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(
            '\n', paths.Order(StringComparer.Ordinal).Select(path => $"{Path.GetFileName(path)} {new FileInfo(path).Length}")))))[..16];
}
