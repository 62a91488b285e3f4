using Microsoft.ML;
using Microsoft.ML.Data;

namespace Smml.MLNet;

/// <summary>Checks the columns that a stage reads. ML.NET would name the temporary columns in
/// its messages; these name the user's.</summary>
internal static class StageInputs
{
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
        Check(stage, types);
    }

    /// <summary>Checks the schema of data.</summary>
    /// <exception cref="ArgumentException">A column is missing or has another type.</exception>
    public static void Check(StageDescription stage, DataViewSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        Dictionary<string, string> types = [];
        foreach (DataViewSchema.Column column in schema.Where(column => !column.IsHidden))
            types[column.Name] = Name(column.Type);
        Check(stage, types);
    }

    private static string Name(DataViewType type) => type.ToString() ?? type.GetType().Name;

    private static void Check(StageDescription stage, Dictionary<string, string> types)
    {
        foreach (StageColumn column in stage.Inputs)
        {
            if (column.Name is null)
                continue;
            string wanted = Name(column.Type);
            string remedy = column.Type is VolumeDataViewType
                ? "Put LoadVolumes before this stage, or name the column in its options."
                : "Name the column as in BraTSCase.";
            if (!types.TryGetValue(column.Name, out string? found))
            {
                string all = types.Count == 0
                    ? "no column"
                    : string.Join(", ", types.Keys.Where(name => !name.StartsWith("__smml", StringComparison.Ordinal)));
                throw new ArgumentException(
                    $"The stage '{stage.Header.Stage}' needs the column '{column.Name}' of type {wanted}; the input has {all}. {remedy}");
            }

            if (!found.Equals(wanted, StringComparison.Ordinal))
                throw new ArgumentException(
                    $"The stage '{stage.Header.Stage}' needs the column '{column.Name}' of type {wanted}, found {found}. {remedy}");
        }
    }
}
