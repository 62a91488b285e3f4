namespace Smml.MLNet;

/// <summary>How a training is spread over the processes that <c>mpirun</c> or <c>srun</c> started: each rank trains a branch of SMML on the
/// whole batch, and the weights are those of one process, bit for bit on the CPU.</summary>
/// <remarks>Every process calls <c>Fit</c> with the same options and data, which is checked. There must be as many processes as the method
/// has branches that train each other: 2 for SMML. With one process nothing is spread. Rank 0 alone scores the validation cases, keeps
/// checkpoints, writes the log and reports progress; every rank gets the same model.</remarks>
public sealed record DistributionOptions
{
    /// <summary>The time after which a rank whose <c>Fit</c> failed ends the others, if its process still runs. When its process ends, they
    /// end at once.</summary>
    /// <value>0 to 1 hour; default 10 seconds.</value>
    public TimeSpan AbortAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Every rule that the values break, as sentences.</summary>
    internal IEnumerable<string> Errors()
    {
        if (AbortAfter < TimeSpan.Zero || AbortAfter > TimeSpan.FromHours(1))
            yield return $"Distribution.AbortAfter is {AbortAfter}; expected 0 to 1 hour.";
    }
}
