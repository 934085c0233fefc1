using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Regimen.Configuration;

/// <summary>Reads the part of YAML 1.2 that a config needs: mappings, lists and scalars in one document. Everything else (tags, anchors,
/// aliases, directives, a second document) is refused, as it would mean something that the reader of the file does not see.</summary>
internal sealed class YamlReader
{
    private const int Deepest = 16;
    private const string LookAround = "Look at the quotes, brackets and indentation at and before this place.";
    private const string QuoteReferences = "Inside of brackets or braces a reference stands in quotes, as \"${model.hidden}\".";
    private readonly string _source;
    private readonly bool _isOption;
    private readonly ICollection<Problem> _problems;

    /// <summary>What is told of once a text: a file that is full of it is full of it.</summary>
    private readonly HashSet<string> _told = [];

    private YamlReader(string source, bool isOption, ICollection<Problem> problems)
    {
        _source = source;
        _isOption = isOption;
        _problems = problems;
    }

    /// <summary>Reads a text; what is wrong with it is added to the problems.</summary>
    /// <param name="text">The YAML.</param>
    /// <param name="source">The file it is from, or the option as typed.</param>
    /// <param name="isOption">Whether it is from an option, in which there are no lines to tell.</param>
    /// <param name="problems">Where problems go.</param>
    /// <returns>Null where there is nothing, or where it could not be read.</returns>
    public static ConfigNode? Read(string text, string source, bool isOption, ICollection<Problem> problems)
    {
        var reader = new YamlReader(source, isOption, problems);
        return reader.CheckCharacters(text) ? reader.ReadDocument(text) : null;
    }

    private ConfigNode? ReadDocument(string text)
    {
        var parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
        try
        {
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _))
            {
                return null;
            }

            ConfigNode? root = ReadNode(parser, 1);
            parser.Consume<DocumentEnd>();
            if (parser.Current is DocumentStart second)
            {
                Tell(second.Start, "A second document begins here", "one document a file", "---",
                    "Put it into a file of its own, or delete the line `---`.");
            }

            return root;
        }
        catch (YamlException exception)
        {
            string what = exception.Message.Length > 0 ? char.ToLowerInvariant(exception.Message[0]) + exception.Message[1..].TrimEnd('.') : "";
            Tell(exception.Start, $"This is not YAML: {what}", hint: text.Contains("${", StringComparison.Ordinal) ? QuoteReferences : LookAround);
            return null;
        }
        catch (RequestException exception)
        {
            _problems.Add(exception.Problems[0]);
            return null;
        }
        catch (Exception exception) when (exception is InvalidOperationException or EndOfStreamException or ArgumentException
            or FormatException or OverflowException)
        {
            // YamlDotNet 18.1 trips over some texts itself: an open bracket with a key in the next line.
            Tell(parser.Current?.End ?? Mark.Empty, "This is not YAML", hint: LookAround);
            return null;
        }
    }

    private ConfigNode? ReadNode(Parser parser, int depth)
    {
        CheckPlain(parser.Current!);
        if (depth > Deepest && parser.Current is MappingStart or SequenceStart)
        {
            // No look at the rest: what is nested without end takes the parser without end.
            throw new RequestException(new Problem("This is nested too deeply")
            {
                Where = At(parser.Current.Start).ToString(),
                Expected = $"at most {Deepest} levels",
            });
        }

        switch (parser.Current)
        {
            case Scalar scalar:
                parser.MoveNext();
                return new ScalarNode(At(scalar.Start), scalar.Value, scalar.Style == ScalarStyle.Plain);
            case SequenceStart sequence:
                parser.MoveNext();
                var items = new List<ConfigNode>();
                bool whole = true;
                while (!parser.TryConsume<SequenceEnd>(out _))
                {
                    ConfigNode? item = ReadNode(parser, depth + 1);
                    whole &= item is not null;
                    items.Add(item ?? new ScalarNode(At(sequence.Start), "", IsPlain: true));
                }

                return whole ? new SequenceNode(At(sequence.Start), items) : null;
            case MappingStart mapping:
                parser.MoveNext();
                return new MappingNode(At(mapping.Start), ReadEntries(parser, depth));
            case AnchorAlias:
                parser.MoveNext();
                return null;
            default:
                // Not by the grammar, but YamlDotNet 18.1 lets an alias end a mapping at once.
                throw new SemanticErrorException(parser.Current!.Start, parser.Current.End, "there is no value where one should be");
        }
    }

    private List<MappingEntry> ReadEntries(Parser parser, int depth)
    {
        var entries = new List<MappingEntry>();
        var places = new Dictionary<string, ConfigPlace>(StringComparer.Ordinal);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            Mark keyStart = parser.Current!.Start;
            ConfigNode? key = ReadNode(parser, depth + 1);
            ConfigNode? value = ReadNode(parser, depth + 1);
            if (key is not ScalarNode scalar)
            {
                if (key is not null)
                {
                    Tell(keyStart, "A key is a single word", received: key.Received);
                }
            }
            else if (!places.TryAdd(scalar.Text, scalar.Place))
            {
                Tell(keyStart, $"The key `{ConfigNode.Printable(scalar.Text)}` is there twice",
                    hint: $"It was first set at {places[scalar.Text]}: delete one of the two.");
            }
            else if (value is not null)
            {
                entries.Add(new MappingEntry(scalar.Text, scalar.Place, value));
            }
        }

        return entries;
    }

    private void CheckPlain(ParsingEvent current)
    {
        if (current is AnchorAlias alias && _told.Add(nameof(AnchorAlias)))
        {
            Tell(alias.Start, $"The alias `*{ConfigNode.Printable(alias.Value.Value)}` is not accepted",
                hint: "Write the value itself: a config is to be read line by line.");
        }

        if (current is not NodeEvent node)
        {
            return;
        }

        if (!node.Anchor.IsEmpty && _told.Add(nameof(node.Anchor)))
        {
            Tell(node.Start, $"The anchor `&{ConfigNode.Printable(node.Anchor.Value)}` is not accepted",
                hint: "Delete it: a config is to be read line by line.");
        }

        if (!node.Tag.IsEmpty)
        {
            string tag = node.Tag.Value.Replace("tag:yaml.org,2002:", "!!", StringComparison.Ordinal);
            Tell(node.Start, $"The tag `{ConfigNode.Printable(tag)}` is not accepted", hint: "Delete it: each key knows its own type.");
        }
    }

    /// <summary>Refuses what the parser would let through: control characters, tabs as indentation, directives.</summary>
    private bool CheckCharacters(string text)
    {
        int before = _problems.Count;
        int lineNumber = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            lineNumber++;
            int control = line.IndexOfAnyInRange('\0', '\u0008') is int low and >= 0 ? low : line.IndexOfAnyInRange('\u000E', '\u001F');
            int indent = line.IndexOfAnyExcept(' ');
            if (control >= 0)
            {
                Tell(lineNumber, control + 1, $"There is a control character (U+{(int)line[control]:X4}) here", "text in UTF-8",
                    hint: "Delete it, or write the file anew.");
                return false;
            }

            if (indent >= 0 && line[indent] == '\t' && !line.IsWhiteSpace())
            {
                Tell(lineNumber, indent + 1, "This line is indented with a tab", "spaces", hint: "Replace the tab by spaces.");
            }
            else if (!_isOption && line is ['%', ..])
            {
                Tell(lineNumber, 1, "A YAML directive is not accepted", received: ConfigNode.Printable(line.ToString()),
                    hint: "Delete the line.");
            }
        }

        return _problems.Count == before;
    }

    private void Tell(Mark mark, string message, string? expected = null, string? received = null, string? hint = null)
        => Tell(mark.Line, mark.Column, message, expected, received, hint);

    private void Tell(long line, long column, string message, string? expected = null, string? received = null, string? hint = null)
        => _problems.Add(new Problem(message)
        {
            Where = (_isOption ? new ConfigPlace(_source) : new ConfigPlace(_source, line, column)).ToString(),
            Expected = expected,
            Received = received,
            Hint = hint,
        });

    private ConfigPlace At(Mark mark) => _isOption ? new ConfigPlace(_source) : new ConfigPlace(_source, mark.Line, mark.Column);
}
