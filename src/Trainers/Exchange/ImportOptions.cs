namespace Smml.MLNet;

/// <summary>What files of weights do not tell, for <see cref="SegmentationCatalog.Import(string, ImportOptions)"/>.</summary>
/// <remarks>A file that this library wrote carries the settings of its model; then only <see cref="Columns"/> and
/// <see cref="OutputOptions.ColumnName"/> count.</remarks>
public sealed record ImportOptions
{
    /// <summary>The method whose networks the weights belong to.</summary>
    /// <value>One of <see cref="SegmentationMethods.All"/>; null (default) only for a file that this library wrote.</value>
    public SegmentationMethod? Method { get; init; }

    /// <summary>What the weights do not tell of the code that trained them: padding with zeros (mmFormer and RFNet, trained with PyTorch
    /// 1.2), the place of the substitute image (M3AE), the threshold (SMU-Net).</summary>
    /// <value>Default <see cref="Fidelity.Reference"/>: as the published weights. Token layout and learnt positions are always those of the
    /// released code.</value>
    public Fidelity Fidelity { get; init; } = Fidelity.Reference;

    /// <summary>What the classes mean.</summary>
    /// <value>Default null: BraTS 2018 for four classes, else the only convention with as many classes.</value>
    public LabelConvention? LabelConvention { get; init; }

    /// <summary>The window, in voxels.</summary>
    /// <value>Default null: the cube that position embeddings tell, else the published window.</value>
    public VolumeShape? Patch { get; init; }

    /// <summary>Attention heads of transformers.</summary>
    /// <value>1 to 64; default 8, as released.</value>
    public int AttentionHeads { get; init; } = 8;

    /// <summary>For SMU-Net: which scans the student of each file sees, in the order of the files.</summary>
    public IReadOnlyList<ModalitySet> Students { get; init; } = [];

    /// <summary>The name of the dictionary of weights, where a file holds several.</summary>
    /// <value>Default null: the only one, else <c>state_dict</c>, <c>model_state_dict</c> or <c>model</c>.</value>
    public string? Dictionary { get; init; }

    /// <summary>Names of the volume columns.</summary>
    public VolumeColumns Columns { get; init; } = new();

    /// <summary>What the model says of itself and adds to rows: overlap, column, description for the card. Nothing is logged.</summary>
    public OutputOptions Output { get; init; } = new();

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">One or more are out of range; the message lists them all.</exception>
    public void Validate()
    {
        string[] errors = [.. Errors()];
        if (errors.Length > 0)
            throw new ArgumentException($"{nameof(ImportOptions)}: {string.Join(" ", errors)}");
    }

    private IEnumerable<string> Errors()
    {
        if (!Enum.IsDefined(Fidelity))
            yield return $"Fidelity is {Fidelity}; expected Corrected or Reference.";
        if (AttentionHeads is < 1 or > 64)
            yield return $"AttentionHeads is {AttentionHeads}; expected 1 to 64.";
        foreach (ModalitySet student in Students.Where(one => one == ModalitySet.None || one == ModalitySet.All))
            yield return $"Students has '{student}'; expected one to three scans: the teacher sees all four.";
        foreach (string error in Output.Errors())
            yield return error;
    }
}
