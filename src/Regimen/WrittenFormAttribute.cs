namespace Regimen;

/// <summary>Checks the text of a key as a config has it, before references such as <c>${env:NAME}</c> are replaced.</summary>
[AttributeUsage(AttributeTargets.Property)]
public abstract class WrittenFormAttribute : Attribute
{
    /// <summary>Checks a text.</summary>
    /// <param name="key">The full key, such as <c>data.connection</c>.</param>
    /// <param name="written">The text as written.</param>
    /// <returns>The problem, which must not contain a secret; null if there is none.</returns>
    public abstract Problem? Check(string key, string written);
}
