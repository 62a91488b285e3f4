namespace Smml.MLNet;

/// <summary>Training was to be spread with MPI, and no MPI library can be used on this machine.</summary>
public sealed class MpiUnavailableException : InvalidOperationException
{
    /// <summary>Makes the exception with the reason found.</summary>
    public MpiUnavailableException(string reason, Exception? innerException = null)
        : base(
            $"MPI cannot be used here: {reason}.\n"
            + "Install the MPI whose mpirun or srun starts the processes (on Debian and Ubuntu openmpi-bin or mpich, on a cluster 'module "
            + "load'), so that the loader finds its library (LD_LIBRARY_PATH), or name the file: MpiRuntime.LibraryPath, "
            + "'smml train --mpi-library FILE'.",
            innerException)
    {
    }

    /// <summary>Makes the exception without a reason.</summary>
    public MpiUnavailableException()
        : this("unknown reason")
    {
    }

    /// <summary>Makes the exception with the reason found.</summary>
    public MpiUnavailableException(string reason)
        : this(reason, null)
    {
    }
}
