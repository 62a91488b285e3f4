using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Smml.MLNet.Tests.BesideMicrosoftTorchSharp;

/// <summary>The members of an assembly that another one uses, compared by name and signature as the runtime does.</summary>
internal static class MemberReferences
{
    /// <summary>How many members of the used assembly are named, and which of them it does not have.</summary>
    /// <param name="user">The path of the assembly that uses.</param>
    /// <param name="used">The path of the assembly that is used.</param>
    public static (int Count, IReadOnlyList<string> Missing) Compare(string user, string used)
    {
        using PEReader userFile = new(File.OpenRead(user)), usedFile = new(File.OpenRead(used));
        MetadataReader reader = userFile.GetMetadataReader();
        string name = Path.GetFileNameWithoutExtension(used);
        DefinedMembers defined = new(usedFile.GetMetadataReader());
        Names names = new();
        int count = 0;
        SortedSet<string> missing = new(StringComparer.Ordinal);
        foreach (MemberReference member in reader.MemberReferences.Select(reader.GetMemberReference))
        {
            if (Parent(reader, member.Parent) is not { } parent || AssemblyOf(reader, parent) != name)
                continue;
            count++;
            string type = names.GetTypeFromReference(reader, parent, 0);
            string signature = reader.GetString(member.Name) + (member.GetKind() == MemberReferenceKind.Method
                ? Names.Method(member.DecodeMethodSignature(names, null))
                : ": " + member.DecodeFieldSignature(names, null));
            if (!defined.Has(type, signature))
                missing.Add($"{type}.{signature}");
        }

        return (count, [.. missing]);
    }

    // The type that a member belongs to; null for a type of the assembly itself or an array.
    private static TypeReferenceHandle? Parent(MetadataReader reader, EntityHandle parent)
    {
        if (parent.Kind == HandleKind.TypeReference)
            return (TypeReferenceHandle)parent;
        if (parent.Kind != HandleKind.TypeSpecification)
            return null;
        BlobReader blob = reader.GetBlobReader(reader.GetTypeSpecification((TypeSpecificationHandle)parent).Signature);
        if (blob.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
            return null;
        _ = blob.ReadByte(); // class or value type
        EntityHandle type = blob.ReadTypeHandle();
        return type.Kind == HandleKind.TypeReference ? (TypeReferenceHandle)type : null;
    }

    private static string? AssemblyOf(MetadataReader reader, TypeReferenceHandle type)
    {
        EntityHandle scope = reader.GetTypeReference(type).ResolutionScope;
        while (scope.Kind == HandleKind.TypeReference)
            scope = reader.GetTypeReference((TypeReferenceHandle)scope).ResolutionScope;
        return scope.Kind == HandleKind.AssemblyReference
            ? reader.GetString(reader.GetAssemblyReference((AssemblyReferenceHandle)scope).Name)
            : null;
    }

    /// <summary>The types of an assembly with their members and base types.</summary>
    private sealed class DefinedMembers
    {
        private readonly Dictionary<string, HashSet<string>> _members = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string> _bases = new(StringComparer.Ordinal);

        public DefinedMembers(MetadataReader reader)
        {
            Names names = new();
            foreach (TypeDefinitionHandle handle in reader.TypeDefinitions)
            {
                TypeDefinition type = reader.GetTypeDefinition(handle);
                string name = names.GetTypeFromDefinition(reader, handle, 0);
                _members[name] =
                [
                    .. type.GetMethods().Select(reader.GetMethodDefinition)
                        .Select(method => reader.GetString(method.Name) + Names.Method(method.DecodeSignature(names, null))),
                    .. type.GetFields().Select(reader.GetFieldDefinition)
                        .Select(field => $"{reader.GetString(field.Name)}: {field.DecodeSignature(names, null)}"),
                ];
                string? parent = type.BaseType.Kind switch
                {
                    _ when type.BaseType.IsNil => null, // interfaces
                    HandleKind.TypeDefinition => names.GetTypeFromDefinition(reader, (TypeDefinitionHandle)type.BaseType, 0),
                    HandleKind.TypeSpecification => reader.GetTypeSpecification((TypeSpecificationHandle)type.BaseType)
                        .DecodeSignature(names, null)
                        .Split('<')[0],
                    _ => null,
                };
                if (parent is not null)
                    _bases[name] = parent;
            }
        }

        public bool Has(string type, string member)
        {
            for (string? name = type; name is not null; name = _bases.GetValueOrDefault(name))
            {
                if (_members.TryGetValue(name, out HashSet<string>? members) && members.Contains(member))
                    return true;
            }

            return false;
        }
    }

    /// <summary>Types by name, as a signature has them.</summary>
    private sealed class Names : ISignatureTypeProvider<string, object?>
    {
        public static string Method(MethodSignature<string> signature) =>
            $"{(signature.GenericParameterCount > 0 ? $"`{signature.GenericParameterCount}" : "")}"
            + $"({string.Join(", ", signature.ParameterTypes)}): {signature.ReturnType}";

        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind)
        {
            TypeReference type = reader.GetTypeReference(handle);
            string name = reader.GetString(type.Name);
            return type.ResolutionScope.Kind == HandleKind.TypeReference
                ? $"{GetTypeFromReference(reader, (TypeReferenceHandle)type.ResolutionScope, 0)}/{name}"
                : Qualified(reader.GetString(type.Namespace), name);
        }

        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind)
        {
            TypeDefinition type = reader.GetTypeDefinition(handle);
            string name = reader.GetString(type.Name);
            return type.GetDeclaringType() is { IsNil: false } outer
                ? $"{GetTypeFromDefinition(reader, outer, 0)}/{name}"
                : Qualified(reader.GetString(type.Namespace), name);
        }

        public string GetTypeFromSpecification(MetadataReader reader, object? context, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, context);

        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();

        public string GetSZArrayType(string elementType) => elementType + "[]";

        public string GetArrayType(string elementType, ArrayShape shape) => $"{elementType}[{new string(',', shape.Rank - 1)}]";

        public string GetByReferenceType(string elementType) => elementType + "&";

        public string GetPointerType(string elementType) => elementType + "*";

        public string GetPinnedType(string elementType) => elementType;

        public string GetModifiedType(string modifier, string unmodifiedType, bool isRequired) =>
            $"{unmodifiedType} {(isRequired ? "modreq" : "modopt")}({modifier})";

        public string GetFunctionPointerType(MethodSignature<string> signature) => "function" + Method(signature);

        public string GetGenericInstantiation(string genericType, ImmutableArray<string> typeArguments) =>
            $"{genericType}<{string.Join(", ", typeArguments)}>";

        public string GetGenericMethodParameter(object? genericContext, int index) => $"!!{index}";

        public string GetGenericTypeParameter(object? genericContext, int index) => $"!{index}";

        private static string Qualified(string space, string name) => space.Length > 0 ? $"{space}.{name}" : name;
    }
}
