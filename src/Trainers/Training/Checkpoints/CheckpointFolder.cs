using Microsoft.ML.Runtime;
using TorchSharp;

namespace Smml.MLNet.Training;

/// <summary>The files of one training. A file is written under a name of its own, flushed to the disk, and renamed: under the real names
/// there is never a torn one.</summary>
/// <remarks>A lock, which the system gives back also when a process is killed, keeps a second training out.</remarks>
internal sealed class CheckpointFolder : IDisposable
{
    public const string Latest = "latest.smmlckpt";
    public const string Previous = "previous.smmlckpt";
    public const string Best = "best.smmlckpt";
    public const string Final = "final.smmlckpt";

    private const string LockName = "training.lock";
    private const string Partial = ".partial";

    // All of them are of the same training, so that one that is behind costs time and nothing else.
    private static readonly string[] s_order = [Final, Latest, Previous, Best];

    private readonly string _path;
    private readonly FileStream _lock;
    private bool _latestIsWhole;

    /// <summary>Takes the folder, and removes what killed runs left half written.</summary>
    /// <exception cref="IOException">Another training uses it, or it cannot be written to.</exception>
    public CheckpointFolder(string path)
    {
        _path = System.IO.Path.GetFullPath(path);
        _lock = Take();
        foreach (string partial in Directory.EnumerateFiles(_path, "*.smmlckpt.*" + Partial))
            File.Delete(partial);
    }

    /// <summary>The names of the checkpoints that are there.</summary>
    public IEnumerable<string> Existing => s_order.Where(name => File.Exists(PathOf(name)));

    public string PathOf(string name) => System.IO.Path.Combine(_path, name);

    /// <summary>The newest checkpoint that is whole; null where there is none at all.</summary>
    /// <exception cref="InvalidDataException">There are checkpoints, and none is whole.</exception>
    public CheckpointFile? OpenNewest(IChannel log)
    {
        List<string> damaged = [];
        foreach (string name in Existing)
        {
            try
            {
                CheckpointFile file = CheckpointFile.Open(PathOf(name));
                _latestIsWhole = name == Latest;
                if (damaged.Count > 0)
                    log.Warning(
                        MessageSensitivity.None,
                        "{0} Training goes on from the older {1}, and repeats the steps since.",
                        string.Join(" ", damaged),
                        name);
                return file;
            }
            catch (InvalidDataException exception)
            {
                damaged.Add(exception.Message);
            }
        }

        return damaged.Count == 0
            ? null
            : throw new InvalidDataException(
                $"{string.Join(" ", damaged)} No other checkpoint is there. Take the file from a backup, or train anew in another folder.");
    }

    /// <summary>Writes a checkpoint in place of the one of that name; the latest before it is kept.</summary>
    /// <exception cref="IOException">It could not be written. Those that were there are as before.</exception>
    public void Save(string name, CheckpointHeader header, IReadOnlyList<KeyValuePair<string, torch.Tensor>> tensors)
    {
        byte[] json = header.Write();
        long length = CheckpointFile.Length(json, header);
        string partial = PathOf(FormattableString.Invariant($"{name}.{Environment.ProcessId}-{Guid.NewGuid():N}{Partial}"));
        try
        {
            using (FileStream stream = new(
                partial, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, PreallocationSize = length }))
            {
                CheckpointFile.Write(stream, json, tensors);
                stream.Flush(flushToDisk: true);
            }

            if (name == Latest && _latestIsWhole)
                File.Move(PathOf(Latest), PathOf(Previous), overwrite: true);
            File.Move(partial, PathOf(name), overwrite: true);
            _latestIsWhole |= name == Latest;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"{PathOf(name)}: the checkpoint could not be written: {exception.Message.TrimEnd('.')} ({length} bytes are needed). "
                + "The checkpoints before it are whole: make room or let the folder be written to, then resume.",
                exception);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    /// <summary>The training is done: its latest checkpoint is the final one.</summary>
    public void Finish()
    {
        File.Move(PathOf(Latest), PathOf(Final), overwrite: true);
        File.Delete(PathOf(Previous));
    }

    public void Dispose() => _lock.Dispose();

    private FileStream Take()
    {
        try
        {
            Directory.CreateDirectory(_path);
            return new(PathOf(LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"{_path}: no checkpoints can be kept there: {exception.Message.TrimEnd('.')}. The folder must be one that this process "
                + "may write to, and that no other training uses. Choose another folder, or end the other training.",
                exception);
        }
    }
}
