using System.Globalization;
using Smml.MLNet.Cases;

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

    /// <summary>What a job array or a launcher tells its processes.</summary>
    /// <param name="variable">Reads an environment variable; null takes those of the process.</param>
    /// <returns>The part and the variable that named it, or both variables where there are two levels; null outside of a job array and
    /// without a launcher.</returns>
    /// <remarks>Job arrays: Slurm (SLURM_ARRAY_TASK_ID, _MIN, _MAX, _STEP, _COUNT), Kubernetes' indexed jobs (JOB_COMPLETION_INDEX, whose
    /// number of tasks must be in JOB_COMPLETIONS, which Kubernetes does not set by itself). Launchers: srun (SLURM_PROCID of
    /// SLURM_STEP_NUM_TASKS; a batch script outside of srun is one process and does all cases), the mpirun of MPICH and Intel MPI (PMI_RANK
    /// of PMI_SIZE), that of Open MPI (OMPI_COMM_WORLD_RANK of _SIZE). A launcher inside a task of an array shares the cases of that task:
    /// the second of 2 processes in the first of 3 tasks does part 2/6.</remarks>
    /// <exception cref="FormatException">A variable is there, but with what others say it makes no shard.</exception>
    public static (Shard Shard, string Variable)? FromEnvironment(Func<string, string?>? variable = null) =>
        new ShardEnvironment(variable ?? Environment.GetEnvironmentVariable).Find();

    /// <summary>For example <c>3/8</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;
}
