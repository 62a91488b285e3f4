using Microsoft.ML;
using Microsoft.ML.Data;

namespace Smml.MLNet;

/// <summary>Checks the columns that a stage reads. ML.NET would name the temporary columns in
/// its messages; these name the user's.</summary>
internal static class StageInputs
{
    private const string TextRemedy = "Name the column as in BraTSCase.";
    private const string VolumeRemedy =
        "Put LoadVolumes before this stage, or name the column in its options. Where LoadVolumes is there: ML.NET's cache and shuffling "
        + "(AppendCacheCheckpoint, Data.Cache, Data.ShuffleRows) drop volumes; leave them out, or put them before LoadVolumes.";

    private const string CacheRemedy =
        "The input is a cache of ML.NET (AppendCacheCheckpoint or Data.Cache), which cannot hold volumes and left their columns out. "
        + "Remove it: the trainer reads each case once and keeps it itself, in memory up to CaseOptions.Memory, and in "
        + "CaseOptions.CacheFolder beyond that.";

    /// <summary>Checks a promised schema.</summary>
    /// <exception cref="ArgumentException">A column is missing or has another type.</exception>
    public static void Check(StageDescription stage, SchemaShape schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        Dictionary<string, string> types = [];
        foreach (SchemaShape.Column column in schema)
            types[column.Name] = (column.Kind, column.IsKey) switch
            {
                (SchemaShape.Column.VectorKind.Scalar, false) => Name(column.ItemType),
                (SchemaShape.Column.VectorKind.Scalar, true) => $"Key<{Name(column.ItemType)}>",
                _ => $"Vector<{Name(column.ItemType)}>",
            };
        Check(stage, types, VolumeRemedy);
    }

    /// <summary>Checks the schema of data.</summary>
    /// <exception cref="ArgumentException">A column is missing or has another type.</exception>
    public static void Check(StageDescription stage, DataViewSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        Check(stage, Types(schema), VolumeRemedy);
    }

    /// <summary>Checks the schema of data from which a stage learns.</summary>
    /// <exception cref="ArgumentException">A column is missing or has another type; where ML.NET's cache took the volumes away, the
    /// message says so.</exception>
    public static void Check(StageDescription stage, IDataView data) =>
        Check(stage, Types(data.Schema), IsCache(data) ? CacheRemedy : VolumeRemedy);

    // ML.NET does not publish the type. A cache keeps the columns that it can copy and leaves out the others without a word.
    private static bool IsCache(IDataView data) => data.GetType() is { Name: "CacheDataView", Namespace: "Microsoft.ML.Data" };

    private static Dictionary<string, string> Types(DataViewSchema schema)
    {
        Dictionary<string, string> types = [];
        foreach (DataViewSchema.Column column in schema.Where(column => !column.IsHidden))
            types[column.Name] = Name(column.Type);
        return types;
    }

    private static string Name(DataViewType type) => type.ToString() ?? type.GetType().Name;

    private static void Check(StageDescription stage, Dictionary<string, string> types, string volumeRemedy)
    {
        foreach (StageColumn column in stage.Inputs.Where(column => column.Name is not null))
        {
            string wanted = Name(column.Type), remedy = column.Type is VolumeDataViewType ? volumeRemedy : TextRemedy;
            if (types.TryGetValue(column.Name!, out string? found))
            {
                if (!found.Equals(wanted, StringComparison.Ordinal))
                    throw new ArgumentException(
                        $"The stage '{stage.Header.Stage}' needs the column '{column.Name}' of type {wanted}, found {found}. {remedy}");
            }
            else if (column.Presence == StageColumnPresence.Required)
            {
                throw new ArgumentException(
                    $"The stage '{stage.Header.Stage}' needs the column '{column.Name}' of type {wanted}; the input has {All(types)}. "
                    + remedy);
            }
        }

        StageColumn[] several = [.. stage.Inputs.Where(column => column.Presence == StageColumnPresence.OneOfSeveral)];
        if (several.Length > 0 && !several.Any(column => column.Name is { } name && types.ContainsKey(name)))
            throw new ArgumentException(
                $"The stage '{stage.Header.Stage}' needs at least one of the columns "
                + $"{string.Join(", ", several.Select(column => $"'{column.Name}'"))}; the input has {All(types)}. {TextRemedy}");
    }

    private static string All(Dictionary<string, string> types) => types.Count == 0
        ? "no column"
        : string.Join(", ", types.Keys.Where(name => !name.StartsWith("__smml", StringComparison.Ordinal)));
}
