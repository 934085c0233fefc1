using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Regimen.Configuration;

/// <summary>Reads the subset of YAML 1.2 that configs use: mappings, lists and scalars in one document. Everything else (tags, anchors,
/// aliases, directives, a second document) is rejected.</summary>
internal sealed class YamlReader
{
    private const int Deepest = 16;
    private const string LookAround = "Check the quotes, brackets and indentation here and on the lines before.";
    private const string QuoteReferences = "Inside brackets or braces a reference must be quoted, for example \"${model.hidden}\".";
    private readonly string _source;
    private readonly bool _isOption;
    private readonly ICollection<Problem> _problems;

    /// <summary>The kinds of problems that are reported once per text, and have been reported.</summary>
    private readonly HashSet<string> _reported = [];

    private YamlReader(string source, bool isOption, ICollection<Problem> problems)
    {
        _source = source;
        _isOption = isOption;
        _problems = problems;
    }

    /// <summary>Reads a text. Problems are added to <paramref name="problems"/>.</summary>
    /// <param name="text">The YAML.</param>
    /// <param name="source">The path of the file, or the option as typed.</param>
    /// <param name="isOption">Whether the text is a command-line option, whose problems have no line and column.</param>
    /// <param name="problems">The list that problems are added to.</param>
    /// <returns>The root node; null if the text is empty or cannot be read.</returns>
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
                AddProblem(second.Start, "A second document begins here", "one document per file", "---",
                    "Move it to a separate file, or delete the line `---`.");
            }

            return root;
        }
        catch (YamlException exception)
        {
            string what = exception.Message.Length > 0 ? char.ToLowerInvariant(exception.Message[0]) + exception.Message[1..].TrimEnd('.') : "";
            AddProblem(exception.Start, $"Invalid YAML: {what}", hint: text.Contains("${", StringComparison.Ordinal) ? QuoteReferences : LookAround);
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
            // YamlDotNet 18.1 throws these for some invalid texts, such as an open bracket with a key in the next line.
            AddProblem(parser.Current?.End ?? Mark.Empty, "Invalid YAML", hint: LookAround);
            return null;
        }
    }

    private ConfigNode? ReadNode(Parser parser, int depth)
    {
        CheckPlain(parser.Current!);
        if (depth > Deepest && parser.Current is MappingStart or SequenceStart)
        {
            // Do not read the rest: the parser can take extremely long on very deep nesting.
            throw new RequestException(new Problem("The config is nested too deeply")
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
                // The grammar does not allow this, but YamlDotNet 18.1 accepts an alias at the end of a mapping.
                throw new SemanticErrorException(parser.Current!.Start, parser.Current.End, "a value is missing");
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
                    AddProblem(keyStart, "A key must be a single value", received: key.Received);
                }
            }
            else if (!places.TryAdd(scalar.Text, scalar.Place))
            {
                AddProblem(keyStart, $"Duplicate key `{ConfigNode.Printable(scalar.Text)}`",
                    hint: $"It was first set at {places[scalar.Text]}. Delete one of the two.");
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
        if (current is AnchorAlias alias && _reported.Add(nameof(AnchorAlias)))
        {
            AddProblem(alias.Start, $"The alias `*{ConfigNode.Printable(alias.Value.Value)}` is not accepted",
                hint: "Write the value itself, or a reference such as ${model.hidden}. Put text that begins with * in quotes: \"*.bias\".");
        }

        if (current is not NodeEvent node)
        {
            return;
        }

        if (!node.Anchor.IsEmpty && _reported.Add(nameof(node.Anchor)))
        {
            AddProblem(node.Start, $"The anchor `&{ConfigNode.Printable(node.Anchor.Value)}` is not accepted",
                hint: "Delete it. A reference such as ${model.hidden} repeats a value.");
        }

        if (!node.Tag.IsEmpty)
        {
            string tag = node.Tag.Value.Replace("tag:yaml.org,2002:", "!!", StringComparison.Ordinal);
            AddProblem(node.Start, $"The tag `{ConfigNode.Printable(tag)}` is not accepted", hint: "Delete it. Each key has a fixed type.");
        }
    }

    /// <summary>Rejects what the parser would accept: control characters, tabs as indentation, directives.</summary>
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
                AddProblem(lineNumber, control + 1, $"Control character U+{(int)line[control]:X4} is not allowed", "text in UTF-8",
                    hint: "Delete it, or write the file again.");
                return false;
            }

            if (indent >= 0 && line[indent] == '\t' && !line.IsWhiteSpace())
            {
                AddProblem(lineNumber, indent + 1, "This line is indented with a tab", "spaces", hint: "Replace the tab with spaces.");
            }
            else if (!_isOption && line is ['%', ..])
            {
                AddProblem(lineNumber, 1, "A YAML directive is not accepted", received: ConfigNode.Printable(line.ToString()),
                    hint: "Delete the line.");
            }
        }

        return _problems.Count == before;
    }

    private void AddProblem(Mark mark, string message, string? expected = null, string? received = null, string? hint = null)
        => AddProblem(mark.Line, mark.Column, message, expected, received, hint);

    private void AddProblem(long line, long column, string message, string? expected = null, string? received = null, string? hint = null)
        => _problems.Add(new Problem(message)
        {
            Where = (_isOption ? new ConfigPlace(_source) : new ConfigPlace(_source, line, column)).ToString(),
            Expected = expected,
            Received = received,
            Hint = hint,
        });

    private ConfigPlace At(Mark mark) => _isOption ? new ConfigPlace(_source) : new ConfigPlace(_source, mark.Line, mark.Column);
}
