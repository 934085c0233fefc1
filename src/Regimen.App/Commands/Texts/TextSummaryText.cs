using System.Globalization;
using System.Text.Json.Nodes;
using Regimen.App.Screen;
using Regimen.Data;

namespace Regimen.App.Commands;

/// <summary>Formats the summary of a text as tokens, as JSON and as text.</summary>
internal static class TextSummaryText
{
    public static JsonObject Document(TextSummary text) => new()
    {
        ["files"] = text.Files,
        ["bytes"] = text.Bytes,
        ["vocabulary"] = text.Vocabulary,
        ["in_memory"] = text.InMemory,
        ["parts"] = new JsonArray([.. text.Parts.Select(part => new JsonObject
        {
            ["part"] = part.Name,
            ["bytes"] = part.Bytes,
            ["tokens"] = part.Tokens,
            ["unknown"] = part.Unknown,
        })]),
        ["sample"] = text.Sample,
    };

    public static void Write(Page page, TextSummary text)
    {
        page.Line();
        TextTable.Write(
            page,
            [new("part"), new("bytes", IsNumber: true), new("tokens", IsNumber: true), new("bytes per token", IsNumber: true), new("unknown", IsNumber: true)],
            text.Parts.Select(part => new Cell[]
            {
                part.Name, DisplayText.Count(part.Bytes), DisplayText.Count(part.Tokens), DisplayText.Value((double)part.Bytes / part.Tokens), DisplayText.Count(part.Unknown),
            }));
        page.Line(string.Create(CultureInfo.InvariantCulture, $"{text.Vocabulary:#,0} different tokens; ")
            + (text.InMemory ? "the tokens are in memory." : "the text is read from disk for every batch (data.memory_mb)."));
        page.Line();
        page.Line("the beginning of the first training sample");
        foreach (string line in text.Sample.Split('\n'))
        {
            page.Line($"  {line.TrimEnd('\r')}");
        }
    }
}
