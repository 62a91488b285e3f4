using Smml.MLNet.Distributed;

namespace Smml.MLNet;

/// <summary>What a process knows of the others that <c>mpirun</c> or <c>srun</c> started with it, for programs that set
/// <see cref="SegmentationTrainerOptions.Distribution"/>.</summary>
/// <remarks>MPI is started when a member is read first, or by <c>Fit</c>, and ended when the process ends. A process without a launcher is
/// rank 0 of 1.</remarks>
public static class MpiRuntime
{
    /// <summary>The file of the MPI library; one for the process. Set it before MPI is started.</summary>
    /// <value>Default null: the library of the launcher, as the loader finds it.</value>
    public static string? LibraryPath { get; set; }

    /// <summary>The number of this process, 0 to <see cref="Size"/> - 1. Rank 0 keeps checkpoints and logs, and should save the
    /// model.</summary>
    /// <exception cref="MpiUnavailableException">No MPI library can be used.</exception>
    public static int Rank => MpiSession.Start().World.Rank;

    /// <summary>How many processes there are, 1 or more.</summary>
    /// <exception cref="MpiUnavailableException">No MPI library can be used.</exception>
    public static int Size => MpiSession.Start().World.Size;

    /// <summary>The number of this process among those of its node, from 0 on; it decides which GPU the process takes.</summary>
    /// <exception cref="MpiUnavailableException">No MPI library can be used.</exception>
    public static int LocalRank => MpiSession.Start().LocalRank;

    /// <summary>Says that this process has failed. The others, which may wait for it, are ended when it ends, or ten seconds from now.
    /// <c>Fit</c> says so by itself; without MPI it has no effect.</summary>
    public static void Fail() => MpiSession.Current?.Fail(new DistributionOptions().AbortAfter);
}
