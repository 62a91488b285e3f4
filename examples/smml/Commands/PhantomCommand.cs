using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Smml.MLNet.Phantom;

namespace Smml.MLNet.CommandLine.Commands;

/// <summary><c>smml phantom DIR</c>: synthetic cases to try everything with.</summary>
internal static class PhantomCommand
{
    public static Command Create()
    {
        Argument<string> folder = new("DIR") { Description = "Where the cases go; made where it does not exist" };
        folder.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } path && File.Exists(path))
                result.AddError($"{path}: this is a file, expected a folder for the cases.");
        });
        Option<long?> cases = Arguments.Whole("--cases", "How many cases (default: 10)", "N", least: 1);
        Option<long?> seed = Arguments.Whole("--seed", "Which cases; sets of different seeds share none (default: 1)", "S", long.MinValue, long.MaxValue);
        Option<VolumeShape?> shape = new("--shape") { Description = "Voxels along each axis, for example 240x240x155 (default: 40x48x40)", CustomParser = Arguments.ParseShape, HelpName = "XxYxZ" };
        Option<double?> spacing = Arguments.Decimal("--spacing", "Millimetres a voxel (default: 3.8)", "MM");
        Option<ModalitySet> drop = Arguments.Drop();
        Option<LabelConvention> layout = new("--layout")
        {
            Description = "File names and label values of which BraTS year: 2018 or 2023",
            DefaultValueFactory = _ => LabelConvention.BraTS2018,
            CustomParser = result => Arguments.Parse(result, ParseLayout)!,
            HelpName = "2018|2023",
        };
        return new Command("phantom", "Make synthetic cases: no patient's data, for tests and first steps") { folder, cases, seed, shape, spacing, drop, layout }.Does((arguments, terminal, cancellation) =>
        {
            string target = arguments.GetRequiredValue(folder);
            double side = arguments.GetValue(spacing) ?? PhantomOptions.Small.Spacing.X;
            PhantomOptions options = new() { Shape = arguments.GetValue(shape) ?? PhantomOptions.Small.Shape, Spacing = (side, side, side), Labels = arguments.GetRequiredValue(layout) };
            Check(options);
            int count = (int)(arguments.GetValue(cases) ?? 10);
            ModalitySet missing = arguments.GetValue(drop);
            long start = Stopwatch.GetTimestamp();
            IReadOnlyList<BraTSCase> written = ProgressDisplay.Run(terminal, "making phantoms", report => PhantomDataset.Write(
                target, count, arguments.GetValue(seed) ?? 1, options, _ => missing,
                new Immediate<int>(done => report((double)done / count, $"case {done} of {count}", ProgressDisplay.Remaining((double)done / count, Stopwatch.GetElapsedTime(start)))), cancellation));
            terminal.Result(string.Create(CultureInfo.InvariantCulture, $"{written.Count} cases in {target} ({options.Shape}, {side:0.###} mm, {options.Labels})"));
            return ExitCode.Done;
        });
    }

    private static LabelConvention ParseLayout(string text) => text switch
    {
        "2018" => LabelConvention.BraTS2018,
        "2023" => LabelConvention.BraTS2023,
        _ => throw new FormatException($"--layout is '{text}', expected 2018 or 2023."),
    };

    private static void Check(PhantomOptions options)
    {
        try
        {
            options.Validate();
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(exception.Message);
        }
    }
}
