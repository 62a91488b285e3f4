namespace Smml.MLNet.VolumeStages;

/// <summary>Checks the options of a stage once, when the stage is made.</summary>
internal static class StageOptions
{
    /// <summary>Throws one exception that names every error.</summary>
    /// <param name="options">The name of the options class.</param>
    /// <param name="columns">The column names among the options.</param>
    /// <param name="checks">Each further rule: whether it is broken, and what is wrong then.</param>
    /// <exception cref="ArgumentException">At least one rule is broken.</exception>
    public static void Check(string options, VolumeColumns columns, params ReadOnlySpan<(bool Broken, string Error)> checks)
    {
        List<string> errors = [];
        columns.Validate(errors);
        foreach ((bool broken, string error) in checks)
        {
            if (broken)
                errors.Add(error);
        }

        if (errors.Count > 0)
            throw new ArgumentException($"{options}: {string.Join("; ", errors)}.");
    }
}
