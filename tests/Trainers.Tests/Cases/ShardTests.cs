using CsCheck;

namespace Smml.MLNet.Tests.Scoring;

public sealed class ShardTests
{
    [Fact]
    public void The_shards_of_a_data_set_are_its_cases_each_once() => Gen.Select(Gen.Int[1, 9], Gen.Int[0, 40]).Sample((count, cases) =>
    {
        int[] taken =
        [
            .. Enumerable.Range(1, count).SelectMany(index => Enumerable.Range(0, cases).Where(new Shard(index, count).Contains)).Order(),
        ];
        Assert.Equal(Enumerable.Range(0, cases), taken);
    });

    [Theory]
    [InlineData("1/1", 1, 1)]
    [InlineData("3/8", 3, 8)]
    public void A_shard_is_read_from_its_text(string text, int index, int count)
    {
        Assert.Equal((index, count), (Shard.Parse(text).Index, Shard.Parse(text).Count));
        Assert.Equal(text, Shard.Parse(text).ToString());
    }

    [Theory]
    [InlineData("0/8")]
    [InlineData("9/8")]
    [InlineData("3")]
    [InlineData("a/b")]
    [InlineData("-1/2")]
    [InlineData("1/2/3")]
    public void Other_text_is_refused(string text) =>
        Assert.Contains("k/n", Assert.Throws<FormatException>(() => Shard.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_place_before_the_first_case_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => Shard.All.Contains(-1));

    [Fact]
    public void The_default_is_all_cases_by_value() => Assert.Equal(Shard.All, default);

    [Fact]
    public void The_default_is_all_cases() =>
        Assert.Equal((1, 1, true), (default(Shard).Index, default(Shard).Count, default(Shard).Contains(5)));

    [Theory]
    [InlineData("2/4", "SLURM_ARRAY_TASK_ID=1", "SLURM_ARRAY_TASK_MIN=0", "SLURM_ARRAY_TASK_MAX=3", "SLURM_ARRAY_TASK_STEP=1")]
    [InlineData("1/4", "SLURM_ARRAY_TASK_ID=1", "SLURM_ARRAY_TASK_MIN=1", "SLURM_ARRAY_TASK_MAX=4")]
    [InlineData("3/3", "SLURM_ARRAY_TASK_ID=9", "SLURM_ARRAY_TASK_MIN=5", "SLURM_ARRAY_TASK_MAX=10", "SLURM_ARRAY_TASK_STEP=2")]
    [InlineData("4/8", "JOB_COMPLETION_INDEX=3", "JOB_COMPLETIONS=8")]
    [InlineData("1/2", "OMPI_COMM_WORLD_RANK=0", "OMPI_COMM_WORLD_SIZE=2")]
    public void Job_arrays_tell_the_shard(string expected, params string[] environment)
    {
        (Shard Shard, string Variable)? found = Shard.FromEnvironment(Read(environment));
        Assert.Equal(expected, found?.Shard.ToString());
        Assert.Equal(environment[0].Split('=')[0], found?.Variable);
    }

    // As env shows them under Slurm 22.05, MPICH 4.0 and Open MPI 4.1; SLURM_NTASKS is set in each of them.
    [Theory]
    // srun -n 2
    [InlineData("2/2 SLURM_PROCID", "SLURM_PROCID=1 SLURM_NTASKS=2 SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=2 SLURM_GTIDS=0,1 "
        + "SLURM_STEP_TASKS_PER_NODE=2 SLURM_NODEID=0")]
    // srun -n 5 on three nodes, the last process
    [InlineData("5/5 SLURM_PROCID", "SLURM_PROCID=4 SLURM_NTASKS=5 SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=5 SLURM_GTIDS=4 "
        + "SLURM_STEP_TASKS_PER_NODE=2(x2),1 SLURM_NODEID=2")]
    // the shell of salloc -n 4 with LaunchParameters=use_interactive_step
    [InlineData("1/1 SLURM_PROCID", "SLURM_PROCID=0 SLURM_NTASKS=4 SLURM_STEP_ID=4294967290 SLURM_STEP_NUM_TASKS=1")]
    // srun --mpi=pmi2 -n 2
    [InlineData("2/2 PMI_RANK", "SLURM_PROCID=1 SLURM_NTASKS=2 SLURM_STEP_ID=4 SLURM_STEP_NUM_TASKS=2 PMI_RANK=1 PMI_SIZE=2")]
    // sbatch --array=1-2 -n 2, without srun and with it
    [InlineData("2/2 SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=2 SLURM_PROCID=0 "
        + "SLURM_NTASKS=2")]
    [InlineData("3/4 SLURM_ARRAY_TASK_ID and SLURM_PROCID", "SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=2 "
        + "SLURM_PROCID=0 SLURM_NTASKS=2 SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=2")]
    [InlineData("6/6 JOB_COMPLETION_INDEX and OMPI_COMM_WORLD_RANK", "JOB_COMPLETION_INDEX=2 JOB_COMPLETIONS=3 OMPI_COMM_WORLD_RANK=1 "
        + "OMPI_COMM_WORLD_SIZE=2")]
    // MPICH by itself
    [InlineData("2/2 PMI_RANK", "PMI_RANK=1 PMI_SIZE=2 MPI_LOCALNRANKS=2 MPI_LOCALRANKID=1")]
    // MPICH and Open MPI in a batch script of two tasks: directly, and through a step of one helper
    [InlineData("2/2 PMI_RANK", "PMI_RANK=1 PMI_SIZE=2 MPI_LOCALNRANKS=2 SLURM_PROCID=0 SLURM_NTASKS=2")]
    [InlineData("2/2 OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_LOCAL_SIZE=2 SLURM_PROCID=0 "
        + "SLURM_NTASKS=2")]
    [InlineData("2/2 PMI_RANK", "PMI_RANK=1 PMI_SIZE=2 MPI_LOCALNRANKS=2 SLURM_PROCID=0 SLURM_NTASKS=2 SLURM_STEP_ID=2 "
        + "SLURM_STEP_NUM_TASKS=1 SLURM_GTIDS=0 SLURM_STEP_TASKS_PER_NODE=1 SLURM_NODEID=0")]
    // over two nodes: a step of one helper per node
    [InlineData("4/4 PMI_RANK", "PMI_RANK=3 PMI_SIZE=4 MPI_LOCALNRANKS=2 SLURM_PROCID=1 SLURM_NTASKS=4 SLURM_STEP_ID=0 "
        + "SLURM_STEP_NUM_TASKS=2")]
    [InlineData("3/4 OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_RANK=2 OMPI_COMM_WORLD_SIZE=4 OMPI_COMM_WORLD_LOCAL_SIZE=2 SLURM_PROCID=1 "
        + "SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=2")]
    public void Launchers_tell_the_shard(string expected, string environment)
    {
        (Shard Shard, string Variable)? found = Shard.FromEnvironment(Read(environment.Split(' ')));
        Assert.Equal(expected, $"{found?.Shard} {found?.Variable}");
    }

    [Theory]
    // a batch script of two tasks, the command of salloc -n 2
    [InlineData("SLURM_PROCID=0 SLURM_NTASKS=2 SLURM_NPROCS=2 SLURM_LOCALID=0 SLURM_GTIDS=0")]
    [InlineData("SLURM_NTASKS=2 SLURM_NPROCS=2")]
    // a batch script of two tasks that was submitted from inside srun -n 2, and so inherits the variables of that step
    [InlineData("SLURM_PROCID=0 SLURM_NTASKS=2 SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=2 SLURM_STEP_TASKS_PER_NODE=2 SLURM_NODEID=0 "
        + "SLURM_GTIDS=0")]
    public void A_batch_script_that_no_launcher_started_does_all_cases(string environment) =>
        Assert.Null(Shard.FromEnvironment(Read(environment.Split(' '))));

    [Theory]
    [InlineData("SLURM_PROCID=0 SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=2 PMI_RANK=1 PMI_SIZE=2", "PMI_RANK=1 of 2", "SLURM_PROCID=0 of 2")]
    [InlineData(
        "SLURM_PROCID=1 SLURM_STEP_ID=0 SLURM_STEP_NUM_TASKS=2 PMI_RANK=2 PMI_SIZE=3 MPI_LOCALNRANKS=3",
        "PMI_RANK=2 of 3",
        "mpirun of its own")]
    [InlineData("OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 PMI_RANK=0 PMI_SIZE=2", "OMPI_COMM_WORLD_RANK=1 of 2", "PMI_RANK=0 of 2")]
    [InlineData(
        "SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_MAX=2 JOB_COMPLETION_INDEX=0 JOB_COMPLETIONS=2",
        "SLURM_ARRAY_TASK_ID",
        "JOB_COMPLETION_INDEX")]
    [InlineData("SLURM_PROCID=1 SLURM_STEP_ID=0", "SLURM_PROCID is '1'", "SLURM_STEP_NUM_TASKS is ''")]
    [InlineData("PMI_RANK=1", "PMI_RANK is '1'", "PMI_SIZE is ''")]
    public void What_contradicts_each_other_is_refused(string environment, params string[] mentions)
    {
        string message = Assert.Throws<FormatException>(() => Shard.FromEnvironment(Read(environment.Split(' ')))).Message;
        Assert.All([.. mentions, "3/8"], mention => Assert.Contains(mention, message, StringComparison.Ordinal));
    }

    // 1,3,7
    [Theory]
    [InlineData("JOB_COMPLETION_INDEX=3")] // of how many?
    [InlineData("OMPI_COMM_WORLD_RANK=2", "OMPI_COMM_WORLD_SIZE=2")]
    [InlineData("SLURM_ARRAY_TASK_ID=x", "SLURM_ARRAY_TASK_MAX=3")]
    [InlineData(
        "SLURM_ARRAY_TASK_ID=3", "SLURM_ARRAY_TASK_MIN=1", "SLURM_ARRAY_TASK_MAX=7", "SLURM_ARRAY_TASK_STEP=1", "SLURM_ARRAY_TASK_COUNT=3")]
    public void What_makes_no_shard_is_an_error_and_not_all_cases(params string[] environment)
    {
        string message = Assert.Throws<FormatException>(() => Shard.FromEnvironment(Read(environment))).Message;
        Assert.Contains(environment[0].Split('=')[0], message, StringComparison.Ordinal);
        Assert.Contains("3/8", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Outside_of_a_job_array_there_is_none() => Assert.Null(Shard.FromEnvironment(_ => null));

    private static Func<string, string?> Read(string[] environment) =>
        name => environment.Select(line => line.Split('=')).FirstOrDefault(pair => pair[0] == name)?[1];
}
