using Microsoft.ML;
using Microsoft.ML.Data;
using Smml.MLNet.Inference;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet.Cases;

/// <summary>Runs the stages of a model that come before its networks.</summary>
/// <param name="context">The context.</param>
/// <param name="model">A chain that begins with LoadVolumes.</param>
/// <param name="engine">Its networks; null for a model of another kind.</param>
internal sealed class CasePreparation(MLContext context, ITransformer model, SegmentationEngine? engine)
{
    private readonly LoadVolumesOptions? _loading = StageReader.Read(model)
        .FirstOrDefault(stage => stage.Header.Stage == LoadVolumesEstimator.Stage)?.Header
        .Read<LoadVolumesOptions>(LoadVolumesEstimator.Stage);

    /// <summary>What the model places a file by that has an sform and a qform; null if nothing was chosen.</summary>
    public OrientationSource? OrientationSource => _loading?.OrientationSource;

    /// <summary>Where the model looks for a file; empty for an empty path.</summary>
    public string Locate(string path) =>
        path.Length == 0 || _loading?.RootDirectory is not { } root ? path : Path.Combine(root, path);

    /// <summary>The scans as they come to the networks, when only some are there.</summary>
    /// <exception cref="InvalidDataException">There is none, or they are not on one grid.</exception>
    public VolumeSet Scans(BraTSCase row, ModalitySet subset)
    {
        string[] names =
        [
            .. engine!.Info.Columns.Named("", withLabel: false).Take(ModalitySet.ModalityCount).Select(column => column.Name!),
        ];
        return new(Columns(row, subset, names), null, row.CaseId);
    }

    /// <summary>Columns of a case when only some scans are there.</summary>
    /// <exception cref="InvalidDataException">The case cannot be used.</exception>
    public Volume?[] Columns(BraTSCase row, ModalitySet subset, params string[] names)
    {
        if (!string.IsNullOrEmpty(row.Problem))
            throw new InvalidDataException(row.Problem); // a loaded model does not read it
        BraTSCase partial = new() { CaseId = row.CaseId, LabelConvention = row.LabelConvention, UnusedFiles = row.UnusedFiles };
        foreach (Modality modality in subset)
            partial.SetPath(modality, row.PathOf(modality));
        IDataView scored = model.Transform(context.Data.LoadBraTS([partial]));
        DataViewSchema.Column[] columns = [.. names.Select(name => scored.Schema[name])];
        using DataViewRowCursor cursor = scored.GetRowCursor(columns);
        ValueGetter<Volume>[] getters = [.. columns.Select(column => cursor.GetGetter<Volume>(column))];
        cursor.MoveNext();
        return [.. getters.Select(getter =>
        {
            Volume volume = null!;
            getter(ref volume);
            return volume;
        })];
    }
}
