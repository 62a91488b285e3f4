using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Smml.MLNet.Files;

namespace Smml.MLNet.CueGeneration;

/// <summary>Keeps the logits of cases as files: a line of JSON, half-precision logits, and the SHA-256 of both.</summary>
/// <remarks>A file's name holds the hash of everything that its content depends on, so an entry is right or absent. Files are written
/// beside their place and renamed: several processes may work on one folder, and a killed one leaves no half entry.</remarks>
internal sealed class CueCache(string folder)
{
    private const int FormatVersion = 1;

    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>The file of a case.</summary>
    /// <param name="name">The name of the case; letters that no file name has become underscores.</param>
    /// <param name="key">The hash of what the cues depend on, hexadecimal.</param>
    public string PathOf(string name, string key)
    {
        string safe = string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '.' ? letter : '_'));
        return Path.Combine(folder, $"{safe}-{key[..16]}.cue");
    }

    /// <summary>Reads an entry.</summary>
    /// <param name="path">Of <see cref="PathOf"/>.</param>
    /// <param name="key">The whole key, which the entry must carry.</param>
    /// <param name="problem">Why an entry that is there cannot be used; null otherwise.</param>
    /// <returns>The entry; null where there is none that can be used.</returns>
    public static CueLogits? Read(string path, string key, out string? problem)
    {
        problem = null;
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        int line = bytes.AsSpan().IndexOf((byte)'\n');
        if (bytes.Length < SHA256.HashSizeInBytes || line < 0 || line >= bytes.Length - SHA256.HashSizeInBytes
            || !SHA256.HashData(bytes.AsSpan(..^SHA256.HashSizeInBytes)).AsSpan().SequenceEqual(bytes.AsSpan(^SHA256.HashSizeInBytes..)))
        {
            problem = "it is damaged";
            return null;
        }

        Entry entry = JsonSerializer.Deserialize<Entry>(bytes.AsSpan(0, line), s_json)!;
        if (entry.Format != FormatVersion || entry.Key != key)
        {
            problem = "it belongs to another version or another input";
            return null;
        }

        ReadOnlySpan<Half> logits = MemoryMarshal.Cast<byte, Half>(
            bytes.AsSpan(line + 1, bytes.Length - SHA256.HashSizeInBytes - line - 1));
        Half[]?[] maps = new Half[]?[entry.ClassCount * ModalitySet.ModalityCount];
        int size = entry.Side * entry.Side * entry.Side;
        for (int i = 0; i < entry.Maps.Length; i++)
            maps[entry.Maps[i]] = logits.Slice(i * size, size).ToArray();
        return new() { ClassCount = entry.ClassCount, Side = entry.Side, Maps = maps, Remarks = entry.Remarks };
    }

    /// <summary>Writes an entry.</summary>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Write(string path, string key, CueLogits logits)
    {
        Directory.CreateDirectory(folder);
        int[] present = [.. Enumerable.Range(0, logits.Maps.Length).Where(i => logits.Maps[i] is not null)];
        Entry entry = new(FormatVersion, key, logits.ClassCount, logits.Side, present, [.. logits.Remarks]);
        byte[] bytes =
        [
            .. JsonSerializer.SerializeToUtf8Bytes(entry, s_json),
            (byte)'\n',
            .. present.SelectMany(i => MemoryMarshal.AsBytes<Half>(logits.Maps[i]).ToArray()),
        ];
        SafeFile.Replace(path, file =>
        {
            file.Write(bytes);
            file.Write(SHA256.HashData(bytes));
        });
    }

    private sealed record Entry(int Format, string Key, int ClassCount, int Side, int[] Maps, string[] Remarks);
}
