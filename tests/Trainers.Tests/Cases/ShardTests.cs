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
