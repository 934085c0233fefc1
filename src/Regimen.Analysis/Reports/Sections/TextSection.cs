using System.Globalization;
using Regimen.Charts;

namespace Regimen.Reports;

/// <summary>The findings of next-token prediction: the loss by position and kind of token, and the passages that surprise the model most.</summary>
internal static class TextSection
{
    public static void Write(HtmlText html, RunFindings findings, TextFindings text, ReportLimits limits)
    {
        html.Section("Tokens", () =>
        {
            html.Element("p", $"The perplexity on {FindingsSection.SplitOf(findings)} ({ReportNumbers.Count(findings.Samples, "sample", "samples")}) is {ReportNumbers.Number(text.Perplexity)}: the model is as uncertain as if it chose among that many equally likely tokens.");
            html.Open("div", "charts");
            html.Figure(new LineChart
            {
                Title = "Loss by position",
                Description = "mean loss of the next token by the number of tokens before it",
                Width = 560,
                Height = 270,
                X = new() { IsTight = true, IsWhole = true, Label = "tokens that the model has seen" },
                Series = [new("loss", [.. text.Positions.Select(p => (double)p.Position)], [.. text.Positions.Select(p => p.Loss)])],
            });
            if (text.Kinds.Count > 0)
            {
                html.Figure(new BarChart
                {
                    Title = "Loss by kind of token",
                    Description = string.Join(", ", text.Kinds.Select(k => $"{k.Kind} {ReportNumbers.Number(k.Loss)}")),
                    Width = 560,
                    Bars = [.. text.Kinds.Select(k => new Bar(k.Kind, k.Loss, $"{ReportNumbers.Number(k.Loss)} ({ReportNumbers.Count(k.Count)})"))],
                });
            }

            html.Close("div");
        });
        if (text.Windows.Count > 0 && limits.Samples > 0)
        {
            html.Section("Most surprising passages", () =>
            {
                html.Element("p", "The samples with the highest mean loss. The stronger a token is marked, the less likely the model thought it: below one in 7, in 50, in 400.", "muted");
                foreach (TextWindow window in text.Windows.Take(Math.Max(1, limits.Samples / 3)))
                {
                    html.Element("h3", string.Create(CultureInfo.InvariantCulture, $"Sample {window.Index:#,0}, mean loss {window.Loss:0.000}{(window.From > 0 ? $", from token {window.From:#,0}" : string.Empty)}"));
                    Window(html, window);
                }
            });
        }
    }

    private static void Window(HtmlText html, TextWindow window)
    {
        html.Open("p", "window");
        int count = Math.Min(window.Tokens.Count, window.Losses.Count);
        for (int from = 0; from < count;)
        {
            int level = Level(window.Losses[from]);
            int to = from + 1;
            while (to < count && Level(window.Losses[to]) == level)
            {
                to++;
            }

            string text = string.Concat(window.Tokens.Skip(from).Take(to - from)).Replace("\r", string.Empty, StringComparison.Ordinal);
            _ = level == 0 ? html.Text(text) : html.Element("span", level > 0 && text.All(c => c == '\n') ? $"↵{text}" : text, $"l{level}");
            from = to;
        }

        html.Close("p");
    }

    /// <summary>The strength of a mark, by powers of 7: from 0 to 3.</summary>
    private static int Level(double loss) => loss < 1.95 ? 0 : loss < 3.9 ? 1 : loss < 6 ? 2 : 3;
}
