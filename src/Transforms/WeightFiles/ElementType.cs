namespace Smml.MLNet.WeightFiles;

/// <summary>What the elements of a stored tensor are, little-endian.</summary>
internal enum ElementType
{
    /// <summary>A type that is not read, for example complex numbers; such a tensor is listed, but has no values here.</summary>
    Unsupported,
    Float32,
    Float64,
    Float16,
    BFloat16,
    Int64,
    Int32,
    Int16,
    Int8,
    UInt8,
    Bool,
}

/// <summary>The sizes of element types and their names in files.</summary>
internal static class ElementTypes
{
    private static readonly (ElementType Type, int Size, string Storage, string SafeTensors)[] s_all =
    [
        (ElementType.Float32, 4, "FloatStorage", "F32"),
        (ElementType.Float64, 8, "DoubleStorage", "F64"),
        (ElementType.Float16, 2, "HalfStorage", "F16"),
        (ElementType.BFloat16, 2, "BFloat16Storage", "BF16"),
        (ElementType.Int64, 8, "LongStorage", "I64"),
        (ElementType.Int32, 4, "IntStorage", "I32"),
        (ElementType.Int16, 2, "ShortStorage", "I16"),
        (ElementType.Int8, 1, "CharStorage", "I8"),
        (ElementType.UInt8, 1, "ByteStorage", "U8"),
        (ElementType.Bool, 1, "BoolStorage", "BOOL"),
    ];

    /// <summary>The names of all types in safetensors headers, for messages.</summary>
    public static string SafeTensorsNames { get; } = string.Join(", ", s_all.Select(one => one.SafeTensors));

    /// <summary>The type of a storage class of PyTorch, for example <c>FloatStorage</c>.</summary>
    public static ElementType OfStorage(string name) => s_all.FirstOrDefault(one => one.Storage == name).Type;

    /// <summary>The type of a name in a safetensors header, for example <c>F32</c>.</summary>
    public static ElementType OfSafeTensors(string name) => s_all.FirstOrDefault(one => one.SafeTensors == name).Type;

    extension(ElementType type)
    {
        /// <summary>Bytes of one element; 0 if the type is not supported.</summary>
        public int Size => s_all.FirstOrDefault(one => one.Type == type).Size;

        /// <summary>Whether the elements are floating-point numbers.</summary>
        public bool IsFloating => type is ElementType.Float32 or ElementType.Float64 or ElementType.Float16 or ElementType.BFloat16;

        /// <summary>The storage class of PyTorch.</summary>
        public string StorageName => s_all.First(one => one.Type == type).Storage;

        /// <summary>The name in a safetensors header.</summary>
        public string SafeTensorsName => s_all.First(one => one.Type == type).SafeTensors;
    }
}
