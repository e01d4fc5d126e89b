using System.Reflection.Metadata;

namespace TcbPowerShell.Tests.Closure;

/// <summary>Full names, in which a nested type follows its outer one after a plus sign.</summary>
internal static class TypeNames
{
    internal static string Of(MetadataReader metadata, TypeDefinitionHandle handle)
    {
        TypeDefinition type = metadata.GetTypeDefinition(handle);
        TypeDefinitionHandle outer = type.GetDeclaringType();
        return outer.IsNil ? Join(metadata, type.Namespace, type.Name) : $"{Of(metadata, outer)}+{metadata.GetString(type.Name)}";
    }

    internal static string Of(MetadataReader metadata, TypeReferenceHandle handle)
    {
        TypeReference type = metadata.GetTypeReference(handle);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? $"{Of(metadata, (TypeReferenceHandle)type.ResolutionScope)}+{metadata.GetString(type.Name)}"
            : Join(metadata, type.Namespace, type.Name);
    }

    internal static string Join(MetadataReader metadata, StringHandle space, StringHandle name) =>
        space.IsNil ? metadata.GetString(name) : $"{metadata.GetString(space)}.{metadata.GetString(name)}";
}
