using System.Collections.Concurrent;
using Smml.MLNet.VolumeFiles;

namespace Smml.MLNet;

/// <summary>Reads the files of a case side by side; a file that holds several of its volumes is read once.</summary>
internal static class CaseFiles
{
    /// <summary>Reads volumes.</summary>
    /// <param name="paths">The paths; empty ones and those that name no file are left out.</param>
    /// <param name="orientationSource">See <see cref="LoadVolumesOptions.OrientationSource"/>.</param>
    /// <returns>For each path its volume, or why it cannot be read; both null where there is nothing to read.</returns>
    public static (Volume? Volume, Exception? Error)[] Read(IReadOnlyList<string> paths, OrientationSource? orientationSource)
    {
        (Volume?, Exception?)[] result = new (Volume?, Exception?)[paths.Count];
        IGrouping<string, int>[] files = [.. Enumerable.Range(0, paths.Count)
            .Where(i => paths[i].Length > 0 && File.Exists(VolumePath.Parse(paths[i]).File))
            .GroupBy(i => VolumePath.Parse(paths[i]) is { Index: not null } part ? part.File : paths[i], StringComparer.Ordinal)];
        ConcurrentBag<Exception> unexpected = [];
        Parallel.ForEach(files, file =>
        {
            try
            {
                IReadOnlyList<Volume>? all = file.Skip(1).Any() && VolumePath.Parse(paths[file.First()]).Index is not null
                    ? VolumeFile.ReadAll(file.Key, orientationSource)
                    : null;
                foreach (int i in file)
                {
                    // A number beyond the file's volumes is left to Read, which says so.
                    int? index = VolumePath.Parse(paths[i]).Index;
                    Volume volume = all is not null && index < all.Count
                        ? all[index.Value]
                        : VolumeFile.Read(paths[i], orientationSource);
                    result[i] = (volume, null);
                }
            }
            catch (Exception error)
                when (error is VolumeFormatException or InvalidDataException or IOException or UnauthorizedAccessException)
            {
                foreach (int i in file)
                    result[i] = (null, error);
            }
#pragma warning disable CA1031 // an error of another kind is thrown below as it was, not as an AggregateException
            catch (Exception error)
#pragma warning restore CA1031
            {
                unexpected.Add(error);
            }
        });
        if (unexpected.TryPeek(out Exception? first))
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
        return result;
    }
}
