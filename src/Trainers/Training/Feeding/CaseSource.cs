using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace Smml.MLNet.Training;

/// <summary>The training cases of a data view, which is read once: kept in memory while they fit, on disk otherwise.</summary>
internal sealed class CaseSource : IDisposable
{
    private readonly List<TrainingCase> _cases = [];
    private readonly List<CaseFingerprint> _fingerprints = [];
    private readonly CaseCache _disk;
    private readonly CaseReader _reader;

    /// <summary>Reads every case.</summary>
    /// <param name="data">The rows.</param>
    /// <param name="options">Columns, split, memory, where the disk cache lies.</param>
    /// <param name="cueColumn">The column with semantic cues; null to read none. The data need not have it.</param>
    /// <param name="log">Receives what is left out and why.</param>
    /// <param name="fingerprints">Whether <see cref="Fingerprints"/> are needed.</param>
    /// <param name="purpose">What the cases are for, in messages.</param>
    /// <param name="cancellation">Ends the reading between two cases.</param>
    /// <exception cref="InvalidOperationException">There is no row, or two cases follow different label conventions.</exception>
    /// <exception cref="InvalidDataException">No case can be used.</exception>
    /// <exception cref="IOException">A case that does not fit the memory could not be written.</exception>
    public CaseSource(
        IDataView data,
        CaseOptions options,
        string? cueColumn,
        IChannel log,
        bool fingerprints = false,
        string purpose = "training",
        CancellationToken cancellation = default)
    {
        _reader = new(data, options, cueColumn, log, purpose);
        _disk = new(options.CacheFolder);
        try
        {
            long bytes = 0;
            foreach (TrainingCase one in _reader.Read())
            {
                cancellation.ThrowIfCancellationRequested();
                Convention ??= one.Convention;
                if (one.Convention != Convention)
                    throw new InvalidOperationException(
                        $"{one.Name}: its labels follow {one.Convention}, those of the cases before follow {Convention}. "
                        + "Train on one convention, or set CaseOptions.LabelConvention.");
                if (fingerprints)
                    _fingerprints.Add(one.Fingerprint());
                bool fits = bytes + one.Bytes <= options.Memory;
                bytes += fits ? one.Bytes : 0;
                _cases.Add(fits ? one : _disk.Keep(one));
            }
        }
        catch
        {
            _disk.Dispose();
            throw;
        }
    }

    /// <summary>The cases, in the order of the data.</summary>
    public IReadOnlyList<TrainingCase> Cases => _cases;

    /// <summary>How many cases there are.</summary>
    public int Count => _cases.Count;

    /// <summary>How many cases have a scan.</summary>
    public int ScansOf(Modality modality) => _cases.Count(one => one.Available.Contains(modality));

    /// <summary>How all cases write their labels.</summary>
    public LabelConvention Convention { get; } = null!;

    /// <summary>Whether the cases carry semantic cues.</summary>
    public bool HasCues => _reader.HasCues;

    /// <summary>The cases that could not be used, with the reasons.</summary>
    public IReadOnlyList<CaseWarning> Refused => _reader.Refused;

    /// <summary>What identifies the cases, in the order of the data; empty where no checkpoint is kept.</summary>
    public IReadOnlyList<CaseFingerprint> Fingerprints => _fingerprints;

    /// <summary>Where the cases are, for the log.</summary>
    public string Place => _disk.Count == 0 ? "kept in memory"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{Count - _disk.Count} kept in memory, {_disk.Count} on disk ({_disk.Bytes / 1e9:0.00} GB in {_disk.Folder})");

    /// <summary>Gives the disk back; no case may be used any more.</summary>
    public void Dispose() => _disk.Dispose();
}
