namespace Regimen.Configuration;

/// <summary>What a config has chosen from the catalog in one group.</summary>
/// <typeparam name="TOptions">What every choice of the group derives from.</typeparam>
/// <param name="Name">Its name in the catalog.</param>
/// <param name="Options">Its options record with every value; an objective, optimizer or schedule is this record itself.</param>
public sealed record Component<TOptions>(string Name, TOptions Options)
    where TOptions : notnull
{
    /// <summary>Whether both have the same name, and options of the same type with the same value of every key; lists are compared value
    /// by value.</summary>
    public bool Equals(Component<TOptions>? other)
        => other is not null && Name == other.Name && OptionsShape.For(Options.GetType()).AreEqual(Options, other.Options);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Options.GetType());
}
