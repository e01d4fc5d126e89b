using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace TcbPowerShell.Tests.Closure;

/// <summary>A type in a signature.</summary>
/// <param name="Text">The same for the same type, in whichever assembly a reference looks for it.</param>
/// <param name="Declaration">The declaration of, or the reference to, the type or the generic type that it is made of; nil if it is built in.</param>
internal readonly record struct SignatureType(string Text, EntityHandle Declaration = default)
{
    public override string ToString() => Text;

    /// <summary>Reads signatures.</summary>
    internal sealed class Provider : ISignatureTypeProvider<SignatureType, object?>
    {
        internal static readonly Provider Instance = new();

        public SignatureType GetPrimitiveType(PrimitiveTypeCode code) => new($"System.{code}");

        public SignatureType GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) =>
            new(TypeNames.Of(reader, handle), handle);

        public SignatureType GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) =>
            new(TypeNames.Of(reader, handle), handle);

        public SignatureType GetTypeFromSpecification(MetadataReader reader, object? context, TypeSpecificationHandle handle, byte rawTypeKind) =>
            reader.GetTypeSpecification(handle).DecodeSignature(this, context);

        public SignatureType GetGenericInstantiation(SignatureType type, ImmutableArray<SignatureType> arguments) =>
            new($"{type}<{string.Join(',', arguments)}>", type.Declaration);

        public SignatureType GetArrayType(SignatureType element, ArrayShape shape) => new($"{element}[{shape.Rank}]");

        public SignatureType GetSZArrayType(SignatureType element) => new($"{element}[]");

        public SignatureType GetByReferenceType(SignatureType element) => new($"{element}&");

        public SignatureType GetPointerType(SignatureType element) => new($"{element}*");

        public SignatureType GetPinnedType(SignatureType element) => element;

        public SignatureType GetModifiedType(SignatureType modifier, SignatureType unmodified, bool isRequired) => new($"{unmodified} mod {modifier}");

        public SignatureType GetFunctionPointerType(MethodSignature<SignatureType> signature) => new(Of(signature));

        public SignatureType GetGenericTypeParameter(object? context, int index) => new($"!{index}");

        public SignatureType GetGenericMethodParameter(object? context, int index) => new($"!!{index}");
    }

    /// <summary>A method's signature as text.</summary>
    internal static string Of(MethodSignature<SignatureType> signature) =>
        $"{(signature.Header.IsInstance ? "instance " : string.Empty)}{signature.ReturnType}`{signature.GenericParameterCount}({string.Join(',', signature.ParameterTypes)})";
}
