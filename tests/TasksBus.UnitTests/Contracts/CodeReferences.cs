using System.Reflection;
using System.Reflection.Emit;

namespace TasksBus.UnitTests.Contracts;

/// <summary>
/// The types that the compiled code of a type refers to, in its shape and in the bodies of its methods. This includes what the compiler
/// made of lambdas and async methods.
/// </summary>
internal static class CodeReferences
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
    private const byte TwoBytes = 0xFE;

    private static readonly Dictionary<short, OpCode> s_codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(static field => (OpCode)field.GetValue(null)!).ToDictionary(static code => code.Value);

    public static HashSet<Type> Of(Type type)
    {
        HashSet<Type> used = [];
        Add(used, type.BaseType);
        AddAll(used, type.GetInterfaces());
        AddAttributes(used, type);
        AddConstraints(used, type.GetGenericArguments());
        foreach (var field in type.GetFields(All))
        {
            Add(used, field.FieldType);
            AddAttributes(used, field);
        }

        foreach (var property in type.GetProperties(All))
        {
            AddAttributes(used, property);
        }

        foreach (var method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
        {
            AddShape(used, method);
            AddAttributes(used, method);
            if (method.GetMethodBody() is { } body)
            {
                AddBody(used, method, body);
            }
        }

        return used;
    }

    private static void AddBody(HashSet<Type> used, MethodBase method, MethodBody body)
    {
        AddAll(used, body.LocalVariables.Select(static variable => variable.LocalType));
        AddAll(used, body.ExceptionHandlingClauses.Where(static clause => clause.Flags == ExceptionHandlingClauseOptions.Clause)
            .Select(static clause => clause.CatchType!));
        var typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        foreach (var token in TokensIn(body.GetILAsByteArray()!))
        {
            AddMember(used, method.Module.ResolveMember(token, typeArguments, methodArguments)!);
        }
    }

    /// <summary>The tokens of types, methods and fields in the instructions of a method.</summary>
    private static IEnumerable<int> TokensIn(byte[] il)
    {
        for (var at = 0; at < il.Length;)
        {
            var code = s_codes[il[at] == TwoBytes ? unchecked((short)((TwoBytes << 8) | il[++at])) : il[at]];
            at++;
            if (code.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
            {
                yield return BitConverter.ToInt32(il, at);
            }

            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
                _ => 4,
            };
        }
    }

    private static void AddMember(HashSet<Type> used, MemberInfo member)
    {
        switch (member)
        {
            case Type type:
                Add(used, type);
                break;
            case FieldInfo field:
                Add(used, field.DeclaringType);
                Add(used, field.FieldType);
                break;
            case MethodBase method:
                Add(used, method.DeclaringType);
                AddShape(used, method);
                break;
            default:
                break;
        }
    }

    private static void AddShape(HashSet<Type> used, MethodBase method)
    {
        AddAll(used, method.GetParameters().Select(static parameter => parameter.ParameterType));
        Add(used, (method as MethodInfo)?.ReturnType);
        if (method.IsGenericMethod)
        {
            AddAll(used, method.GetGenericArguments());
            AddConstraints(used, method.GetGenericArguments());
        }
    }

    private static void AddConstraints(HashSet<Type> used, Type[] arguments) =>
        AddAll(used, arguments.Where(static argument => argument.IsGenericParameter)
            .SelectMany(static argument => argument.GetGenericParameterConstraints()));

    private static void AddAttributes(HashSet<Type> used, MemberInfo member)
    {
        foreach (var attribute in member.GetCustomAttributesData())
        {
            Add(used, attribute.AttributeType);
            AddAll(used, attribute.ConstructorArguments.Concat(attribute.NamedArguments.Select(static named => named.TypedValue))
                .Select(static argument => argument.Value).OfType<Type>());
        }
    }

    private static void AddAll(HashSet<Type> used, IEnumerable<Type> types)
    {
        foreach (var type in types)
        {
            Add(used, type);
        }
    }

    private static void Add(HashSet<Type> used, Type? type)
    {
        if (type is null || type.IsGenericParameter || !used.Add(type))
        {
            return;
        }

        Add(used, type.HasElementType ? type.GetElementType() : null);
        AddAll(used, type.GetGenericArguments());
    }
}
