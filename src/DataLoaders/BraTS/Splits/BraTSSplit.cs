using System.Reflection;
using System.Text.RegularExpressions;

namespace Smml.MLNet;

/// <summary>Which cases are for training, validation and test: the lists of the literature, or drawn by a seed.</summary>
/// <remarks>
/// <para>BraTS 2018: rebuilt from the lists that UNET-MFI publishes (three folds; <c>Brats18_CBICA_BHM_1</c>, which they lack, is in the
/// training part) and m3ae (folds 2 and 3, identical). The three "folds" are random draws, not a partition: their test sets overlap in 14
/// (1 and 2), 9 (1 and 3) and 14 (2 and 3) cases. SMML's code uses fold 1 by default, RFNet's fold 3.</para>
/// <para>BraTS 2020: the lists that M2FTrans publishes, less the prefix of the grade (<c>HG_</c>, <c>LG_</c>). No list was found for the
/// 242, 12 and 20 cases of BraTS 2015 in the papers.</para>
/// </remarks>
public sealed partial class BraTSSplit
{
    private BraTSSplit(string name, IReadOnlyList<string> train, IReadOnlyList<string> validation, IReadOnlyList<string> test)
    {
        Name = name;
        Train = train;
        Validation = validation;
        Test = test;
    }

    /// <summary>What the split is, for reports: <c>2018:1</c>, <c>2020</c> or <c>random:7</c>.</summary>
    public string Name { get; }

    /// <summary>The names of the training cases.</summary>
    public IReadOnlyList<string> Train { get; }

    /// <summary>The names of the validation cases.</summary>
    public IReadOnlyList<string> Validation { get; }

    /// <summary>The names of the test cases.</summary>
    public IReadOnlyList<string> Test { get; }

    /// <summary>One of the three splits of the 285 training cases of BraTS 2018: 199, 29 and 57 cases.</summary>
    /// <param name="fold">1, 2 or 3.</param>
    public static BraTSSplit BraTS2018(int fold)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(fold, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(fold, 3);
        return Published(FormattableString.Invariant($"2018:{fold}"), part => FormattableString.Invariant($"brats2018_{part}{fold}"));
    }

    /// <summary>The split of the 369 training cases of BraTS 2020: 219, 50 and 100 cases.</summary>
    public static BraTSSplit BraTS2020() => Published("2020", part => $"brats2020_{part}");

    /// <summary>Draws a split: the same cases, fractions and seed give the same split, in whatever order the cases come.</summary>
    /// <remarks>Patients are drawn, not cases: <c>BraTS-GLI-00005-100</c> and <c>-101</c> are one patient,
    /// and so are <c>brats_tcia_pat118_0001</c> and <c>_0002</c>. Where cases have a
    /// <see cref="BraTSCase.Grade"/>, each grade is split by itself.</remarks>
    /// <param name="cases">The cases; their names must differ.</param>
    /// <param name="seed">Which split.</param>
    /// <param name="validationFraction">The share of the patients for validation, 0 to 1; default 0.1.</param>
    /// <param name="testFraction">The share of the patients for test, 0 to 1, with the other at most 1; default 0.2.</param>
    /// <exception cref="ArgumentException">A fraction is out of range, or two cases have one name.</exception>
    public static BraTSSplit Random(IEnumerable<BraTSCase> cases, long seed, double validationFraction = 0.1, double testFraction = 0.2)
    {
        ArgumentNullException.ThrowIfNull(cases);
        if (!(validationFraction >= 0 && testFraction >= 0 && validationFraction + testFraction <= 1))
            throw new ArgumentException(
                FormattableString.Invariant(
                    $"The fractions are {validationFraction} and {testFraction}, expected each from 0 and together at most 1."),
                nameof(testFraction));
        BraTSCase[] sorted = [.. cases.OrderBy(item => item.CaseId, StringComparer.Ordinal)];
        if (sorted.Zip(sorted.Skip(1)).FirstOrDefault(pair => pair.First.CaseId == pair.Second.CaseId) is { First: { } twice })
            throw new ArgumentException($"Two cases are named {twice.CaseId}, expected a name of its own for each.", nameof(cases));

        List<string> train = [], validation = [], test = [];
        IGrouping<string, BraTSCase>[] everyone = [.. sorted.GroupBy(item => PatientOf(item.CaseId), StringComparer.Ordinal)];
        IEnumerable<IGrouping<string, BraTSCase>[]> grades = everyone
            .GroupBy(patient => patient.First().Grade, StringComparer.Ordinal)
            .OrderBy(grade => grade.Key, StringComparer.Ordinal)
            .Select(grade => grade.ToArray());
        foreach ((int number, IGrouping<string, BraTSCase>[] patients) in grades.Index())
        {
            SplitMix64.ForKey(seed, number).Shuffle(patients.AsSpan());
            int toValidate = (int)Math.Round(validationFraction * patients.Length),
                toTest = Math.Min((int)Math.Round(testFraction * patients.Length), patients.Length - toValidate);
            for (int i = 0; i < patients.Length; i++)
                (i < toValidate ? validation : i < toValidate + toTest ? test : train).AddRange(patients[i].Select(item => item.CaseId));
        }

        foreach (List<string> part in new[] { train, validation, test })
            part.Sort(StringComparer.Ordinal);
        return new(FormattableString.Invariant($"random:{seed}"), train, validation, test);
    }

    /// <summary>Takes the cases of each part; cases that the split does not name are left out.</summary>
    /// <param name="cases">The cases of a folder or a manifest.</param>
    /// <param name="allowMissing">Whether names without a case are passed over, for a folder that holds only some of the data set.</param>
    /// <returns>The cases of the three parts, each in the order of its list.</returns>
    /// <exception cref="InvalidDataException">The split names cases that are not there: any without
    /// <paramref name="allowMissing"/>, all of them with it.</exception>
    public BraTSSplitCases Apply(IEnumerable<BraTSCase> cases, bool allowMissing = false)
    {
        ArgumentNullException.ThrowIfNull(cases);
        Dictionary<string, BraTSCase> byName = [];
        foreach (BraTSCase item in cases)
        {
            if (!byName.TryAdd(item.CaseId, item))
                throw new InvalidDataException($"Two cases are named {item.CaseId}, expected a name of its own for each.");
        }

        string[] all = [.. Train, .. Validation, .. Test], missing = [.. all.Where(name => !byName.ContainsKey(name))];
        if (missing.Length > 0 && (!allowMissing || missing.Length == all.Length))
        {
            throw new InvalidDataException(
                $"The split {Name} names {all.Length} cases, of which {missing.Length} are not among the {byName.Count} given "
                + $"({string.Join(", ", missing.Take(5))}{(missing.Length > 5 ? ", ..." : "")}). "
                + (missing.Length == all.Length
                    ? "It belongs to another data set: choose the split of this one, or a random one."
                    : "Complete the data set, or allow missing cases; the numbers then are not those of the literature."));
        }

        BraTSCase[] Take(IReadOnlyList<string> names) => [.. names.Where(byName.ContainsKey).Select(name => byName[name])];
        return new(Take(Train), Take(Validation), Take(Test));
    }

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"{Name}: {Train.Count} training, {Validation.Count} validation, {Test.Count} test cases");

    private static BraTSSplit Published(string name, Func<string, string> listOf) =>
        new(name, ReadList(listOf("train")), ReadList(listOf("val")), ReadList(listOf("test")));

    private static string[] ReadList(string list)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Smml.MLNet.Splits.{list}.txt")!;
        using StreamReader reader = new(stream);
        return
        [
            .. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(WithoutGrade),
        ];
    }

    private static string PatientOf(string caseId) =>
        TimePoint().Match(caseId) is { Success: true } match ? match.Groups["patient"].Value : caseId;

    private static string WithoutGrade(string name) =>
        name.StartsWith("HG_", StringComparison.Ordinal) || name.StartsWith("LG_", StringComparison.Ordinal) ? name[3..] : name;

    [GeneratedRegex(
        "^(?<patient>brats_(2013|tcia)_pat[0-9]+)_[0-9]+$|^(?<patient>BraTS-[a-z]+-[0-9]+)-[0-9]{3}$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex TimePoint();
}
