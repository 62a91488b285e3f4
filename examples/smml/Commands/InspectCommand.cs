using System.CommandLine;
using System.Globalization;
using Spectre.Console;

namespace Smml.MLNet.CommandLine.Commands;

/// <summary><c>smml inspect FILE</c>: what a volume file holds.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        Argument<string> file = Arguments.ExistingFile(
            "FILE", "A NIfTI, ANALYZE or MetaImage file (.nii, .nii.gz, .hdr, .mha, .mhd)", "Give a volume file.");
        Option<OrientationSource?> source = Arguments.OrientationSource();
        Option<bool> json = Arguments.Json();
        return new Command("inspect", "Show shape, type, position and intensities of a volume file") { file, source, json }
            .Does((arguments, terminal, _) =>
            {
                Inspection inspection = Inspection.Of(arguments.GetRequiredValue(file), arguments.GetValue(source));
                if (arguments.GetValue(json))
                    terminal.Result(JsonFormat.Write(inspection));
                else
                    Print(inspection, terminal);
                return ExitCode.Done;
            });
    }

    private static void Print(Inspection found, Terminal terminal)
    {
        Grid grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        Row("file", found.File);
        Row("format", found.Format.ToString());
        Row("shape", string.Join(" x ", found.Shape));
        Row("data type", found.DataType);
        Row("spacing", string.Join(" x ", found.Spacing.Select(Number)) + " mm");
        Row("axes", $"{found.AxisCodes} (from {found.Orientation})");
        for (int row = 0; row < 3; row++)
            Row(row == 0 ? "affine" : "", string.Join("  ", found.Affine[row].Select(Number)));
        Row("scaling", $"{Number(found.Slope)} * x + {Number(found.Intercept)}");
        Row("sum", Number(found.Sum));
        Row("min", Number(found.Min));
        Row("max", Number(found.Max));
        Row("non-zero", found.NonZeroVoxels.ToString(CultureInfo.InvariantCulture) + " voxels");
        foreach (string warning in found.Warnings)
            Row("warning", warning);
        terminal.Out.Write(grid);

        void Row(string name, string value) => grid.AddRow(new Text(name), new Text(value));
        static string Number(double value) => (value + 0.0).ToString("0.######", CultureInfo.InvariantCulture);
    }
}
