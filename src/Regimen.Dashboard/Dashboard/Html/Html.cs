using System.Net;

namespace Regimen.Dashboard;

/// <summary>A piece of a page. Text becomes part of it through <see cref="HtmlHandler"/>, which encodes it: <c>Html.Of($"&lt;td&gt;{name}")</c>
/// is safe for any name.</summary>
internal readonly record struct Html
{
    private readonly string? _text;

    private Html(string text) => _text = text;

    /// <summary>Nothing.</summary>
    public static Html Empty => default;

    /// <summary>Returns a piece with encoded values.</summary>
    public static Html Of(HtmlHandler piece) => new(piece.ToString());

    /// <summary>Takes markup as it is. The caller vouches for it: it must come from this program, not from a run.</summary>
    public static Html Markup(string markup) => new(markup);

    /// <summary>Encodes a text.</summary>
    public static Html Text(string? text) => new(WebUtility.HtmlEncode(text ?? string.Empty));

    /// <summary>Returns a piece if a condition holds.</summary>
    public static Html If(bool condition, HtmlHandler piece) => condition ? new(piece.ToString()) : default;

    public override string ToString() => _text ?? string.Empty;
}
