using System.Text;

namespace Regimen;

/// <summary>One error in what the user asked for or in a file: where it is, what was expected, what was received, what to do.</summary>
/// <param name="Message">What is wrong, as one sentence without a full stop.</param>
public sealed record Problem(string Message)
{
    /// <summary>The place of the error: <c>file(line,column)</c>, an option as typed, or a file with an offset.</summary>
    public string? Where { get; init; }

    /// <summary>A description of the values that are accepted: "a whole number from 1 to 65536".</summary>
    public string? Expected { get; init; }

    /// <summary>The value that was found.</summary>
    public string? Received { get; init; }

    /// <summary>What to do to correct it.</summary>
    public string? Hint { get; init; }

    /// <summary>Returns one to three lines of text.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        if (Where is not null)
        {
            text.Append(Where).Append(": ");
        }

        text.Append(Message);
        if (Expected is not null || Received is not null)
        {
            text.Append("\n  ");
            text.Append((Expected, Received) switch
            {
                (null, _) => $"received {Received}",
                (_, null) => $"expected {Expected}",
                _ => $"expected {Expected}; received {Received}",
            });
        }

        if (Hint is not null)
        {
            text.Append("\n  ").Append(Hint);
        }

        return text.ToString();
    }
}
