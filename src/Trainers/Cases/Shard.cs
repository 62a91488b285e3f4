using System.Globalization;

namespace Smml.MLNet;

/// <summary>A part of the cases, for one of several processes that share the work: every
/// <see cref="Count"/>th case, in the order of the data.</summary>
public readonly record struct Shard
{
    private readonly int _before, _others; // index - 1 and count - 1, so that the default value is all cases

    /// <summary>Makes a part.</summary>
    /// <param name="index">Which part, 1 to <paramref name="count"/>.</param>
    /// <param name="count">How many parts there are, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public Shard(int index, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (index < 1 || index > count)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"A shard of {count} is one from 1 to {count}.");
        (_before, _others) = (index - 1, count - 1);
    }

    /// <summary>All cases; also the default value.</summary>
    public static Shard All { get; } = new(1, 1);

    /// <summary>Which part, counted from 1.</summary>
    public int Index => _before + 1;

    /// <summary>How many parts there are.</summary>
    public int Count => _others + 1;

    /// <summary>Whether the part has the case at a place of the data.</summary>
    /// <param name="position">Counted from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The place is negative.</exception>
    public bool Contains(int position)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        return position % Count == _before;
    }

    /// <summary>Reads <c>3/8</c>: the third of eight.</summary>
    /// <exception cref="FormatException">The text is something else.</exception>
    public static Shard Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split('/');
        return parts.Length == 2 && Number(parts[0]) is { } index && Number(parts[1]) is { } count && index >= 1 && index <= count
            ? new(index, count)
            : throw new FormatException(
                $"'{text}' is not a shard. Expected k/n with k from 1 to n, for example 3/8 for the third of eight.");
    }

    /// <summary>What a job array tells its tasks: Slurm (SLURM_ARRAY_TASK_ID, _MIN, _MAX, _STEP, _COUNT), Kubernetes' indexed jobs
    /// (JOB_COMPLETION_INDEX, whose number of tasks must be in JOB_COMPLETIONS, which Kubernetes does not set by itself), Open MPI
    /// (OMPI_COMM_WORLD_RANK and _SIZE).</summary>
    /// <param name="variable">Reads an environment variable; null takes those of the process.</param>
    /// <returns>The part and the variable that named it; null outside of a job array.</returns>
    /// <exception cref="FormatException">A variable is there, but with what others say it makes no shard.</exception>
    public static (Shard Shard, string Variable)? FromEnvironment(Func<string, string?>? variable = null)
    {
        variable ??= Environment.GetEnvironmentVariable;
        if (variable("SLURM_ARRAY_TASK_ID") is { Length: > 0 })
        {
            int? id = Read("SLURM_ARRAY_TASK_ID"),
                first = Read("SLURM_ARRAY_TASK_MIN") ?? 0,
                last = Read("SLURM_ARRAY_TASK_MAX"),
                step = Math.Max(1, Read("SLURM_ARRAY_TASK_STEP") ?? 1);
            int? count = ((last - first) / step) + 1;
            // 1,3,7 is not: nobody would do the cases between
            bool isRegular = (id - first) % step == 0 && (Read("SLURM_ARRAY_TASK_COUNT") ?? count) == count;
            return (
                Make("SLURM_ARRAY_TASK_ID", isRegular ? (id - first) / step : null, "SLURM_ARRAY_TASK_MAX", count), "SLURM_ARRAY_TASK_ID");
        }

        if (variable("JOB_COMPLETION_INDEX") is { Length: > 0 })
            return (
                Make("JOB_COMPLETION_INDEX", Read("JOB_COMPLETION_INDEX"), "JOB_COMPLETIONS", Read("JOB_COMPLETIONS")),
                "JOB_COMPLETION_INDEX");
        if (variable("OMPI_COMM_WORLD_RANK") is { Length: > 0 })
            return (
                Make("OMPI_COMM_WORLD_RANK", Read("OMPI_COMM_WORLD_RANK"), "OMPI_COMM_WORLD_SIZE", Read("OMPI_COMM_WORLD_SIZE")),
                "OMPI_COMM_WORLD_RANK");
        return null;

        int? Read(string name) => variable(name) is { } text ? Number(text) : null;

        Shard Make(string indexName, int? index, string countName, int? count) => index >= 0 && count >= 1 && index < count
            ? new(index.Value + 1, count.Value)
            : throw new FormatException(
                $"{indexName} is '{variable(indexName)}' and {countName} is '{variable(countName)}': "
                + "they do not say which of how many tasks without gaps this is. Name the shard, for example 3/8, or 1/1 for all cases.");
    }

    /// <summary>For example <c>3/8</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;
}
