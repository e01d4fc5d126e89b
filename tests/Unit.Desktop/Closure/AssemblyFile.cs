using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace TcbPowerShell.Tests.Closure;

/// <summary>An assembly's metadata, read from its file. Nothing is loaded.</summary>
internal sealed class AssemblyFile : IDisposable
{
    private readonly PEReader _file;
    private readonly Dictionary<string, TypeDefinitionHandle> _types;
    private readonly Dictionary<string, string> _forwards;

    internal AssemblyFile(string path)
    {
        _file = new PEReader(File.OpenRead(path));
        Metadata = _file.GetMetadataReader();
        Name = Path.GetFileNameWithoutExtension(path);
        Version = Metadata.GetAssemblyDefinition().Version;
        _types = Metadata.TypeDefinitions.ToDictionary(handle => TypeNames.Of(Metadata, handle));
        _forwards = Metadata.ExportedTypes.Select(Metadata.GetExportedType)
            .Where(type => type.Implementation.Kind == HandleKind.AssemblyReference)
            .ToDictionary(type => TypeNames.Join(Metadata, type.Namespace, type.Name), type => AssemblyName((AssemblyReferenceHandle)type.Implementation));
    }

    internal string Name { get; }

    internal Version Version { get; }

    internal MetadataReader Metadata { get; }

    internal IEnumerable<AssemblyReference> References => Metadata.AssemblyReferences.Select(Metadata.GetAssemblyReference);

    internal TypeDefinitionHandle? Type(string name) => _types.TryGetValue(name, out TypeDefinitionHandle type) ? type : null;

    /// <summary>The assembly that a type has moved to.</summary>
    internal string? Forward(string name) => _forwards.GetValueOrDefault(name.Split('+')[0]);

    internal string AssemblyName(AssemblyReferenceHandle handle) => Metadata.GetString(Metadata.GetAssemblyReference(handle).Name);

    public void Dispose() => _file.Dispose();
}
