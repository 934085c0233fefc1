namespace Regimen;

/// <summary>Marks a property for whose null a config writes a word: <c>auto</c> for a value that is measured or chosen later.</summary>
/// <param name="word">The word.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class NullIsAttribute(string word) : Attribute
{
    /// <summary>The word that a config writes for null.</summary>
    public string Word { get; } = word;
}
