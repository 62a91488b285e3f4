using System.Runtime.InteropServices;

namespace Smml.MLNet.Distributed;

/// <summary>The constants of one binary interface of MPI. Handles are addresses in Open MPI and numbers elsewhere.</summary>
/// <param name="Name">For logs.</param>
/// <param name="World">MPI_COMM_WORLD.</param>
/// <param name="Byte">MPI_BYTE.</param>
/// <param name="Float">MPI_FLOAT.</param>
/// <param name="Double">MPI_DOUBLE.</param>
/// <param name="Sum">MPI_SUM.</param>
/// <param name="InPlace">MPI_IN_PLACE.</param>
/// <param name="Serialized">MPI_THREAD_SERIALIZED.</param>
internal sealed record MpiAbi(string Name, nint World, nint Byte, nint Float, nint Double, nint Sum, nint InPlace, int Serialized)
{
    /// <summary>Recognises the interface of a loaded library by what it exports.</summary>
    public static MpiAbi Of(nint library)
    {
        if (NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out nint world))
        {
            return new(
                "Open MPI",
                world,
                NativeLibrary.GetExport(library, "ompi_mpi_byte"),
                NativeLibrary.GetExport(library, "ompi_mpi_float"),
                NativeLibrary.GetExport(library, "ompi_mpi_double"),
                NativeLibrary.GetExport(library, "ompi_mpi_op_sum"),
                1,
                2);
        }

        return NativeLibrary.TryGetExport(library, "MPI_Abi_get_version", out _)
            ? new("MPI 5 standard", 0x101, 0x247, 0x210, 0x214, 0x21, 1, 2048)
            : new("MPICH", 0x44000000, 0x4c00010d, 0x4c00040a, 0x4c00080b, 0x58000003, -1, 2);
    }
}
