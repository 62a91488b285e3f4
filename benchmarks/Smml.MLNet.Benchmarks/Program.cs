using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Smml.MLNet.Benchmarks.Scoring;
using Smml.MLNet.Benchmarks.TrainingSteps;

namespace Smml.MLNet.Benchmarks;

/// <summary>Runs the benchmarks that the arguments choose, see README.md.</summary>
internal static class Program
{
    public static void Main(string[] args)
    {
        if (args is ["serve-read", .. string[] files])
            ReadServer.Run(files);
        else if (args is ["sam-encoder", string checkpoint, string paddedEncoder])
            SamMed3DComparison.CompareEncoders(checkpoint, paddedEncoder, rounds: 5);
        else if (args is ["sam-cues", string weights, string folder])
            SamMed3DComparison.MakeCues(weights, folder);
        else if (args is ["zip", string path, .. string[] more])
            PaperSizeZip.Run(path, onlyLoad: more is ["--load"]);
        else if (args is ["metrics", string repeats])
            MetricTimes.Run(int.Parse(repeats, CultureInfo.InvariantCulture));
        else if (args is ["step", string size, string batch, string threads, string rounds])
            StepComparison.Run(
                size,
                int.Parse(batch, CultureInfo.InvariantCulture),
                int.Parse(threads, CultureInfo.InvariantCulture),
                int.Parse(rounds, CultureInfo.InvariantCulture));
        else if (args is ["step-curve", string steps])
            StepCurve.Run(int.Parse(steps, CultureInfo.InvariantCulture));
        else if (args is ["step-memory", string mode, string what, string many, string on, string times])
            StepComparison.Loop(
                mode,
                what,
                int.Parse(many, CultureInfo.InvariantCulture),
                int.Parse(on, CultureInfo.InvariantCulture),
                int.Parse(times, CultureInfo.InvariantCulture));
        else if (args is ["subsets", string window, string side, string cores, string turns])
            SubsetComparison.Run(
                int.Parse(window, CultureInfo.InvariantCulture),
                int.Parse(side, CultureInfo.InvariantCulture),
                int.Parse(cores, CultureInfo.InvariantCulture),
                int.Parse(turns, CultureInfo.InvariantCulture));
        else if (args is ["uncertainty", string zip, string cases])
            UncertaintyStudy.Run(zip, cases);
        else
            BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly)
                .Run(args, DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)));
        // In this process: a generated project would have to find the native libraries again.
    }
}
