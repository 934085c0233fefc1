namespace Regimen.Configuration;

/// <summary>The catalog component that a config chose for a group.</summary>
/// <typeparam name="TOptions">The base type of the group's options records.</typeparam>
/// <param name="Name">The name in the catalog.</param>
/// <param name="Options">The options record. For an objective, optimizer or schedule, the record is the component itself.</param>
public sealed record Component<TOptions>(string Name, TOptions Options)
    where TOptions : notnull
{
    /// <summary>Whether both have the same name, and options of the same type with the same value for every key. Lists are compared element
    /// by element.</summary>
    public bool Equals(Component<TOptions>? other)
        => other is not null && Name == other.Name && OptionsShape.For(Options.GetType()).AreEqual(Options, other.Options);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Options.GetType());
}
