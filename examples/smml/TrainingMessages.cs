using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace Smml.MLNet.CommandLine;

/// <summary>What trainings say, for the terminal.</summary>
internal static class TrainingMessages
{
    /// <summary>Shows the log of trainers: what concerns checkpoints always, the rest with --verbose. Refused cases
    /// are listed at the end of a command.</summary>
    public static void LogTraining(this MLContext context, Terminal terminal) => context.Log += (_, message) =>
    {
        if (message.Kind is ChannelMessageKind.Trace or ChannelMessageKind.Error)
            return;
        if (message.Source.EndsWith("; Checkpoints", StringComparison.Ordinal))
            terminal.Aside(message.RawMessage);
        else
            terminal.Detail(message.RawMessage);
    };

    /// <summary>Lists the cases that could not be used.</summary>
    public static void NoteRefused(this Terminal terminal, IEnumerable<CaseWarning> refused)
    {
        foreach (CaseWarning one in refused)
            terminal.Note($"{one.CaseId} is left out: {one.Message}");
    }
}
