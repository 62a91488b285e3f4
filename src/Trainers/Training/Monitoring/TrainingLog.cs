using System.Globalization;
using Microsoft.ML.Runtime;
using Smml.MLNet.Pictures;
using Smml.MLNet.Tables;
using TorchSharp;
using TorchSharp.Modules;

namespace Smml.MLNet.Training;

/// <summary>Writes the course of a training into a folder: TensorBoard events, a table, a picture.</summary>
/// <remarks>Table and picture are made anew of all epochs, those of earlier processes included. A file that cannot be written is told once
/// and does not end training.</remarks>
internal sealed class TrainingLog
{
    /// <summary>The table.</summary>
    public const string Table = "training.csv";

    /// <summary>The picture.</summary>
    public const string Picture = "training.png";

    private static readonly string[] s_always = ["epoch", "seconds", "learning rate"];
    private static readonly TimeSpan s_redraw = TimeSpan.FromSeconds(20); // drawing takes a good part of a short epoch

    private readonly string _folder;
    private readonly IChannel _log;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly SummaryWriter _events;
    private long? _drawn;
    private bool _failed;

    /// <summary>Makes the folder.</summary>
    /// <exception cref="IOException">It cannot be made or written to.</exception>
    public TrainingLog(string folder, IChannel log)
    {
        _folder = folder;
        _log = log;
        try
        {
            Directory.CreateDirectory(folder);
            _events = torch.utils.tensorboard.SummaryWriter(folder, createRunName: false);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException(
                $"{folder}: the folder for the course of training cannot be written to ({exception.Message}). "
                + "Name another one in OutputOptions.LogFolder, or change its permissions.",
                exception);
        }
    }

    /// <summary>Writes what the last epoch added.</summary>
    /// <param name="history">Every epoch so far.</param>
    /// <param name="isLast">Whether no other will follow.</param>
    public void EpochDone(IReadOnlyList<TrainingEpoch> history, bool isLast)
    {
        Attempt(() =>
        {
            Tell(history[^1]);
            WriteTable(Path.Combine(_folder, Table), history);
            if (isLast || _drawn is not { } drawn || _time.GetElapsedTime(drawn) > s_redraw)
                Draw(history);
        });
    }

    /// <summary>Draws the picture of the epochs that were told already, where training ends before the last one.</summary>
    /// <param name="history">Every epoch so far.</param>
    public void Redraw(IReadOnlyList<TrainingEpoch> history)
    {
        if (history.Count > 0)
            Attempt(() => Draw(history));
    }

    /// <summary>One line per epoch; a term that begins later, and a validation that did not take place, leave their cells empty.</summary>
    internal static void WriteTable(string path, IReadOnlyList<TrainingEpoch> history)
    {
        string[] terms = [.. history.SelectMany(epoch => epoch.Losses).Select(loss => loss.Label).Distinct(StringComparer.Ordinal)];
        (ModalitySet Modalities, ScoredRegion Region)[] scores =
        [
            .. history.SelectMany(epoch => epoch.Validation?.Scores ?? []).Select(score => (score.Modalities, score.Region)).Distinct(),
        ];
        TableFile.Write(
            path,
            [.. s_always, .. terms, .. scores.Select(score => $"Dice {score.Region} {score.Modalities}")],
            history.Select(Cells),
            fixedColumns: s_always.Length);

        IEnumerable<string> Cells(TrainingEpoch epoch) =>
        [
            Number(epoch.Epoch, "0"),
            Number(epoch.Seconds, "0.0"),
            Number(epoch.LearningRate, "0.########"),
            .. terms.Select(term => epoch.Losses.FirstOrDefault(loss => loss.Label == term) is { } loss
                ? Number(loss.Value, "0.000000")
                : ""),
            .. scores.Select(score => epoch.Validation is { } validation
                ? Number(validation.Mean(score.Region, score.Modalities), "0.0000")
                : ""),
        ];
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private void Draw(IReadOnlyList<TrainingEpoch> history)
    {
        TrainingCurve.Write(Path.Combine(_folder, Picture), history);
        _drawn = _time.GetTimestamp();
    }

    private void Attempt(Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            if (!_failed)
                _log.Warning(
                    MessageSensitivity.None,
                    "{0}: the course of training cannot be written ({1}); training goes on.",
                    _folder,
                    exception.Message);
            _failed = true;
        }
    }

    private void Tell(TrainingEpoch epoch)
    {
        Scalar("learning rate", epoch.LearningRate);
        foreach (LossValue loss in epoch.Losses)
            Scalar($"loss/{loss.Label}", loss.Value);
        foreach (ValidationScore score in epoch.Validation?.Scores ?? [])
            Scalar($"Dice {score.Region}/{score.Modalities}", score.Dice);
        if (epoch.Validation is { } validation)
            Scalar("mean Dice", validation.MeanDice);

        void Scalar(string name, double value) => _events.add_scalar(name, (float)value, epoch.Epoch, null);
    }
}
