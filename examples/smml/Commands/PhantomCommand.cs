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
        Option<long?> seed = Arguments.Whole(
            "--seed", "Which cases; sets of different seeds share none (default: 1)", "S", long.MinValue, long.MaxValue);
        Option<VolumeShape?> shape = new("--shape")
        {
            Description = "Voxels along each axis, for example 240x240x155 (default: 40x48x40)",
            CustomParser = Arguments.ParseShape,
            HelpName = "XxYxZ",
        };
        Option<(double X, double Y, double Z)?> spacing = new("--spacing")
        {
            Description = "Millimetres a voxel, for example 1 or 1x1x3 (default: 3.8)",
            CustomParser = Arguments.ParseSpacing,
            HelpName = "MM",
        };
        Option<ModalitySet> drop = Arguments.Drop();
        Option<PhantomLayout?> layout = Arguments.OneOf(
            "--layout", "File names and label values of which data set (default: plain)",
            ("plain", PhantomLayout.Plain),
            ("2018", PhantomLayout.BraTS2018),
            ("2020", PhantomLayout.BraTS2020),
            ("2021", PhantomLayout.BraTS2021),
            ("2023", PhantomLayout.BraTS2023),
            ("2024", PhantomLayout.BraTS2024),
            ("msd", PhantomLayout.MsdTask01));
        Option<VoxelType?> type = Arguments.OneOf(
            "--type",
            "How scans are stored (default: int16)",
            ("int16", VoxelType.Int16),
            ("float32", VoxelType.Float32),
            ("uint8", VoxelType.UInt8));
        Option<bool> plain = new("--uncompressed") { Description = "Write .nii instead of .nii.gz" };
        Option<string?> orientation = new("--orientation")
        {
            Description = "Where the index axes point, for example RAS or ASL (default: LPS)",
            HelpName = "AXES",
        };
        Option<double?> tilt = Arguments.Decimal("--tilt", "Tilt of the grid in degrees, for an oblique scan (default: 0)", "DEG");
        return new Command("phantom", "Make synthetic cases: no patient's data, for tests and first steps")
        {
            folder, cases, seed, shape, spacing, drop, layout, type, plain, orientation, tilt,
        }.Does((arguments, terminal, cancellation) =>
        {
            string target = arguments.GetRequiredValue(folder);
            PhantomOptions options = new()
            {
                Shape = arguments.GetValue(shape) ?? PhantomOptions.Small.Shape,
                Spacing = arguments.GetValue(spacing) ?? PhantomOptions.Small.Spacing,
                Layout = arguments.GetValue(layout) ?? PhantomLayout.Plain,
                ImageType = arguments.GetValue(type) ?? VoxelType.Int16,
                Compress = !arguments.GetValue(plain),
                Orientation = arguments.GetValue(orientation)?.ToUpperInvariant() ?? "LPS",
                Tilt = arguments.GetValue(tilt) ?? 0,
            };
            Check(options);
            if (options.Layout == PhantomLayout.MsdTask01 && arguments.GetValue(drop) != ModalitySet.None)
                throw new UsageException(
                    "--drop is given with --layout msd, which keeps the four scans in one file. Choose another layout.");
            int count = (int)(arguments.GetValue(cases) ?? 10);
            ModalitySet missing = arguments.GetValue(drop);
            long start = Stopwatch.GetTimestamp();
            IReadOnlyList<BraTSCase> written = ProgressDisplay.Run(terminal, "making phantoms", report => PhantomDataset.Write(
                target, count, arguments.GetValue(seed) ?? 1, options, _ => missing,
                new Immediate<int>(done => report(
                    (double)done / count,
                    $"case {done} of {count}",
                    ProgressDisplay.Remaining((double)done / count, Stopwatch.GetElapsedTime(start)))),
                cancellation));
            terminal.Result(string.Create(
                CultureInfo.InvariantCulture,
                $"{written.Count} cases in {target} ({options.Shape}, {Millimetres(options.Spacing)} mm, {options.Labels})"));
            return ExitCode.Done;
        });
    }

    private static string Millimetres((double X, double Y, double Z) spacing) => string.Join(
        'x',
        (spacing.X == spacing.Y && spacing.X == spacing.Z ? new[] { spacing.X } : [spacing.X, spacing.Y, spacing.Z])
            .Select(side => side.ToString("0.###", CultureInfo.InvariantCulture)));

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
