namespace Smml.MLNet.Cases;

/// <summary>Works through the cases of a shard, for scoring and evaluation alike: a case that was done before comes from its record,
/// another one is prepared on a thread that reads ahead, and what is wrong with a case costs that case.</summary>
/// <typeparam name="TPrepared">What is ready to be computed with.</typeparam>
/// <typeparam name="TResult">What a record keeps of a case.</typeparam>
internal sealed class CaseRun<TPrepared, TResult>
    where TPrepared : class
    where TResult : class
{
    /// <summary>Which of the cases.</summary>
    public required Shard Shard { get; init; }

    /// <summary>What was found before; null if nothing is kept.</summary>
    public required CaseRecords? Records { get; init; }

    /// <summary>Whether cases are done again that have a record.</summary>
    public required bool Again { get; init; }

    /// <summary>Whether each case needs files. A name that no file can have is then a fault of the case; else the case is only not
    /// recorded.</summary>
    public required bool NeedsFileNames { get; init; }

    /// <summary>The files that the result of a case depends on, as they are opened; empty for a missing one.</summary>
    public required Func<BraTSCase, IEnumerable<string>> Files { get; init; }

    /// <summary>Prepares a case, on the thread that reads ahead.</summary>
    public required Func<BraTSCase, TPrepared> Prepare { get; init; }

    /// <summary>Refuses a case by an exception before anything of it is read; null to refuse none.</summary>
    public Action<BraTSCase>? Check { get; init; }

    /// <summary>Whether what a record names is still there; null if it names nothing.</summary>
    public Func<TResult, bool>? IsIntact { get; init; }

    /// <summary>Ends the run between two cases.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>The cases of the shard, in the order of the data, each ready.</summary>
    /// <param name="all">All cases, those of other shards included.</param>
    public IEnumerable<CaseStep<TPrepared, TResult>> Steps(IReadOnlyList<BraTSCase> all)
    {
        HashSet<string> shared = CaseRecords.Shared(all);
        IEnumerable<BraTSCase> own = all.Where((_, position) => Shard.Contains(position));
        foreach (CaseStep<TPrepared, TResult> step in ReadAhead.Of(own.Select(row => Ready(row, shared))))
        {
            CancellationToken.ThrowIfCancellationRequested();
            yield return step;
        }
    }

    /// <summary>Keeps the result of a case, if it can be recorded.</summary>
    public void Keep(CaseStep<TPrepared, TResult> step, TResult result)
    {
        if (step.Inputs is { } inputs)
            Records!.Save(step.Row.CaseId, inputs, result);
    }

    private static InvalidDataException? NameFault(string caseId)
    {
        try
        {
            CaseRecords.FileName(caseId);
            return null;
        }
        catch (InvalidDataException fault)
        {
            return fault;
        }
    }

    private CaseStep<TPrepared, TResult> Ready(BraTSCase row, HashSet<string> shared)
    {
        CaseStep<TPrepared, TResult> step = new(row);
        try
        {
            CaseRecords.RefuseUnusable(row, shared);
            InvalidDataException? fault = NameFault(row.CaseId);
            if (fault is not null && NeedsFileNames)
                throw fault;
            Check?.Invoke(row);
            if (fault is null && Records is not null)
                step.Inputs = CaseInputs.HashOf(row, Files(row));
            if (!Again
                && step.Inputs is { } inputs
                && Records!.Find<TResult>(row.CaseId, inputs) is { } done
                && IsIntact?.Invoke(done) != false)
                step.Done = done;
            else
                step.Prepared = Prepare(row);
        }
        catch (Exception exception) when (CaseFault.ConcernsScoring(exception))
        {
            step.Failure = exception;
        }

        return step;
    }
}

/// <summary>A case on its way: done before, ready, or failed.</summary>
internal sealed class CaseStep<TPrepared, TResult>(BraTSCase row)
    where TPrepared : class
    where TResult : class
{
    public BraTSCase Row { get; } = row;

    /// <summary>What the case's files hold, for its record; null if it cannot be recorded.</summary>
    public string? Inputs { get; set; }

    /// <summary>What was found before; null if the case must be done.</summary>
    public TResult? Done { get; set; }

    /// <summary>What is ready to be computed with.</summary>
    public TPrepared? Prepared { get; set; }

    /// <summary>What is wrong with the case.</summary>
    public Exception? Failure { get; set; }
}
