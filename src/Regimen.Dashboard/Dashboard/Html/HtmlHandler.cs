using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace Regimen.Dashboard;

/// <summary>Builds a piece of a page from an interpolated text: the literal parts are markup, the values are encoded, numbers are written in the
/// invariant culture. Attributes are written in double quotes, which are encoded too.</summary>
[InterpolatedStringHandler]
internal readonly ref struct HtmlHandler(int literalLength, int formattedCount)
{
    private const int Value = 16;
    private readonly StringBuilder _html = new(literalLength + (Value * formattedCount));

    public void AppendLiteral(string markup) => _html.Append(markup);

    public void AppendFormatted(Html piece) => _html.Append(piece.ToString());

    public void AppendFormatted(IEnumerable<Html> pieces)
    {
        foreach (Html piece in pieces)
        {
            _html.Append(piece.ToString());
        }
    }

    public void AppendFormatted(string? text) => _html.Append(WebUtility.HtmlEncode(text));

    public void AppendFormatted<T>(T value, string? format = null)
        where T : IFormattable
        => _html.Append(WebUtility.HtmlEncode(value.ToString(format, CultureInfo.InvariantCulture)));

    public override string ToString() => _html.ToString();
}
