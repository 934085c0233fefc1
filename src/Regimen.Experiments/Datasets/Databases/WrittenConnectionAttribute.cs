namespace Regimen.Datasets;

/// <summary>Refuses a database's connection that has a password as it is written in a config, where a run would record it.</summary>
public sealed class WrittenConnectionAttribute : WrittenFormAttribute
{
    /// <inheritdoc/>
    public override Problem? Check(string key, string written) => ConnectionText.HasLiteralPassword(written)
        ? new Problem("A password must not be written in a config")
        {
            Where = key,
            Expected = "postgresql://USER:${env:NAME}@HOST:PORT/DATABASE, with the password in the environment variable NAME; or all of it as ${env:NAME}",
            Received = "a connection with a password, which is not shown",
            Hint = "A run records its config. Quote ${env:NAME} with single quotes in a shell.",
        }
        : null;
}
