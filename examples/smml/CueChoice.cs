using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Smml.MLNet.CommandLine;

/// <summary>Where cues for training come from, as the command line names it.</summary>
/// <param name="Name">The source with all that decides what the cues are, and no path: for example <c>phantom:1</c>.</param>
/// <param name="Open">Makes the provider; who opens it disposes it where it can be disposed.</param>
internal sealed record CueChoice(string Name, Func<ICueProvider> Open)
{
    /// <summary>How a user may write a source, for help and messages.</summary>
    public const string Known = "phantom[:SEED]|sam:PTH|nifti:DIR";

    /// <summary>Parses what the user wrote after --cues.</summary>
    /// <exception cref="FormatException">There is no such source.</exception>
    public static CueChoice Parse(string text) => text.Split(':', 2) switch
    {
        ["phantom"] => Parse("phantom:1"),
        ["phantom", var seed] when long.TryParse(seed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) => new($"phantom:{value}", () => new PhantomCueProvider(value)),
        ["sam", var path] when File.Exists(path) => new($"sam:{Describe([path])}", () => SamMed3DCueProvider.FromCheckpoint(path)),
        ["nifti", var folder] when Directory.Exists(folder) => new($"nifti:{Describe(Directory.GetFiles(folder))}", () => new NiftiCueProvider(folder)),
        ["sam", var path] => throw new FormatException($"--cues is '{text}', and there is no file {path}. Give the path of the checkpoint, for example sam:sam_med3d_turbo.pth."),
        ["nifti", var folder] => throw new FormatException($"--cues is '{text}', and there is no folder {folder}. Give the folder with the files <case>_<modality>_cues.nii.gz."),
        _ => throw new FormatException($"--cues is '{text}', expected {Known}."),
    };

    // Other files under the same path are other cues: names and lengths tell most of them apart.
    private static string Describe(string[] paths) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', paths.Order(StringComparer.Ordinal).Select(path => $"{Path.GetFileName(path)} {new FileInfo(path).Length}")))))[..16];
}
