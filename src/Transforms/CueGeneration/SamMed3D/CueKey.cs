using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Smml.MLNet.CueGeneration;

/// <summary>The hash of everything that the cues of a case depend on.</summary>
internal static class CueKey
{
    /// <summary>The hash of a case.</summary>
    /// <param name="modelHash">The hash of the weights.</param>
    /// <param name="options">Prompt, clicks and spacing.</param>
    /// <param name="source">The voxels, the labels and their place.</param>
    /// <returns>SHA-256, lower-case hexadecimal.</returns>
    public static string Of(string modelHash, SamMed3DCueOptions options, CueCase source)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string how = string.Create(CultureInfo.InvariantCulture, $"{options.Prompt.Key}|{options.Clicks}|{options.Spacing:R}");
        string where = string.Create(CultureInfo.InvariantCulture, $"{source.Grid.Shape}|{string.Join(' ', source.Grid.Affine.ToArray())}");
        string text = string.Create(
            CultureInfo.InvariantCulture, $"cues 1|{modelHash}|{how}|{source.Name}|{source.Convention.ClassCount}|{where}");
        hash.AppendData(Encoding.UTF8.GetBytes(text));
        hash.AppendData(source.Classes);
        hash.AppendData(source.PredictedClasses ?? []);
        foreach (Modality modality in ModalitySet.All)
        {
            Volume? scan = source[modality];
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"|{modality} {scan?.Background:R}")));
            if (scan is not null)
                hash.AppendData(MemoryMarshal.AsBytes(scan.Voxels));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
