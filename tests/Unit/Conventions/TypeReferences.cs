using System.Reflection;
using System.Reflection.Emit;

namespace TcbPowerShell.Tests.Conventions;

/// <summary>Finds every type that a type uses: in its declaration, its members' signatures and attributes, and the code of its methods.</summary>
internal static class TypeReferences
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    /// <summary>The types that a type uses, without those that it is built of: arrays and constructed types are taken apart.</summary>
    internal static HashSet<Type> Of(Type type)
    {
        var found = new HashSet<Type>();
        Add(found, type.BaseType);
        foreach (Type implemented in type.GetInterfaces()) Add(found, implemented);
        foreach (Type argument in type.GetGenericArguments().SelectMany(argument => argument.GetGenericParameterConstraints())) Add(found, argument);
        AddAttributes(found, type.CustomAttributes);
        foreach (MemberInfo member in type.GetMembers(Declared))
        {
            AddAttributes(found, member.CustomAttributes);
            if (member is not Type) AddSignature(found, member);
            if (member is MethodBase method) AddBody(found, method);
        }
        return found;
    }

    private static void AddSignature(HashSet<Type> found, MemberInfo member)
    {
        Add(found, member.DeclaringType);
        switch (member)
        {
            case FieldInfo field:
                Add(found, field.FieldType);
                break;
            case PropertyInfo property:
                Add(found, property.PropertyType);
                break;
            case EventInfo e:
                Add(found, e.EventHandlerType);
                break;
            case MethodBase method:
                if (method is MethodInfo { ReturnType: { } returned }) Add(found, returned);
                foreach (ParameterInfo parameter in method.GetParameters())
                {
                    Add(found, parameter.ParameterType);
                    AddAttributes(found, parameter.CustomAttributes);
                }
                if (!method.IsGenericMethod) break;
                foreach (Type argument in method.GetGenericArguments()) Add(found, argument);
                break;
        }
    }

    private static void AddBody(HashSet<Type> found, MethodBase method)
    {
        if (method.GetMethodBody() is not { } body) return;
        foreach (LocalVariableInfo local in body.LocalVariables) Add(found, local.LocalType);
        foreach (ExceptionHandlingClause clause in body.ExceptionHandlingClauses)
        {
            if (clause.Flags == ExceptionHandlingClauseOptions.Clause) Add(found, clause.CatchType);
        }
        Type[]? typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        Type[]? methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        byte[] code = body.GetILAsByteArray()!;
        for (int at = 0; at < code.Length;)
        {
            short value = code[at++];
            if (value == 0xFE) value = (short)(0xFE00 | code[at++]);
            OperandType operand = OpCodesByValue[value].OperandType;
            if (operand is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
            {
                MemberInfo member = method.Module.ResolveMember(BitConverter.ToInt32(code, at), typeArguments, methodArguments)!;
                if (member is Type type) Add(found, type);
                else AddSignature(found, member);
            }
            at += Size(operand, code, at);
        }
    }

    private static int Size(OperandType operand, byte[] code, int at) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
        _ => 4,
    };

    private static void AddAttributes(HashSet<Type> found, IEnumerable<CustomAttributeData> attributes)
    {
        foreach (CustomAttributeData attribute in attributes)
        {
            Add(found, attribute.AttributeType);
            IEnumerable<CustomAttributeTypedArgument> arguments =
                attribute.ConstructorArguments.Concat(attribute.NamedArguments.Select(argument => argument.TypedValue));
            foreach (CustomAttributeTypedArgument argument in arguments)
            {
                Add(found, argument.ArgumentType);
                if (argument.Value is Type type) Add(found, type);
            }
        }
    }

    private static void Add(HashSet<Type> found, Type? type)
    {
        if (type is null || type.IsGenericParameter) return;
        if (type.HasElementType)
        {
            Add(found, type.GetElementType());
            return;
        }
        foreach (Type argument in type.GetGenericArguments()) Add(found, argument);
        found.Add(type.IsGenericType ? type.GetGenericTypeDefinition() : type);
    }
}
