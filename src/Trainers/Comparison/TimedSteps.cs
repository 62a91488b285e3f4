using System.Globalization;
using System.Text.Json;
using Smml.MLNet.Files;

namespace Smml.MLNet.Comparison;

/// <summary>The steps of each method that fit into the minutes of a comparison. They are kept in its folder, because another timing would
/// give other numbers and a resumed comparison must train as the first run did.</summary>
internal sealed class TimedSteps
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly double _minutes;
    private readonly string? _path;
    private readonly Dictionary<string, Timing> _methods;

    /// <summary>Reads the file of an earlier run, if there is one.</summary>
    /// <param name="minutes">The budget of each method.</param>
    /// <param name="folder">The folder of the comparison; null keeps nothing.</param>
    /// <exception cref="InvalidOperationException">The file is damaged, or is about another number of minutes.</exception>
    public TimedSteps(double minutes, string? folder)
    {
        _minutes = minutes;
        _path = folder is null ? null : Path.Combine(folder, "steps.json");
        _methods = _path is not null && File.Exists(_path) ? Read(_path) : [];
    }

    /// <summary>The steps of a method, from the file or by timing it.</summary>
    /// <param name="method">The method with the batch that it trains with.</param>
    /// <param name="secondsPerStep">Times it.</param>
    /// <exception cref="InvalidOperationException">The method was timed with other settings.</exception>
    public int Of(ComparisonMethod method, Func<double> secondsPerStep)
    {
        string settings = method.Options.ToString();
        if (_methods.TryGetValue(method.Key, out Timing? kept))
            return kept.Settings == settings ? kept.Steps : throw Unusable($"it holds the steps of '{method.Key}' with other settings");
        Timing timed = new(Math.Max(1, (int)Math.Min(_minutes * 60 / secondsPerStep(), ComparisonBudget.MostSteps)), settings);
        _methods[method.Key] = timed;
        if (_path is not null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            SafeFile.Replace(
                _path, (string partial) => File.WriteAllText(partial, JsonSerializer.Serialize(new Content(_minutes, _methods), s_json)));
        }

        return timed.Steps;
    }

    private Dictionary<string, Timing> Read(string path)
    {
        Content? content;
        try
        {
            content = JsonSerializer.Deserialize<Content>(File.ReadAllText(path), s_json);
        }
        catch (JsonException exception)
        {
            throw Unusable($"it is damaged ({exception.Message.TrimEnd('.')})");
        }

        if (content?.Methods is not { } methods || methods.Values.Any(one => one is not { Steps: > 0, Settings: not null }))
            throw Unusable("it is damaged (expected minutes, and steps above 0 with the settings of each method)");
        return content.Minutes == _minutes
            ? methods
            : throw Unusable(string.Create(CultureInfo.InvariantCulture, $"it is about {content.Minutes} minutes, expected {_minutes}"));
    }

    private InvalidOperationException Unusable(string reason) => new(
        $"{_path} cannot be taken for this comparison: {reason}. Choose another folder, or move the file away to time the methods again.");

    private sealed record Content(double Minutes, Dictionary<string, Timing> Methods);

    /// <summary>How long a method trains, and the options that it was timed with, in words.</summary>
    private sealed record Timing(int Steps, string Settings);
}
