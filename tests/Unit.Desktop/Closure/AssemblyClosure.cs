using System.Reflection.Metadata;

namespace TcbPowerShell.Tests.Closure;

/// <summary>
/// Assemblies, and those that are there when they run. powershell.exe takes no binding redirects: a reference finds exactly its version or nothing.
/// </summary>
internal sealed class AssemblyClosure : IDisposable
{
    private readonly Dictionary<string, AssemblyFile> _assemblies;
    private readonly AssemblyFile[] _own;
    private readonly string[] _platform;
    private readonly List<string> _unresolved = [];

    /// <param name="own">The files whose references are looked at.</param>
    /// <param name="platform">The folders of what the framework and PowerShell bring.</param>
    internal AssemblyClosure(IEnumerable<string> own, params string[] platform)
    {
        _own = [.. own.Select(path => new AssemblyFile(path))];
        // A file beside an assembly wins: the framework has some of the same names, in older versions.
        _assemblies = _own.ToDictionary(file => file.Name);
        _platform = platform;
        foreach (AssemblyFile file in _own) Check(file);
    }

    internal int Types { get; private set; }

    internal int Members { get; private set; }

    /// <summary>The references that lead to nothing.</summary>
    internal IReadOnlyCollection<string> Unresolved => _unresolved;

    private void Check(AssemblyFile file)
    {
        MetadataReader metadata = file.Metadata;
        foreach (AssemblyReference reference in file.References)
        {
            string name = metadata.GetString(reference.Name);
            AssemblyFile? found = Assembly(name);
            // The framework's own assemblies stand in for all of their older versions.
            if (found is null || (_own.Contains(found) ? found.Version != reference.Version : found.Version < reference.Version))
                _unresolved.Add($"{file.Name}: {name} {reference.Version}");
        }
        foreach (TypeReferenceHandle type in metadata.TypeReferences)
        {
            Types++;
            if (Resolve(file, type) is null) _unresolved.Add($"{file.Name}: {TypeNames.Of(metadata, type)}");
        }
        foreach (MemberReference member in metadata.MemberReferences.Select(metadata.GetMemberReference))
        {
            Members++;
            if (!Exists(file, member)) _unresolved.Add($"{file.Name}: {metadata.GetString(member.Name)} {Signature(member)}");
        }
    }

    private AssemblyFile? Assembly(string name)
    {
        if (_assemblies.TryGetValue(name, out AssemblyFile? file)) return file;
        string? path = _platform.Select(folder => Path.Combine(folder, name + ".dll")).FirstOrDefault(File.Exists);
        return path is null ? null : _assemblies[name] = new AssemblyFile(path);
    }

    private (AssemblyFile File, TypeDefinitionHandle Type)? Resolve(AssemblyFile file, EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                return (file, (TypeDefinitionHandle)handle);
            case HandleKind.TypeReference:
                TypeReference type = file.Metadata.GetTypeReference((TypeReferenceHandle)handle);
                while (type.ResolutionScope.Kind == HandleKind.TypeReference) type = file.Metadata.GetTypeReference((TypeReferenceHandle)type.ResolutionScope);
                return Find(file.AssemblyName((AssemblyReferenceHandle)type.ResolutionScope), TypeNames.Of(file.Metadata, (TypeReferenceHandle)handle));
            case HandleKind.TypeSpecification:
                return Resolve(file, Specification(file, handle).Declaration);
            default:
                return null;
        }
    }

    // Facades forward their types, some of them more than once.
    private (AssemblyFile File, TypeDefinitionHandle Type)? Find(string? assembly, string name)
    {
        while (assembly is not null && Assembly(assembly) is { } file)
        {
            if (file.Type(name) is { } type) return (file, type);
            assembly = file.Forward(name);
        }
        return null;
    }

    private bool Exists(AssemblyFile file, MemberReference member)
    {
        // The runtime makes the methods of arrays.
        if (member.Parent.Kind == HandleKind.TypeSpecification && Specification(file, member.Parent).Declaration.IsNil) return true;
        string name = file.Metadata.GetString(member.Name);
        string signature = Signature(member);
        for (var type = Resolve(file, member.Parent); type is { } at; type = Resolve(at.File, at.File.Metadata.GetTypeDefinition(at.Type).BaseType))
        {
            if (Declares(at.File.Metadata, at.Type, name, signature)) return true;
        }
        return false;
    }

    private static bool Declares(MetadataReader metadata, TypeDefinitionHandle handle, string name, string signature)
    {
        TypeDefinition type = metadata.GetTypeDefinition(handle);
        return type.GetMethods().Select(metadata.GetMethodDefinition).Any(method => metadata.StringComparer.Equals(method.Name, name)
                && SignatureType.Of(method.DecodeSignature(SignatureType.Provider.Instance, null)) == signature)
            || type.GetFields().Select(metadata.GetFieldDefinition).Any(field => metadata.StringComparer.Equals(field.Name, name)
                && field.DecodeSignature(SignatureType.Provider.Instance, null).Text == signature);
    }

    private static string Signature(MemberReference member) => member.GetKind() == MemberReferenceKind.Method
        ? SignatureType.Of(member.DecodeMethodSignature(SignatureType.Provider.Instance, null))
        : member.DecodeFieldSignature(SignatureType.Provider.Instance, null).Text;

    private static SignatureType Specification(AssemblyFile file, EntityHandle handle) =>
        file.Metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(SignatureType.Provider.Instance, null);

    public void Dispose()
    {
        foreach (AssemblyFile file in _assemblies.Values) file.Dispose();
    }
}
