using System.Globalization;
using Regimen.Files;

namespace Regimen.WeightFiles;

/// <summary>Collects the tensors of an unpickled value by name. Nested dictionaries and lists become names with dots.</summary>
internal sealed class StateDict
{
    private const int Deepest = 32;

    // A name, its list slot and the entry.
    private const int VisitBytes = 160;

    /// <summary>The keys under which training programs keep a state dict among other values, the most common first.</summary>
    private static readonly string[] Wrappers = ["state_dict", "model_state_dict", "model", "module", "weights", "net", "network", "model_ema", "ema"];

    private readonly ReadBudget _budget;
    private readonly string _path;
    private readonly List<(string Name, PickleTensor Tensor)> _tensors = [];
    private readonly List<string> _others = [];

    /// <exception cref="RequestException">The value has no tensors, is nested too deeply, or two tensors get the same name.</exception>
    public StateDict(object? root, string path, ReadBudget budget)
    {
        (_path, _budget) = (path, budget);
        if (root is PickleDictionary dictionary && !dictionary.Items.Any(i => i.Value is PickleTensor))
        {
            Wrapper = Wrappers.FirstOrDefault(w => dictionary.Items.Any(i => i.Key is string key && key == w && i.Value is PickleDictionary));
            root = Wrapper is null ? root : dictionary.Items.Last(i => i.Key is string key && key == Wrapper).Value;
            _others.AddRange(Wrapper is null ? [] : dictionary.Items.Select(i => i.Key as string ?? "?").Where(k => k != Wrapper).Distinct());
        }

        Visit(root, string.Empty, 0);
        if (_tensors.Count == 0)
        {
            throw new RequestException(new Problem("The file has no tensors") { Where = path, Expected = "a state dict, or a dictionary with one under `state_dict` or `model`" });
        }

        var names = new HashSet<string>();
        if (_tensors.FirstOrDefault(t => !names.Add(t.Name)) is { Name: { } twice })
        {
            throw new RequestException(new Problem($"The file is damaged: two tensors are named '{twice}'") { Where = path });
        }
    }

    /// <summary>The key that the tensors were under; null for none.</summary>
    public string? Wrapper { get; }

    /// <summary>The tensors in the order of the file.</summary>
    public IReadOnlyList<(string Name, PickleTensor Tensor)> Tensors => _tensors;

    /// <summary>The names of all other values.</summary>
    public IReadOnlyList<string> Others => _others;

    private void Visit(object? value, string name, int depth)
    {
        _budget.Take(VisitBytes + (2 * name.Length));
        if (depth > Deepest)
        {
            throw new RequestException(new Problem($"The file is damaged: its values are nested more than {Deepest} levels deep") { Where = _path });
        }

        switch (value)
        {
            case PickleTensor tensor:
                _tensors.Add((name.Length == 0 ? "tensor" : name, tensor));
                break;
            case PickleDictionary dictionary:
                foreach ((object? key, object? item) in dictionary.Items)
                {
                    Visit(item, Below(name, key switch { string text => text, long number => number.ToString(CultureInfo.InvariantCulture), _ => "?" }), depth + 1);
                }

                break;
            case List<object?> or object?[]:
                foreach ((int index, object? item) in ((IEnumerable<object?>)value).Index())
                {
                    Visit(item, Below(name, index.ToString(CultureInfo.InvariantCulture)), depth + 1);
                }

                break;
            default:
                _others.Add(name);
                break;
        }
    }

    private static string Below(string above, string name) => above.Length == 0 ? name : $"{above}.{name}";
}
