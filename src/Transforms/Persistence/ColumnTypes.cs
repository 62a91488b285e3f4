using System.Runtime.CompilerServices;

namespace Smml.MLNet;

/// <summary>Lets ML.NET know the column types before it asks for them.</summary>
internal static class ColumnTypes
{
    // Where Model.Load is the first that a program does, ML.NET finds the stages by name in this assembly and asks for the types of their
    // columns; nothing of the assembly that registers those has run then.
    [ModuleInitializer]
    internal static void Register() => RuntimeHelpers.RunModuleConstructor(typeof(Volume).Module.ModuleHandle);
}
