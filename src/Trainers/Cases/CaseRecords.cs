using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Smml.MLNet.Checksums;
using Smml.MLNet.Files;

namespace Smml.MLNet.Cases;

/// <summary>What was found about each case, a file a case, so that a case is not done twice and the work
/// of several processes comes together.</summary>
/// <remarks>A record counts only where its own hash, the settings and the files that the case was read from are
/// the same; else the case is done again.</remarks>
/// <param name="folder">Where the records lie; made with the first.</param>
/// <param name="settings">All that the results depend on but the case's files.</param>
internal sealed class CaseRecords(string folder, string settings)
{
    private const int Format = 1;
    private const int LongestName = 190; // bytes; what is written beside it ends with up to 58 more, and file systems allow 255

    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        IncludeFields = true, // tuples
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter() },
    };

    private readonly string _settings = Hash(Encoding.UTF8.GetBytes(settings));

    /// <summary>SHA-256 of a file, lower-case hexadecimal; null where it cannot be read.</summary>
    public static string? HashOf(string path)
    {
        try
        {
            return Sha256.HexOfFile(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The name of a case as a file name.</summary>
    /// <exception cref="InvalidDataException">It cannot be one.</exception>
    public static string FileName(string caseId) =>
        caseId.Length == 0 || caseId.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) >= 0 || caseId is "." or ".."
            || Encoding.UTF8.GetByteCount(caseId) > LongestName
            ? throw new InvalidDataException(
                $"'{caseId}' cannot be a file name. Give each case a CaseId of up to {LongestName} letters, digits, '-', '_' or '.'.")
            : caseId;

    /// <summary>The record of a case, where there is one that counts.</summary>
    /// <param name="caseId">The case.</param>
    /// <param name="inputs">What its files hold now.</param>
    public T? Find<T>(string caseId, string inputs)
        where T : class
    {
        try
        {
            Record? record = JsonSerializer.Deserialize<Record>(File.ReadAllBytes(PathOf(caseId)), s_json);
            return record is not null
                && record.Format == Format
                && record.Settings == _settings
                && record.CaseId == caseId
                && record.Inputs == inputs
                && record.Sha256 == Hash(Encoding.UTF8.GetBytes(record.Content))
                ? JsonSerializer.Deserialize<T>(record.Content, s_json) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Forgets a case, and what a killed process left of its record.</summary>
    public void Remove(string caseId)
    {
        if (!Directory.Exists(folder))
            return;
        File.Delete(PathOf(caseId));
        SafeFile.RemoveAbandoned(PathOf(caseId));
    }

    /// <summary>The cases that share a name, which would share a file and the rows of a report too, also where the file
    /// system does not tell capitals apart.</summary>
    public static HashSet<string> Shared(IEnumerable<BraTSCase> rows) =>
        rows
            .GroupBy(row => row.CaseId, StringComparer.OrdinalIgnoreCase)
            .Where(same => same.Count() > 1)
            .SelectMany(same => same.Select(row => row.CaseId))
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>What is wrong with a name that several cases have.</summary>
    public static InvalidDataException IsShared(string caseId) => new(
        $"Several cases are named '{caseId}', so that their results cannot be told apart. "
        + "Give each case a CaseId of its own; capitals do not count.");

    /// <summary>Refuses a case that cannot be used, before any file of it is opened.</summary>
    /// <param name="row">The case.</param>
    /// <param name="shared">The names that several cases have, see <see cref="Shared"/>.</param>
    /// <exception cref="InvalidDataException">The row says why it cannot be used, or its name is one of those.</exception>
    public static void RefuseUnusable(BraTSCase row, HashSet<string> shared)
    {
        if (!string.IsNullOrEmpty(row.Problem))
            throw new InvalidDataException(row.Problem);
        if (shared.Contains(row.CaseId))
            throw IsShared(row.CaseId);
    }

    /// <summary>Keeps the record of a case; readers see the old one or the new one.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Save<T>(string caseId, string inputs, T content)
    {
        Directory.CreateDirectory(folder);
        string text = JsonSerializer.Serialize(content, s_json);
        Record record = new(Format, caseId, _settings, inputs, Hash(Encoding.UTF8.GetBytes(text)), text);
        SafeFile.Replace(PathOf(caseId), file => JsonSerializer.Serialize(file, record, s_json));
    }

    /// <summary>SHA-256, lower-case hexadecimal.</summary>
    internal static string Hash(ReadOnlySpan<byte> bytes) => Sha256.Hex(bytes);

    private string PathOf(string caseId) => Path.Combine(folder, FileName(caseId) + ".json");

    private sealed record Record(int Format, string CaseId, string Settings, string Inputs, string Sha256, string Content);
}
