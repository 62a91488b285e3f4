using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;

namespace Smml.MLNet.Training;

/// <summary>A file as memory: its parts are read where they lie, and the system keeps as much
/// of it in memory as there is room for.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor _view;
    private byte* _start;

    /// <summary>Maps a file, which is taken over.</summary>
    public MappedFile(FileStream stream)
    {
        MemoryMappedFile file = MemoryMappedFile.CreateFromFile(
            stream, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        if (OperatingSystem.IsWindows())
            _file = file; // the file is deleted when its last handle is closed
        else
            file.Dispose(); // a mapping outlives its handle, and a process may hold few of those
    }

    /// <summary>A part of the file; it must not be used after <see cref="Dispose"/>.</summary>
    /// <param name="offset">Where it begins, in bytes, a multiple of the size of an element.</param>
    /// <param name="count">How many elements it has.</param>
    public ReadOnlyMemory<T> Part<T>(long offset, int count)
        where T : unmanaged => new Elements<T>(this, offset, count).Memory;

    public void Dispose()
    {
        if (_start is null)
            return;
        _start = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file?.Dispose();
    }

    private sealed class Elements<T>(MappedFile file, long offset, int count) : MemoryManager<T>
        where T : unmanaged
    {
        public override Memory<T> Memory => CreateMemory(count);

        public override Span<T> GetSpan()
        {
            ObjectDisposedException.ThrowIf(file._start is null, file);
            return new(file._start + offset, count);
        }

        public override MemoryHandle Pin(int elementIndex = 0) => new(Unsafe.AsPointer(ref GetSpan()[elementIndex]));

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
