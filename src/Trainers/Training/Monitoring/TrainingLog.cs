using System.Globalization;
using System.Text;
using Microsoft.ML.Runtime;
using Smml.MLNet.Files;
using Smml.MLNet.Pictures;
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
            SafeFile.Replace(PathOf(Table), (string partial) => File.WriteAllText(partial, TableOf(history)));
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

    /// <summary>A line an epoch; a term that begins later, and a validation that did not take place, leave their cells empty.</summary>
    internal static string TableOf(IReadOnlyList<TrainingEpoch> history)
    {
        string[] terms = [.. history.SelectMany(epoch => epoch.Losses).Select(loss => loss.Label).Distinct(StringComparer.Ordinal)];
        (ModalitySet Modalities, ScoredRegion Region)[] scores =
        [
            .. history.SelectMany(epoch => epoch.Validation?.Scores ?? []).Select(score => (score.Modalities, score.Region)).Distinct(),
        ];
        StringBuilder text = new();
        text
            .AppendJoin(
                ',', ["epoch", "seconds", "learning rate", .. terms, .. scores.Select(score => $"Dice {score.Region} {score.Modalities}")])
            .Append('\n');
        foreach (TrainingEpoch epoch in history)
        {
            text.Append(CultureInfo.InvariantCulture, $"{epoch.Epoch},{epoch.Seconds:0.0},{epoch.LearningRate:0.########}");
            foreach (string term in terms)
                text.Append(',')
                    .Append(
                        epoch.Losses.FirstOrDefault(loss => loss.Label == term)?.Value.ToString("0.000000", CultureInfo.InvariantCulture)
                        ?? "");
            foreach ((ModalitySet modalities, ScoredRegion region) in scores)
                text.Append(',')
                    .Append(epoch.Validation is { } validation
                        ? validation.Mean(region, modalities).ToString("0.0000", CultureInfo.InvariantCulture)
                        : "");
            text.Append('\n');
        }

        return text.ToString();
    }

    private void Draw(IReadOnlyList<TrainingEpoch> history)
    {
        SafeFile.Replace(PathOf(Picture), (FileStream file) => TrainingCurve.Write(file, history));
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

    private string PathOf(string name) => Path.Combine(_folder, name);
}
