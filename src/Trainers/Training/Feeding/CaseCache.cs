using System.Runtime.InteropServices;

namespace Smml.MLNet.Training;

/// <summary>Cases on disk, a file each: the voxels as they are in memory, scans, then classes, then cue maps.</summary>
/// <remarks>The files are those of one training in one process. On Unix a file loses its name as soon as it is open, on Windows it is
/// marked to be deleted when it is closed: however the process ends, no voxel stays behind, and two trainings never meet.</remarks>
internal sealed class CaseCache : IDisposable
{
    private readonly List<MappedFile> _files = [];

    /// <summary>Takes a folder.</summary>
    /// <param name="folder">Made where it is not there; null stands for the system's folder for temporary files.</param>
    /// <exception cref="IOException">No file can be made in the folder that was named.</exception>
    public CaseCache(string? folder)
    {
        Folder = Path.GetFullPath(folder ?? Path.GetTempPath());
        if (folder is not null)
            Create(0).Dispose(); // before hours of reading
    }

    public string Folder { get; }

    /// <summary>How many cases are kept.</summary>
    public int Count => _files.Count;

    /// <summary>The bytes of all of them.</summary>
    public long Bytes { get; private set; }

    /// <summary>Writes a case and gives it back as one whose voxels lie in the file.</summary>
    /// <exception cref="IOException">The file could not be written.</exception>
    public TrainingCase Keep(TrainingCase one)
    {
        FileStream stream = Create(one.Bytes);
        try
        {
            foreach (TrainingCase.Scan scan in one.Scans.OfType<TrainingCase.Scan>())
                stream.Write(MemoryMarshal.AsBytes(scan.Voxels.Span));
            stream.Write(one.Classes.Span);
            foreach (ReadOnlyMemory<byte> map in one.Cues ?? [])
                stream.Write(map.Span);
            stream.Flush();
        }
        catch (Exception exception)
        {
            stream.Dispose();
            if (exception is IOException)
                throw Failure(one.Bytes, exception);
            throw;
        }

        MappedFile file = new(stream);
        _files.Add(file);
        Bytes += one.Bytes;
        long offset = 0;
        return new()
        {
            Name = one.Name,
            Shape = one.Shape,
            Frame = one.Frame,
            Convention = one.Convention,
            Scans =
            [
                .. one.Scans.Select(scan => scan is null ? null : new TrainingCase.Scan(Next<float>(scan.Voxels.Length), scan.Background)),
            ],
            Classes = Next<byte>(one.Classes.Length),
            Cues = one.Cues is null ? null : [.. one.Cues.Select(map => Next<byte>(map.Length))],
        };

        ReadOnlyMemory<T> Next<T>(int count)
            where T : unmanaged
        {
            if (count == 0)
                return default;
            ReadOnlyMemory<T> part = file.Part<T>(offset, count);
            offset += count * (long)Marshal.SizeOf<T>();
            return part;
        }
    }

    public void Dispose()
    {
        foreach (MappedFile file in _files)
            file.Dispose();
        _files.Clear();
    }

    private FileStream Create(long bytes)
    {
        try
        {
            Directory.CreateDirectory(Folder);
            string path = Path.Combine(Folder, $"smml-case-{Guid.NewGuid():N}.tmp");
            FileStreamOptions options = new()
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                PreallocationSize = bytes,
            };
            if (OperatingSystem.IsWindows())
            {
                options.Options = FileOptions.DeleteOnClose;
                return new(path, options);
            }

            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            FileStream stream = new(path, options);
            File.Delete(path);
            return stream;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failure(bytes, exception);
        }
    }

    private IOException Failure(long bytes, Exception exception)
    {
        string what = bytes == 0
            ? "preprocessed cases cannot be kept there"
            : $"case {Count + 1} on disk could not be written, {bytes} bytes are needed for it after {Bytes} for those before";
        return new(
            $"{Folder}: {what}: {exception.Message.TrimEnd('.')}. Make room, name a folder with room that this process may write to "
            + "(CaseOptions.CacheFolder), or raise CaseOptions.Memory if the machine has it.",
            exception);
    }
}
