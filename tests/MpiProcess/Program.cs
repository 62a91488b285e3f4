namespace Smml.MLNet.Tests;

/// <summary>What tests start with <c>mpirun</c>: a check of every exchange, or a training as a user's program does it.</summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        try
        {
            if (args is ["exchange"])
                Exchanges.Check();
            else
                Training.Run(args);
            return 0;
        }
#pragma warning disable CA1031 // the outermost frame
        catch (Exception exception)
#pragma warning restore CA1031
        {
            string? rank = Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_RANK") ?? Environment.GetEnvironmentVariable("PMI_RANK");
            Console.Error.WriteLine($"rank {rank ?? "0"}: {exception.Message}");
            return 5;
        }
    }
}
