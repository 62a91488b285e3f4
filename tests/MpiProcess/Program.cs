using System.Globalization;
using System.Text;
using Smml.MLNet.Distributed;

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
            Console.Error.WriteLine($"rank {MpiRuntime.Rank}: {exception.Message}");
            return 5;
        }
    }
}
