using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Smml.MLNet.CommandLine;

/// <summary>Arguments and options that several commands share.</summary>
internal static class Arguments
{
    public static Argument<string> Model() =>
        ExistingFile("MODEL", "The model that 'train' saved (.zip)", "Give the zip that 'smml train' wrote.");

    /// <summary>The model file that a command writes.</summary>
    public static Option<string> ModelToWrite()
    {
        Option<string> target = new("--out") { Description = "The model file to write (.zip)", Required = true, HelpName = "MODEL" };
        target.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } path && (path.Length == 0 || Directory.Exists(path)))
                result.AddError($"--out is '{path}', a folder; expected the name of a file such as model.zip.");
            else if (result.GetValueOrDefault<string>() is { } other && !ModelFile.MayReplace(other))
                result.AddError($"--out is '{other}', a file that is no model; it is not replaced. Name another file such as model.zip.");
        });
        return target;
    }

    /// <summary>A method; null where the option is absent.</summary>
    public static Option<SegmentationMethod?> Method(string description) => new("--method")
    {
        Description = description,
        HelpName = string.Join('|', SegmentationMethods.All.Select(method => method.Name.Key)),
        CustomParser = result => Parse<SegmentationMethod?>(result, SegmentationMethods.Parse),
    };

    public static Argument<string> Cases() => ExistingFolder("DIR", "The folder that holds the cases, at any depth");

    public static Argument<string> ExistingFile(string name, string description, string remedy)
    {
        Argument<string> argument = new(name) { Description = description };
        argument.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } path && !File.Exists(path))
                result.AddError(Directory.Exists(path)
                    ? $"{path}: this is a folder, expected a file. {remedy}"
                    : $"{path}: there is no such file. {remedy}");
        });
        return argument;
    }

    public static Argument<string> ExistingFolder(string name, string description)
    {
        Argument<string> argument = new(name) { Description = description };
        argument.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } path && !Directory.Exists(path))
                result.AddError(File.Exists(path)
                    ? $"{path}: this is a file, expected a folder of cases."
                    : $"{path}: there is no such folder. Give the folder that holds the cases.");
        });
        return argument;
    }

    public static Option<bool> Json() => new("--json") { Description = "Print JSON and nothing else" };

    public static Option<long?> Gpu() => Whole("--gpu", "Compute on this CUDA device (0 is the first); without it on the CPU", "ID");

    public static Option<ModalitySet> Drop() => new("--drop")
    {
        Description = "Leave scans out, for example t1ce or flair,t2",
        HelpName = "SCANS",
        CustomParser = result => Parse(
            result,
            ModalitySet.Parse,
            set => set == ModalitySet.All ? "--drop names all four scans, expected at most three: a case needs one." : null),
    };

    /// <summary>A whole number; null where the option is absent.</summary>
    public static Option<long?> Whole(string name, string description, string helpName, long least = 0, long most = int.MaxValue) =>
        new(name)
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result => Parse<long?>(
                result,
                text => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
                    && value >= least
                    && value <= most
                    ? value
                    : throw new FormatException($"{name} is '{text}', expected a whole number from {least} to {most}.")),
        };

    /// <summary>A number with a decimal point; null where the option is absent.</summary>
    public static Option<double?> Decimal(string name, string description, string helpName) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = result =>
            Parse<double?>(result, text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                ? value
                : throw new FormatException($"{name} is '{text}', expected a number such as 0.5.")),
    };

    /// <summary>Names of cases, separated by commas; empty where the option is absent.</summary>
    public static Option<string[]?> CaseList(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "A,B",
        AllowMultipleArgumentsPerToken = true,
        CustomParser = result =>
        [
            .. result.Tokens.SelectMany(
                token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)),
        ],
    };

    public static Option<SplitChoice?> Split(string part) => new("--split")
    {
        Description =
            $"Take the {part} part of a split: 2018:1, 2018:2, 2018:3, 2020, or random:SEED (70 % training, 10 % validation, 20 % test)",
        HelpName = "SPLIT",
        CustomParser = result => Parse(result, SplitChoice.Parse),
    };

    public static Option<bool> SplitPartial() =>
        new("--split-partial") { Description = "Pass over cases of the split that DIR does not hold" };

    public static Option<LabelConvention?> Labels() => new("--labels")
    {
        Description = "What label values mean, where the names of files do not tell",
        HelpName = string.Join('|', LabelConvention.Known),
        CustomParser = result =>
            Parse(result, text => LabelConvention.Known.FirstOrDefault(known => known.Name.Equals(text, StringComparison.OrdinalIgnoreCase))
                ?? throw new FormatException($"--labels is '{text}', expected one of {string.Join(", ", LabelConvention.Known)}.")),
    };

    /// <summary>Which position of a NIfTI file counts.</summary>
    public static Option<OrientationSource?> OrientationSource() => OneOf(
        "--orientation-source",
        "Place NIfTI files by their sform or by their qform (default: by the sform; files in which the two contradict each other are "
            + "refused)",
        ("sform", Smml.MLNet.OrientationSource.Sform),
        ("qform", Smml.MLNet.OrientationSource.Qform));

    /// <summary>Millimetres a voxel: one number, or three such as 1x1x3.</summary>
    public static (double X, double Y, double Z)? ParseSpacing(ArgumentResult result) => Parse<(double, double, double)?>(result, text =>
    {
        double[] sides = [.. text.Split('x', ',')
            .Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double side) ? side : double.NaN)];
        return sides switch
        {
            [> 0] => (sides[0], sides[0], sides[0]),
            [> 0, > 0, > 0] => (sides[0], sides[1], sides[2]),
            _ => throw new FormatException(
                $"'{text}' is not a spacing. Expected one number of millimetres above 0, or three, for example 3.8 or 1x1x3."),
        };
    });

    /// <summary>One of several words; upper and lower case do not matter.</summary>
    public static Option<T?> OneOf<T>(string name, string description, params (string Word, T Value)[] words)
        where T : struct => new(name)
        {
            Description = description,
            HelpName = string.Join('|', words.Select(one => one.Word)),
            CustomParser = result => Parse<T?>(result, text =>
            {
                int at = Array.FindIndex(words, one => one.Word.Equals(text, StringComparison.OrdinalIgnoreCase));
                return at >= 0
                    ? words[at].Value
                    : throw new FormatException($"{name} is '{text}', expected one of {string.Join(", ", words.Select(one => one.Word))}.");
            }),
        };

    /// <summary>Three whole numbers such as 40x48x40.</summary>
    public static VolumeShape? ParseShape(ArgumentResult result) => Parse<VolumeShape?>(result, text =>
    {
        string[] parts = text.Split('x', ',');
        int[] sides =
        [
            .. parts.Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int side) ? side : 0),
        ];
        return sides.Length == 3 && sides.All(side => side > 0)
            ? new(sides[0], sides[1], sides[2])
            : throw new FormatException($"'{text}' is not a shape. Expected three whole numbers above 0, for example 40x48x40.");
    });

    /// <summary>Parses one token; what is wrong becomes an error of the command line.</summary>
    public static T? Parse<T>(ArgumentResult result, Func<string, T> parse, Func<T, string?>? check = null)
    {
        try
        {
            T value = parse(string.Join(',', result.Tokens.Select(token => token.Value)));
            if (check?.Invoke(value) is { } error)
                result.AddError(error);
            return value;
        }
        catch (FormatException exception)
        {
            result.AddError(exception.Message);
            return default;
        }
    }
}
