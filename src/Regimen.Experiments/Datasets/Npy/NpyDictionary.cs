using System.Globalization;

namespace Regimen.Datasets;

/// <summary>Parses the Python dictionary in the header of an npy file: three keys, in any order, each once.</summary>
internal ref struct NpyDictionary(string text, string path, int offset)
{
    private const int MostDimensions = 32;
    private readonly ReadOnlySpan<char> _text = text;
    private int _at;

    public NpyHeader Read()
    {
        NpyType? type = null;
        bool ordered = false;
        List<int>? shape = null;
        Take('{');
        while (!TryTake('}'))
        {
            int keyAt = _at;
            string key = Quoted();
            Take(':');
            switch (key)
            {
                case "descr" when type is null:
                    type = Type();
                    break;
                case "fortran_order" when !ordered:
                    ordered = true;
                    RequireRowMajor();
                    break;
                case "shape" when shape is null:
                    shape = Shape();
                    break;
                default:
                    _at = keyAt;
                    throw Wrong("the keys descr, fortran_order and shape, each once", key);
            }

            if (!TryTake(','))
            {
                Take('}');
                break;
            }
        }

        if (type is null || !ordered || shape is null)
        {
            throw Wrong("the keys descr, fortran_order and shape, each once", "fewer");
        }

        SkipSpaces();
        return _at == _text.Length ? new NpyHeader(type.Value, shape, 0) : throw Wrong("no text after the dictionary", Rest());
    }

    private NpyType Type()
    {
        SkipSpaces();
        if (Rest().StartsWith('['))
        {
            throw NotSupported("an array of records", "Save each column as a separate array.");
        }

        int before = _at;
        string descr = Quoted();
        NpyType? type = descr switch
        {
            "|u1" or "<u1" or "u1" or "|b1" => NpyType.UInt8,
            "<i4" => NpyType.Int32,
            "<i8" => NpyType.Int64,
            "<f4" => NpyType.Float32,
            "<f8" => NpyType.Float64,
            _ => null,
        };
        if (type is null)
        {
            _at = before;
            throw NotSupported($"dtype '{descr}'", NpyRepair.Of(descr));
        }

        return type.Value;
    }

    private void RequireRowMajor()
    {
        if (TryTakeWord("False"))
        {
            return;
        }

        throw TryTakeWord("True")
            ? NotSupported("column-major order (fortran_order)", "Save it in row-major order: numpy.save(file, numpy.ascontiguousarray(array)).")
            : Wrong("True or False", Rest());
    }

    private List<int> Shape()
    {
        var shape = new List<int>();
        Take('(');
        while (!TryTake(')'))
        {
            SkipSpaces();
            int digits = 0;
            while (_at + digits < _text.Length && char.IsAsciiDigit(_text[_at + digits]))
            {
                digits++;
            }

            if (digits == 0 || !int.TryParse(_text.Slice(_at, digits), NumberStyles.None, CultureInfo.InvariantCulture, out int dimension))
            {
                throw Wrong("dimensions from 0 to 2147483647", Rest());
            }

            shape.Add(dimension);
            _at += digits;
            if (shape.Count > MostDimensions)
            {
                throw Wrong($"at most {MostDimensions} dimensions", "more");
            }

            if (!TryTake(','))
            {
                Take(')');
                break;
            }
        }

        return shape.Contains(0)
            ? throw new RequestException(new Problem("The array is empty")
            {
                Where = path,
                Expected = "at least one value",
                Received = $"shape ({string.Join(", ", shape)}{(shape.Count == 1 ? "," : string.Empty)})",
                Hint = "Check the program that wrote the file: it saved no samples.",
            })
            : shape;
    }

    private string Quoted()
    {
        SkipSpaces();
        if (_at < _text.Length && _text[_at] is '\'' or '"')
        {
            int end = _text[(_at + 1)..].IndexOf(_text[_at]);
            if (end >= 0)
            {
                string value = _text.Slice(_at + 1, end).ToString();
                _at += end + 2;
                return value;
            }
        }

        throw Wrong("text in quotes", Rest());
    }

    private void Take(char character)
    {
        if (!TryTake(character))
        {
            throw Wrong($"'{character}'", Rest());
        }
    }

    private bool TryTake(char character)
    {
        SkipSpaces();
        bool there = _at < _text.Length && _text[_at] == character;
        _at += there ? 1 : 0;
        return there;
    }

    private bool TryTakeWord(string word)
    {
        SkipSpaces();
        bool there = _text[_at..].StartsWith(word);
        _at += there ? word.Length : 0;
        return there;
    }

    private void SkipSpaces()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\n' or '\t')
        {
            _at++;
        }
    }

    private readonly string Rest()
    {
        ReadOnlySpan<char> rest = _text[_at..];
        return rest.IsEmpty ? "the end of the header" : rest[..Math.Min(rest.Length, 20)].ToString().ReplaceLineEndings(" ");
    }

    private readonly RequestException Wrong(string expected, string received)
        => new(new Problem("The header is damaged") { Where = Place(), Expected = expected, Received = received });

    private readonly RequestException NotSupported(string received, string hint) => new(new Problem("The array format is not supported")
    {
        Where = Place(),
        Expected = "u1, i4, i8, f4 or f8, little-endian and row-major",
        Received = received,
        Hint = hint,
    });

    private readonly string Place() => string.Create(CultureInfo.InvariantCulture, $"{path}, byte {offset + _at}");
}
