namespace Smml.MLNet;

/// <summary>What an ablation trains and measures.</summary>
public sealed record AblationOptions
{
    /// <summary>The training that all rows share: network, epochs, seed. Each row switches its parts on and off.</summary>
    /// <value>Default: the published settings.</value>
    public SmmlTrainerOptions Training { get; init; } = new();

    /// <summary>The rows, each once.</summary>
    /// <value>Default: the ten of the paper's Table 4.</value>
    public IReadOnlyList<SmmlAblation> Rows { get; init; } = SmmlAblation.Table4;

    /// <summary>How each row is measured. Column name, progress and token are set by the study; a record folder gets a sub-folder per row.
    /// Pictures are lost for a row that is kept.</summary>
    public EvaluationOptions Evaluation { get; init; } = new();

    /// <summary>Where each row's model (<c>dual-pbc.zip</c>) and scores (<c>dual-pbc.json</c>) and the table so far (<c>ablation.csv</c>)
    /// are kept. A row that is there already, trained with the same settings on the same cases, is not trained again.</summary>
    /// <value>Default null: nothing is kept.</value>
    public string? Folder { get; init; }

    /// <summary>Makes the cues of rows with SRN, from the prepared volumes.</summary>
    /// <value>Default null: the preparation itself adds a column of cues, or no row has SRN.</value>
    public ICueProvider? CueProvider { get; init; }

    /// <summary>Says where the cues come from, for example <c>phantom:1</c>; kept with the rows that use cues, so that a row that was
    /// trained with other cues is not taken for the same.</summary>
    /// <value>Default empty.</value>
    public string CueSource { get; init; } = "";

    /// <summary>Receives a report after every training step and every scored case.</summary>
    public IProgress<AblationProgress>? Progress { get; init; }

    /// <summary>Ends the study between two steps; the rows that are done stay in <see cref="Folder"/>.</summary>
    public CancellationToken CancellationToken { get; init; }

    internal void Validate()
    {
        List<string> errors = [];
        if (Rows is null || Rows.Count == 0)
            errors.Add("Rows is empty; name at least one, or leave the default of ten.");
        else if (Rows.Distinct().Count() < Rows.Count)
            errors.Add($"Rows names {Rows.GroupBy(row => row).First(group => group.Count() > 1).Key} more than once.");
        if (Training is null || Evaluation is null)
            errors.Add("Training or Evaluation is null.");
        if (Folder?.Length == 0)
            errors.Add("Folder is empty; expected a folder, or null to keep nothing.");
        if (errors.Count > 0)
            throw new ArgumentException("AblationOptions: " + string.Join(' ', errors));
        Training!.Validate();
        Evaluation!.Validate();
    }
}

/// <summary>Where an ablation stands.</summary>
public sealed class AblationProgress
{
    /// <summary>The current row.</summary>
    public required SmmlAblation Row { get; init; }

    /// <summary>The rows that are done.</summary>
    public required int RowsDone { get; init; }

    /// <summary>The rows in all.</summary>
    public required int Rows { get; init; }

    /// <summary>The last training step of the current row; null before the first.</summary>
    public TrainingProgress? Training { get; init; }

    /// <summary>The last scored case of the current row; null before its training is done.</summary>
    public EvaluationProgress? Evaluation { get; init; }
}
