using System.Globalization;

namespace Smml.MLNet.Cases;

/// <summary>Reads from environment variables which part of the cases a process is to do.</summary>
/// <remarks>Two levels: the tasks of a job array (Slurm, Kubernetes), and the processes that a launcher starts inside one task (srun, the
/// mpirun of MPICH and Intel MPI, that of Open MPI). Where both are there, each process does its part of the part of its task.</remarks>
/// <param name="variable">Reads an environment variable.</param>
internal sealed class ShardEnvironment(Func<string, string?> variable)
{
    private const string Remedy = "Name the shard, for example 3/8, or 1/1 for all cases.";

    /// <summary>That of this process.</summary>
    public static ShardEnvironment OfProcess { get; } = new(Environment.GetEnvironmentVariable);

    /// <summary>How many processes a launcher has started with this one, and the variable that says so; null without a launcher, or
    /// if its variables contradict each other.</summary>
    public (int Count, string Variable)? Launched()
    {
        try
        {
            return Process() is { } process ? (process.Count, process.Variable) : null;
        }
        catch (FormatException)
        {
            return null; // it matters to those only who share cases by these variables
        }
    }

    /// <summary>The part, and the variables that named it; null outside of a job array and without a launcher.</summary>
    /// <exception cref="FormatException">Variables are there that make no shard, or that contradict each other.</exception>
    public (Shard Shard, string Variable)? Find()
    {
        Part? array = OnlyOne(SlurmArray(), Kubernetes()), process = Process();
        if (array is null || process is null)
            return (array ?? process) is { } one ? (new(one.Index + 1, one.Count), one.Variable) : null;
        long count = (long)array.Count * process.Count;
        return count <= int.MaxValue
            ? (new((array.Index * process.Count) + process.Index + 1, (int)count), $"{array.Variable} and {process.Variable}")
            : throw new FormatException($"{array} and {process} make {count} parts, expected at most {int.MaxValue}. {Remedy}");
    }

    private static Part? OnlyOne(Part? first, Part? second) => first is null || second is null
        ? first ?? second
        : throw new FormatException($"Both {first} and {second} say which part of the cases this process is to do. {Remedy}");

    // The launchers inside one another: mpirun starts its helpers by srun, so that its processes inherit the variables of that step.
    private Part? Process()
    {
        Part? mpi = Mpi(), step = SlurmStep();
        if (mpi is null || step is null || step.Count == 1 || (mpi.Index, mpi.Count) == (step.Index, step.Count))
            return mpi ?? step;
        // Over several nodes mpirun has fewer processes on each than in all, and a step of one helper per node.
        return mpi.LocalCount < mpi.Count
            ? mpi
            : throw new FormatException(
                $"{mpi} and {step} contradict each other: it is not known whether each of the {step.Count} tasks of srun has started an "
                + $"mpirun of its own. Start the processes by srun or by mpirun, not by both. {Remedy}");
    }

    private Part? Mpi()
    {
        Part? open = Ranks("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_SIZE"),
            others = Ranks("PMI_RANK", "PMI_SIZE", "MPI_LOCALNRANKS");
        return open is not null && others is not null && (open.Index, open.Count) == (others.Index, others.Count)
            ? open
            : OnlyOne(open, others);
    }

    private Part? Ranks(string index, string count, string local) => IsSet(index)
        ? Make(index, Read(index), count, Read(count)) with { LocalCount = Read(local) }
        : null;

    private Part? SlurmArray()
    {
        const string Id = "SLURM_ARRAY_TASK_ID", Last = "SLURM_ARRAY_TASK_MAX";
        if (!IsSet(Id))
            return null;
        int? id = Read(Id),
            first = Read("SLURM_ARRAY_TASK_MIN") ?? 0,
            last = Read(Last),
            step = Math.Max(1, Read("SLURM_ARRAY_TASK_STEP") ?? 1);
        int? count = ((last - first) / step) + 1;
        // 1,3,7 is not: nobody would do the cases between
        bool isRegular = (id - first) % step == 0 && (Read("SLURM_ARRAY_TASK_COUNT") ?? count) == count;
        return Make(Id, isRegular ? (id - first) / step : null, Last, count);
    }

    private Part? Kubernetes() => IsSet("JOB_COMPLETION_INDEX")
        ? Make("JOB_COMPLETION_INDEX", Read("JOB_COMPLETION_INDEX"), "JOB_COMPLETIONS", Read("JOB_COMPLETIONS"))
        : null;

    // A batch script has SLURM_PROCID=0 and SLURM_NTASKS=n too, but is one process: only srun makes a step. SLURM_NTASKS may be that of
    // the job, SLURM_STEP_NUM_TASKS is that of the step.
    private Part? SlurmStep() => IsSet("SLURM_STEP_ID") && IsSet("SLURM_PROCID") && !IsStepOfAnotherJob()
        ? Make("SLURM_PROCID", Read("SLURM_PROCID"), "SLURM_STEP_NUM_TASKS", Read("SLURM_STEP_NUM_TASKS"))
        : null;

    // A job that is submitted from inside a step inherits the variables of that step, but SLURM_GTIDS, the tasks of this node, is its own:
    // one for a batch script.
    private bool IsStepOfAnotherJob() =>
        variable("SLURM_GTIDS") is { Length: > 0 } tasks
        && TasksOfNode(variable("SLURM_STEP_TASKS_PER_NODE") ?? "", Read("SLURM_NODEID") ?? 0) is { } expected
        && tasks.Split(',').Length != expected;

    // 2(x3),1: two tasks on each of the first three nodes, one on the fourth
    private static int? TasksOfNode(string perNode, int node)
    {
        foreach (string group in perNode.Split(','))
        {
            string[] parts = group.Split("(x");
            int? nodes = parts.Length == 1 ? 1 : Number(parts[1].TrimEnd(')'));
            if (node < nodes)
                return Number(parts[0]);
            node -= nodes ?? int.MaxValue;
        }

        return null;
    }

    private bool IsSet(string name) => variable(name) is { Length: > 0 };

    private int? Read(string name) => variable(name) is { } text ? Number(text) : null;

    private Part Make(string indexName, int? index, string countName, int? count) => index >= 0 && count >= 1 && index < count
        ? new(index.Value, count.Value, indexName)
        : throw new FormatException(
            $"{indexName} is '{variable(indexName)}' and {countName} is '{variable(countName)}': "
            + $"they do not say which of how many tasks without gaps this is. {Remedy}");

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;

    /// <summary>One of several parts.</summary>
    /// <param name="Index">Which, counted from 0.</param>
    /// <param name="Count">How many there are.</param>
    /// <param name="Variable">What named it.</param>
    private sealed record Part(int Index, int Count, string Variable)
    {
        /// <summary>How many of them run on this node; null where it is not known.</summary>
        public int? LocalCount { get; init; }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Variable}={Index} of {Count}");
    }
}
