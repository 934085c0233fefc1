using System.Reflection;
using System.Reflection.Emit;
using Regimen.Datasets;

namespace Regimen.Tests.Catalog;

/// <summary>Types with catalog attributes that are created at run time, so that a search of this assembly does not find them.</summary>
internal sealed class MarkedTypes
{
    private readonly ModuleBuilder _module = AssemblyBuilder
        .DefineDynamicAssembly(new AssemblyName("Marked"), AssemblyBuilderAccess.RunAndCollect).DefineDynamicModule("Marked");

    /// <summary>The assembly of the types, in place of a user's program.</summary>
    public Assembly Assembly => _module.Assembly;

    /// <summary>Creates a class with a constructor for each list of parameters.</summary>
    public Type Class<TAttribute>(string name, string typeName, Type parent, TypeAttributes attributes, params Type[][] constructors)
        where TAttribute : CatalogAttribute
    {
        TypeBuilder type = _module.DefineType(typeName, attributes, parent);
        type.SetCustomAttribute(Mark<TAttribute>(name));
        ConstructorInfo parentConstructor = parent.GetConstructor(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, [])!;
        foreach (Type[] parameters in constructors)
        {
            ConstructorBuilder constructor = type.DefineConstructor(MethodAttributes.Public, CallingConventions.Standard, parameters);
            for (int i = 0; i < parameters.Length; i++)
            {
                constructor.DefineParameter(i + 1, ParameterAttributes.None, $"p{i}");
            }

            ILGenerator code = constructor.GetILGenerator();
            code.Emit(OpCodes.Ldarg_0);
            code.Emit(OpCodes.Call, parentConstructor);
            code.Emit(OpCodes.Ret);
        }

        return type.CreateType();
    }

    /// <summary>Creates a class with one static function.</summary>
    public Type Function(string name, string typeName, MethodAttributes attributes, Type returns, params Type[] parameters)
    {
        TypeBuilder type = _module.DefineType(typeName, TypeAttributes.Public);
        MethodBuilder method = type.DefineMethod("Load", attributes | MethodAttributes.Static, returns, parameters);
        method.SetCustomAttribute(Mark<DatasetAttribute>(name));
        for (int i = 0; i < parameters.Length; i++)
        {
            method.DefineParameter(i + 1, ParameterAttributes.None, $"p{i}");
        }

        ILGenerator code = method.GetILGenerator();
        code.Emit(OpCodes.Ldnull);
        code.Emit(OpCodes.Ret);
        return type.CreateType();
    }

    private static CustomAttributeBuilder Mark<TAttribute>(string name) => new(typeof(TAttribute).GetConstructor([typeof(string)])!, [name]);
}
