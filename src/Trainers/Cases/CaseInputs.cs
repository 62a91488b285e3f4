using System.Text;
using System.Text.Json;
using Smml.MLNet.VolumeFiles;

namespace Smml.MLNet.Cases;

/// <summary>All of a case that its results depend on, as one hash: what its files hold, which volume of them is
/// meant, and what its label values mean.</summary>
internal static class CaseInputs
{
    /// <summary>The hash of a case; null where a file cannot be read, so that nothing is known about it.</summary>
    /// <param name="row">The case.</param>
    /// <param name="paths">Its paths as they are opened, scans first; empty where missing.</param>
    public static string? HashOf(BraTSCase row, IEnumerable<string> paths)
    {
        try
        {
            Dictionary<string, string> known = []; // the four scans of a case may lie in one file
            List<string[]> files = [];
            foreach (string path in paths)
                files.Add(path.Length == 0 ? [] : [
                    VolumePath.Parse(path).Index?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "",
                    .. VolumeParts.Of(path).Select(Hash),
                ]);
            return CaseRecords.Hash(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new object[] { row.LabelConvention.Trim(), files })));

            string Hash(string file) => known.TryGetValue(file, out string? hash)
                ? hash
                : known[file] = CaseRecords.HashOf(file) ?? throw new IOException($"{file}: the file cannot be read.");
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or FormatException or InvalidDataException)
        {
            return null; // reading the case says what is wrong with it
        }
    }
}
