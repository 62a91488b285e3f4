using System.Diagnostics;
using System.Globalization;

namespace Smml.MLNet.Benchmarks;

/// <summary>Reads the same files each time a line comes in, and prints the milliseconds: for comparisons with other programs in turn, see
/// <c>reading/compare.py</c>.</summary>
internal static class ReadServer
{
    /// <summary>Serves until the input ends.</summary>
    /// <param name="files">One file; or several, which are read in parallel.</param>
    public static void Run(string[] files)
    {
        while (Console.In.ReadLine() is not null)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true), start = Stopwatch.GetTimestamp();
            Volume[] volumes = new Volume[files.Length];
            if (files.Length == 1)
                volumes[0] = VolumeFile.Read(files[0]);
            else
                Parallel.For(0, files.Length, i => volumes[i] = VolumeFile.Read(files[i]));
            double elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            double ratio = (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)volumes.Sum(volume => 4L * volume.Voxels.Length);
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{elapsed:0.000} {ratio:0.000}"));
            Console.Out.Flush();
        }
    }
}
