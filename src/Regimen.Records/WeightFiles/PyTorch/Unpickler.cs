using System.Text;
using Regimen.Files;

namespace Regimen.WeightFiles;

/// <summary>Reads a pickle as data. A pickle is a program for a stack machine that may call any function of Python; this reader knows the
/// operations and the few names that a state dict needs (<see cref="AllowedNames"/>), runs nothing, and refuses everything else by its name.</summary>
/// <remarks>Values are created within a <see cref="ReadBudget"/>, and text is created only if the file has that many bytes left.</remarks>
internal sealed class Unpickler(PickleInput input, ReadBudget budget, string path)
{
    private const int ValueBytes = 64;
    private static readonly object Mark = new();
    private readonly List<object?> _stack = [];
    private readonly Dictionary<ulong, object?> _memo = [];

    /// <summary>Reads the value of one pickle.</summary>
    /// <exception cref="RequestException">It is damaged, or needs an operation or a name that is not known.</exception>
    public object? Read()
    {
        while (true)
        {
            byte operation = input.Next();
            if (operation == '.')
            {
                return _stack is [var result] ? result : throw input.Damaged("its pickle does not end with one value");
            }

            Run(operation);
        }
    }

    private void Run(byte operation)
    {
        switch (operation)
        {
            case 0x80 when input.Next() is var version: // PROTO
                _ = version <= 5 ? version : throw input.Damaged($"pickle protocol {version} is not known");
                break;
            case 0x95: // FRAME
                input.Unsigned(8);
                break;
            case (byte)'(':
                Push(Mark);
                break;
            case (byte)'N':
                Push(null);
                break;
            case 0x88 or 0x89: // NEWTRUE, NEWFALSE
                Push(operation == 0x88);
                break;
            case (byte)'K':
                Push((long)input.Unsigned(1));
                break;
            case (byte)'M':
                Push((long)input.Unsigned(2));
                break;
            case (byte)'J':
                Push((long)(int)input.Unsigned(4));
                break;
            case 0x8A: // LONG1
                PushLong(input.Unsigned(1));
                break;
            case (byte)'G':
                Push(input.Double());
                break;
            case (byte)'X':
                PushText(4, Encoding.UTF8);
                break;
            case 0x8C: // SHORT_BINUNICODE
                PushText(1, Encoding.UTF8);
                break;
            case 0x8D: // BINUNICODE8
                PushText(8, Encoding.UTF8);
                break;
            case (byte)'U': // SHORT_BINSTRING, of Python 2
                PushText(1, Encoding.Latin1);
                break;
            case (byte)'T': // BINSTRING
                PushText(4, Encoding.Latin1);
                break;
            case (byte)'C' or (byte)'B': // SHORT_BINBYTES, BINBYTES
                input.Skip(input.Unsigned(operation == (byte)'C' ? 1 : 4));
                Push(PickleOther.Instance);
                break;
            case (byte)'}':
                Push(new PickleDictionary());
                break;
            case (byte)']':
                Push(new List<object?>());
                break;
            case 0x8F: // EMPTY_SET
                Push(PickleOther.Instance);
                break;
            case 0x90: // ADDITEMS
                PopToMark();
                break;
            case (byte)')':
                Push(Array.Empty<object?>());
                break;
            case (byte)'t':
                Push(PopToMark());
                break;
            case >= 0x85 and <= 0x87: // TUPLE1 to TUPLE3
                Push(PopLast(operation - 0x84));
                break;
            case (byte)'a':
                Append([Pop()]);
                break;
            case (byte)'e':
                Append(PopToMark());
                break;
            case (byte)'s':
                SetItems(PopLast(2));
                break;
            case (byte)'u':
                SetItems(PopToMark());
                break;
            case (byte)'q':
                Remember(input.Unsigned(1));
                break;
            case (byte)'r':
                Remember(input.Unsigned(4));
                break;
            case 0x94: // MEMOIZE
                Remember((ulong)_memo.Count);
                break;
            case (byte)'h':
                Recall(input.Unsigned(1));
                break;
            case (byte)'j':
                Recall(input.Unsigned(4));
                break;
            case (byte)'c': // GLOBAL
                string module = input.Line();
                Push(Known(module, input.Line()));
                break;
            case 0x93: // STACK_GLOBAL
                object?[] names = PopLast(2);
                Push(Known(names[0] as string ?? string.Empty, names[1] as string ?? string.Empty));
                break;
            case (byte)'R' or 0x81: // REDUCE, NEWOBJ
                object? arguments = Pop();
                Push(PickleCalls.Result(Pop(), arguments, input));
                break;
            case (byte)'b': // BUILD: attributes of a dictionary, such as the _metadata of a state dict
                Pop();
                _ = Peek() is PickleDictionary or PickleOther ? 0 : throw input.Damaged("attributes are set on a value that has none");
                break;
            case (byte)'Q': // BINPERSID
                Push(PickleCalls.Storage(Pop(), input));
                break;
            default:
                throw Refused($"the pickle operation 0x{operation:x2}");
        }
    }

    private PickleName Known(string module, string name) => AllowedNames.Find(module, name) ?? throw Refused($"{Printable(module)}.{Printable(name)}");

    private RequestException Refused(string what) => new(new Problem($"The file needs {what}, which is refused: a file of weights does not need it, and loading it in Python may run a program")
    {
        Where = path,
        Expected = "a state dict: tensors in dictionaries",
        Received = what,
        Hint = "If you trust the file, open it in Python and save the tensors alone: torch.save(model.state_dict(), 'weights.pth').",
    });

    private static string Printable(string text) => string.Concat(text.Take(80).Select(c => char.IsControl(c) ? '?' : c));

    private void Push(object? value)
    {
        budget.Take(ValueBytes);
        _stack.Add(value);
    }

    private void PushText(int lengthBytes, Encoding encoding) => Push(input.Text(input.Unsigned(lengthBytes), encoding));

    /// <summary>Reads a two's complement integer. One that does not fit into 64 bits, such as a seed, is of no use for weights.</summary>
    private void PushLong(ulong length)
    {
        if (length > sizeof(long))
        {
            input.Skip(length);
            Push(PickleOther.Instance);
            return;
        }

        ulong value = input.Unsigned((int)length);
        int unused = 64 - (8 * (int)length);
        Push(length == 0 ? 0L : (long)(value << unused) >> unused);
    }

    private object? Peek() => _stack is [.., var top] && top != Mark ? top : throw input.Damaged("its pickle takes a value that is not there");

    private object? Pop()
    {
        object? top = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return top;
    }

    private object?[] PopLast(int count)
    {
        budget.Take(24 + (8 * count));
        var values = new object?[count];
        for (int i = count - 1; i >= 0; i--)
        {
            values[i] = Pop();
        }

        return values;
    }

    private object?[] PopToMark()
    {
        int mark = _stack.LastIndexOf(Mark);
        if (mark < 0)
        {
            throw input.Damaged("its pickle takes a value that is not there");
        }

        object?[] values = PopLast(_stack.Count - 1 - mark);
        _stack.RemoveAt(mark);
        return values;
    }

    private void Append(object?[] values)
    {
        budget.Take(16 * values.Length);
        (Peek() as List<object?> ?? throw input.Damaged("values are added to something that is not a list")).AddRange(values);
    }

    private void SetItems(object?[] items)
    {
        if (items.Length % 2 != 0 || Peek() is not PickleDictionary dictionary)
        {
            throw input.Damaged("items are set in something that is not a dictionary");
        }

        budget.Take(32 * items.Length);
        for (int i = 0; i < items.Length; i += 2)
        {
            dictionary.Items.Add(KeyValuePair.Create(items[i], items[i + 1]));
        }
    }

    private void Remember(ulong index)
    {
        budget.Take(ValueBytes);
        _memo[index] = Peek();
    }

    private void Recall(ulong index) => Push(_memo.TryGetValue(index, out object? value) ? value : throw input.Damaged("its pickle refers to a value that is not there"));
}
