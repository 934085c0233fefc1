using System.Globalization;
using System.Text.RegularExpressions;

namespace Regimen.Datasets;

/// <summary>A database as <c>data.connection</c> names it.</summary>
internal sealed partial record ConnectionText
{
    private const string Forms = "duckdb:, duckdb:FILE or postgresql://USER:${env:PASSWORD}@HOST:PORT/DATABASE";
    private static readonly string[] SslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

    /// <summary>Whether it is a PostgreSQL server.</summary>
    public bool IsPostgres { get; private init; }

    /// <summary>The file of a DuckDB database; null for none.</summary>
    public string? File { get; private init; }

    /// <summary>The server's name or address, or the folder of its socket.</summary>
    public string Host { get; private init; } = "localhost";

    /// <summary>The server's port.</summary>
    public int Port { get; private init; } = 5432;

    /// <summary>The user; null for the one of PGUSER or of the system.</summary>
    public string? User { get; private init; }

    /// <summary>The password; null for the one of PGPASSWORD or of a password file.</summary>
    public string? Password { get; private init; }

    /// <summary>The database; null for the one named as the user.</summary>
    public string? Database { get; private init; }

    /// <summary>How the connection is encrypted; null for prefer.</summary>
    public string? SslMode { get; private init; }

    /// <summary>The text without the password, for messages.</summary>
    public string Shown => IsPostgres
        ? string.Create(CultureInfo.InvariantCulture, $"postgresql://{(User is null ? "" : User + "@")}{Host}:{Port}/{Database}")
        : $"duckdb:{File}";

    /// <summary>Parses a connection.</summary>
    /// <exception cref="RequestException">It has another form.</exception>
    public static ConnectionText Parse(string text)
    {
        if (Unset().Match(text) is { Success: true } unset)
        {
            throw new RequestException(new Problem($"The environment variable `{unset.Groups["name"].Value}` is not set") { Where = "data.connection", Expected = "a variable of this name" });
        }

        if (text.StartsWith("duckdb:", StringComparison.Ordinal))
        {
            string file = text["duckdb:".Length..];
            return file.Contains("://", StringComparison.Ordinal) ? throw Invalid("the address of a remote file") : new() { File = file.Length > 0 ? file : null };
        }

        if (Server().Match(text) is not { Success: true } match)
        {
            throw Invalid(text.Split(':')[0] is { Length: > 0 and < 20 } scheme && text.Contains(':', StringComparison.Ordinal) ? $"{scheme}:…" : "another form");
        }

        var connection = new ConnectionText
        {
            IsPostgres = true,
            User = Part("user"),
            Password = Part("password"),
            Host = Part("host") ?? "localhost",
            Port = Part("port") is { } port ? PortOf(port) : 5432,
            Database = Part("database"),
        };
        foreach (string setting in match.Groups["settings"].Value.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = setting.Split('=', 2);
            string value = parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : string.Empty;
            connection = parts[0] switch
            {
                "host" => connection with { Host = value },
                "port" => connection with { Port = PortOf(value) },
                "sslmode" when SslModes.Contains(value) => connection with { SslMode = value },
                "sslmode" => throw Invalid($"sslmode={value}", $"sslmode={string.Join(", ", SslModes)}"),
                _ => throw Invalid($"the setting {parts[0]}", "the settings host, port, sslmode"),
            };
        }

        return connection;

        string? Part(string name) => match.Groups[name] is { Length: > 0 } group ? Uri.UnescapeDataString(group.Value) : null;
    }

    /// <summary>Whether a connection as written in a config has a password that is not a reference to the environment.</summary>
    public static bool HasLiteralPassword(string written)
        => (Passwords().Match(written) is { Success: true } match && !Reference().IsMatch(match.Groups["password"].Value))
        || (Settings().Match(written) is { Success: true } setting && !Reference().IsMatch(setting.Groups["password"].Value));

    /// <summary>Removes the password from a message.</summary>
    public string Redact(string message) => Password is { Length: > 0 } secret ? message.Replace(secret, "***", StringComparison.Ordinal) : message;

    private static int PortOf(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and < 65536
        ? port : throw Invalid("another port", "a port from 1 to 65535");

    private static RequestException Invalid(string received, string expected = Forms)
        => new(new Problem("Invalid connection to a database") { Where = "data.connection", Expected = expected, Received = received });

    [GeneratedRegex(@"\Apostgres(ql)?://((?<user>[^:@/?]*)(:(?<password>.*))?@)?(?<host>\[[^\]]*\]|[^:@/?]*)(:(?<port>[^/?@]*))?(/(?<database>[^?/]*))?(\?(?<settings>.*))?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Server();

    // Everything between the first colon behind the scheme and the last @.
    [GeneratedRegex(@"\A\s*[A-Za-z][A-Za-z0-9+.-]*:(//)?[^:@/]*:(?<password>.+)@", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Passwords();

    [GeneratedRegex(@"(password|pwd|passwd)\s*=\s*(?<password>[^&;\s]+)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Settings();

    [GeneratedRegex(@"\$\{env:(?<name>[A-Za-z_][A-Za-z0-9_]*)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Unset();

    [GeneratedRegex(@"\A\$\{env:[^}]*\}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Reference();
}
