namespace Regimen.WeightFiles;

/// <summary>The names that a state dict needs. A pickle may refer to any function of Python, and unpickling it there runs that function; here
/// every other name is refused, and none is run.</summary>
internal static class AllowedNames
{
    private static readonly Dictionary<string, PickleName> Names = Build();

    /// <summary>Finds a name; null if a state dict has no use for it.</summary>
    public static PickleName? Find(string module, string name) => Names.GetValueOrDefault($"{module}.{name}");

    private static Dictionary<string, PickleName> Build()
    {
        // PyTorch's name of the storage, PyTorch's name of the dtype, safetensors' name.
        (string Storage, string Dtype, string Type)[] types =
        [
            ("Double", "float64", "F64"), ("Float", "float32", "F32"), ("Half", "float16", "F16"), ("BFloat16", "bfloat16", "BF16"), ("Long", "int64", "I64"),
            ("Int", "int32", "I32"), ("Short", "int16", "I16"), ("Char", "int8", "I8"), ("Byte", "uint8", "U8"), ("Bool", "bool", "BOOL"),
        ];
        PickleName[] names =
        [
            new(KnownName.OrderedDict, "collections.OrderedDict"),
            new(KnownName.Size, "torch.Size"),
            new(KnownName.RebuildTensor, "torch._utils._rebuild_tensor"),
            new(KnownName.RebuildTensor, "torch._utils._rebuild_tensor_v2"),
            new(KnownName.RebuildTensorV3, "torch._utils._rebuild_tensor_v3"),
            new(KnownName.RebuildParameter, "torch._utils._rebuild_parameter"),
            new(KnownName.Storage, "torch.storage.UntypedStorage"),
            new(KnownName.Storage, "torch.UntypedStorage"),
            new(KnownName.Plain, "torch.device"),
            new(KnownName.Plain, "__builtin__.set"),
            new(KnownName.Plain, "builtins.set"),
            .. types.Select(t => new PickleName(KnownName.Storage, $"torch.{t.Storage}Storage", t.Type)),
            .. types.Select(t => new PickleName(KnownName.Storage, $"torch.storage.{t.Storage}Storage", t.Type)),
            .. types.Select(t => new PickleName(KnownName.Plain, $"torch.{t.Dtype}", t.Type)),
        ];
        return names.ToDictionary(n => n.Name);
    }
}
