using Microsoft.ML.Data;

namespace Smml.MLNet;

/// <summary>The names of the temporary columns that exist only inside a stage. A mapping finds its columns by these
/// names, because ML.NET saves a mapping's contract but not the user's column names; the stage copies the user's
/// columns to them and drops them at its end.</summary>
internal static class StageColumns
{
    /// <summary>The number 1, the key into the tables that carry header and weights.</summary>
    public const string One = "__smml_one";

    /// <summary>A volume that is null, for a column that the user does not have.</summary>
    public const string NoVolume = "__smml_no_volume";

    /// <summary>An empty text, for a column that the user does not have.</summary>
    public const string NoText = "__smml_no_text";

    /// <summary>An empty byte vector; models of the first format read it.</summary>
    public const string NoBytes = "__smml_no_bytes";

    /// <summary>The text of the <see cref="StageHeader"/>.</summary>
    public const string Header = "__smml_header";

    /// <summary>1 where a row must carry the weights, 0 where they are resident; models of the first format.</summary>
    public const string Need = "__smml_need";

    /// <summary>Numbers that are missing where a row must carry the weights, none where they are resident.</summary>
    public const string Gap = "__smml_gap";

    /// <summary>Prefix of the columns with one part of the weights each.</summary>
    public const string Chunk = "__smml_chunk_";

    /// <summary>The weights as one vector; without a number where they are resident.</summary>
    public const string Blob = "__smml_blob";

    /// <summary>Prefix of the columns that a mapping reads.</summary>
    public const string In = "__smml_in_";

    /// <summary>Prefix of the columns that a mapping writes.</summary>
    public const string Out = "__smml_out_";
}

/// <summary>Whether the input of a stage must have a column.</summary>
internal enum StageColumnPresence
{
    /// <summary>It must have the column.</summary>
    Required,

    /// <summary>A column that it does not have counts as empty.</summary>
    Optional,

    /// <summary>A column that it does not have counts as empty, and it must have at least one of the columns that are marked so.</summary>
    OneOfSeveral,
}

/// <summary>A column that a stage reads or writes.</summary>
/// <param name="Fixed">The name by which the mapping knows it, one of <see cref="StageColumns"/>' prefixes and a suffix.</param>
/// <param name="Name">The user's name of it; null where the user has no such column: it reads as a missing volume or an empty text.</param>
/// <param name="Type">Its type.</param>
internal readonly record struct StageColumn(string Fixed, string? Name, DataViewType Type)
{
    /// <summary>What it means that the input does not have the column.</summary>
    public StageColumnPresence Presence { get; init; }

    /// <summary>The column to read: the user's, or a constant.</summary>
    public string NameOrConstant => Name ?? (Type is VolumeDataViewType ? StageColumns.NoVolume : StageColumns.NoText);
}
