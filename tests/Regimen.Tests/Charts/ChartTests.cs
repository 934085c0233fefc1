using System.Globalization;
using System.Xml.Linq;
using Regimen.Charts;

namespace Regimen.Tests.Charts;

public sealed class ChartTests
{
    private const string Hostile = "</text><script>alert(1)</script> \"'&\u202Eevil\u0007\uD800";

    public static TheoryData<string> Kinds => [.. All().Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_chart_is_well_formed_and_holds_hostile_names_as_text(string kind)
    {
        Chart chart = All()[kind];
        foreach (string svg in (string[])[chart.Svg(), chart.SvgFile()])
        {
            XElement root = XDocument.Parse(svg).Root!;
            Assert.Equal("svg", root.Name.LocalName);
            Assert.DoesNotContain(root.Descendants(), e => e.Name.LocalName == "script");
            Assert.DoesNotContain(root.DescendantsAndSelf().Attributes(), a => a.Name.LocalName is "id" or "style" || a.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
            Assert.DoesNotContain('\u202E', svg);
        }

        XElement element = XDocument.Parse(chart.Svg()).Root!;
        Assert.Contains("alert(1)", element.Attribute("aria-label")!.Value, StringComparison.Ordinal);
        Assert.Equal("img", element.Attribute("role")!.Value);
        Assert.Equal(chart.Title.Replace("\u202E", "\uFFFD", StringComparison.Ordinal).Replace("\u0007", "\uFFFD", StringComparison.Ordinal).Replace("\uD800", "\uFFFD", StringComparison.Ordinal), element.Elements().First().Value);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_chart_is_the_same_text_in_every_culture(string kind)
    {
        string expected = All()[kind].Svg();
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NegativeSign, culture.NumberFormat.NumberGroupSeparator) = (",", "~", ".");
            CultureInfo.CurrentCulture = culture;
            Assert.Equal(expected, All()[kind].Svg());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_value_that_is_not_a_number_interrupts_a_line_and_a_lonely_point_is_a_dot()
    {
        double[] x = [.. Enumerable.Range(0, 41).Select(i => (double)i)];
        double[] y = [.. x.Select(v => v is 7 or 9 ? double.NaN : v is 11 ? double.PositiveInfinity : v)];
        XElement line = XDocument.Parse(new LineChart { Series = [new("s", x, y)] }.Svg()).Descendants().Single(e => e.Attribute("stroke-width")?.Value == "1.8");
        string path = line.Attribute("d")!.Value;

        // 0 to 6, 8 alone, 10 alone, 12 to 40.
        Assert.Equal((4, 2), (path.Count(c => c == 'M'), path.Split("h0").Length - 1));
        Assert.Equal(41 - 3 - 4, path.Count(c => c == 'L'));
    }

    [Fact]
    public void A_band_spans_mean_plus_and_minus_deviation()
    {
        var chart = new LineChart
        {
            Y = new() { Min = 0, Max = 10 },
            Series = [new("s", [0, 1, 2], [5, 5, 5]) { Deviation = [2, 1, 2] }],
        };
        XElement[] shapes = [.. XDocument.Parse(chart.Svg()).Descendants().Where(e => e.Name.LocalName == "path")];
        double[] band = Ys(shapes.Single(e => e.Attribute("fill-opacity")?.Value == "0.18"));
        double mean = Ys(shapes.Single(e => e.Attribute("stroke-width")?.Value == "1.8"))[0];
        Assert.Equal(6, band.Length);
        Assert.Equal(mean, (band[0] + band[5]) / 2, 1);
        Assert.Equal(2.0, (mean - band[0]) / (mean - band[1]), 1);
    }

    [Fact]
    public void A_logarithmic_axis_leaves_out_what_it_cannot_show()
    {
        XElement svg = XDocument.Parse(new LineChart { Y = new() { IsLog = true }, Series = [new("s", [1, 2, 3, 4, 5], [100, 0, -3, 0.01, 1])] }.Svg()).Root!;
        Assert.Equal(3, svg.Descendants().Count(e => e.Name.LocalName == "circle"));
        Assert.All(svg.Descendants().Where(e => e.Name.LocalName == "circle"), c => Assert.InRange(double.Parse(c.Attribute("cy")!.Value, CultureInfo.InvariantCulture), 0, 300));
    }

    [Fact]
    public void A_small_confusion_matrix_shows_counts_and_the_share_of_their_row()
    {
        XElement svg = XDocument.Parse(new HeatMap { Labels = ["cat", "dog"], Counts = [[1499, 1], [0, 7]] }.Fitted().Svg()).Root!;
        string[] texts = [.. svg.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value)];
        Assert.Equal(["1,499", "100 %", "1", "0.1 %", "7", "100 %"], texts.Where(t => char.IsDigit(t[0])));
    }

    [Fact]
    public void A_confusion_matrix_of_137_classes_draws_each_cell_that_is_not_empty()
    {
        const int Classes = 137;
        long[][] counts = [.. Enumerable.Range(0, Classes).Select(i => (long[])[.. Enumerable.Range(0, Classes).Select(j => i == j ? 10L : (i * j) % 31 == 1 ? 2 : 0)])];
        string svg = new HeatMap { Labels = [.. Enumerable.Range(0, Classes).Select(i => $"class {i}")], Counts = counts }.Fitted().Svg();
        Assert.Equal(counts.Sum(r => r.Count(c => c > 0)), svg.Split("z").Length - 1 - (svg.Split("size").Length - 1));
        Assert.InRange(svg.Length, 1, 200_000);
    }

    [Fact]
    public void Lines_of_series_and_texts_have_enough_contrast_to_the_paper()
    {
        foreach (ChartColor color in (ChartColor[])[.. ChartColor.Series, ChartColor.Good, ChartColor.Bad])
        {
            Assert.InRange(Contrast(color.Light, ChartColor.Paper.Light), 3, 21);
            Assert.InRange(Contrast(color.Dark, ChartColor.Paper.Dark), 3, 21);
        }

        foreach (ChartColor text in (ChartColor[])[ChartColor.Ink, ChartColor.Muted])
        {
            Assert.InRange(Contrast(text.Light, ChartColor.Paper.Light), 4.5, 21);
            Assert.InRange(Contrast(text.Dark, ChartColor.Paper.Dark), 4.5, 21);
        }
    }

    private static double[] Ys(XElement path)
        => [.. path.Attribute("d")!.Value.TrimEnd('Z').Split('M', 'L').Where(p => p.Length > 0).Select(p => double.Parse(p.Split(' ')[1], CultureInfo.InvariantCulture))];

    /// <summary>The contrast of two colours (WCAG 2.1).</summary>
    private static double Contrast(string a, string b)
    {
        double[] light = [.. new[] { a, b }.Select(Luminance).OrderDescending()];
        return (light[0] + 0.05) / (light[1] + 0.05);
    }

    private static double Luminance(string color)
    {
        double[] rgb = [.. new[] { 1, 3, 5 }.Select(at => Convert.ToInt32(color.Substring(at, 2), 16) / 255.0).Select(c => c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4))];
        return (0.2126 * rgb[0]) + (0.7152 * rgb[1]) + (0.0722 * rgb[2]);
    }

    private static Dictionary<string, Chart> All()
    {
        double[] x = [.. Enumerable.Range(1, 37).Select(i => (double)i)];
        double[] y = [.. x.Select(v => (Math.Sin(v) * 1234.5) + 1300)];
        return new()
        {
            ["lines"] = new LineChart { Title = Hostile, X = new() { Label = Hostile }, Y = new() { Label = Hostile }, Series = [new(Hostile, x, y) { Deviation = x }, new("b", x, x)] },
            ["log"] = new LineChart { Title = Hostile, Y = new() { IsLog = true, IsFraction = true }, Series = [new(Hostile, x, [.. x.Select(v => Math.Pow(10, -v))])] },
            ["scatter"] = new ScatterChart { Title = Hostile, HasDiagonal = true, Series = [new(Hostile, [.. x.Zip(y).Select(p => new ScatterPoint(p.First, p.Second, Hostile))]), new("b", [])] },
            ["categories"] = new ScatterChart { Title = Hostile, Categories = [Hostile, "b"], Series = [new("a", [new(0, 1.5), new(1, -2.5)])] },
            ["bars"] = new BarChart { Title = Hostile, Bars = [new(Hostile, 0.5, Error: 0.25), new("b", -0.25), new("c", double.NaN)] },
            ["histogram"] = new HistogramChart { Title = Hostile, HasZeroLine = true, Edges = [-1.5, -0.5, 0.5], Counts = [3, 1234] },
            ["reliability"] = new ReliabilityChart { Title = Hostile, Bins = [new(0, double.NaN, double.NaN), new(17, 0.55, 0.5), new(3, 0.9, 1)] },
            ["confusion"] = new HeatMap { Title = Hostile, Labels = [Hostile, "b"], Counts = [[3, 1], [0, 1234]] }.Fitted(),
            ["parallel"] = new ParallelChart { Title = Hostile, Axes = [new(Hostile) { Categories = [Hostile, "b"] }, new("lr") { Scale = new() { IsLog = true } }, new("loss")], Lines = [new([0, 0.001, 2.5], 1, Hostile), new([1, 0.1, double.NaN], double.NaN)] },
            ["nothing"] = new LineChart { Title = Hostile },
        };
    }
}
