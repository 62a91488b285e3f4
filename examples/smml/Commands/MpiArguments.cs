using System.CommandLine;

namespace Smml.MLNet.CommandLine.Commands;

/// <summary>The options for training with the processes that <c>mpirun</c> or <c>srun</c> started.</summary>
internal sealed class MpiArguments
{
    private static readonly string[] s_launchers = ["OMPI_", "PMI_", "SLURM_PROCID"];

    private readonly Option<bool> _mpi = new("--mpi")
    {
        Description = "Under mpirun -np 2 or srun -n 2: train one model with all processes, each a branch of SMML; the same weights",
    };

    private readonly Option<string?> _library = new("--mpi-library")
    {
        Description = "With --mpi: the file of the MPI library (default: that of the launcher, as the loader finds it)",
        HelpName = "FILE",
    };

    public IEnumerable<Option> All => [_mpi, _library];

    /// <summary>How training is spread, null if it is not. Processes but the first one are quiet from here on.</summary>
    /// <exception cref="UsageException">Several processes were started, and it is not said what for.</exception>
    public DistributionOptions? Read(ParseResult arguments, Terminal terminal)
    {
        if (!arguments.GetValue(_mpi) && arguments.GetValue(_library) is not null)
            throw new UsageException("--mpi-library needs --mpi.");
        if (Shard.FromEnvironment() is { Shard: { Count: > 1, Index: var index }, Variable: var variable } && IsOfLauncher(variable))
        {
            terminal.SpeakAs(index - 1); // until MPI says it
            if (!arguments.GetValue(_mpi))
                throw new UsageException(
                    $"Several processes were started together ({variable}), and each would train a model of its own and write it to the "
                    + "same file. With --mpi they train one model. To train several, start each without the launcher's variables: "
                    + "env -u NAME.");
        }

        if (!arguments.GetValue(_mpi))
            return null;
        MpiRuntime.LibraryPath = arguments.GetValue(_library);
        terminal.SpeakAs(MpiRuntime.Rank);
        return new();
    }

    private static bool IsOfLauncher(string variable) =>
        s_launchers.Any(name => variable.Contains(name, StringComparison.Ordinal));
}
