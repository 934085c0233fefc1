using System.ComponentModel;
using System.Diagnostics;

namespace Regimen.Tests.TestKit;

/// <summary>A PostgreSQL server of Debian's package on a socket in a temporary folder, for the tests of one class. Without the programs the
/// tests are skipped.</summary>
public sealed class PostgresServer : IDisposable
{
    /// <summary>The password of the server's only user.</summary>
    public const string Password = "s3cret'of&the+tests";

    private readonly TemporaryFolder _folder = new();
    private readonly string? _programs = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Order().Select(version => Path.Combine(version, "bin")).LastOrDefault(bin => File.Exists(Path.Combine(bin, "initdb")))
        : null;

    private readonly string _why = "not started";

    /// <summary>Starts the server.</summary>
    public PostgresServer()
    {
        if (_programs is null)
        {
            _why = "there is no PostgreSQL server here: apt-get install postgresql";
            return;
        }

        File.WriteAllText(_folder["password"], Password);
        if (Environment.UserName == "root")
        {
            // The server refuses to run as root.
            Run("chown", ["-R", "nobody", _folder.FullPath]);
        }

        _why = AsUser("initdb", "-D", _folder["data"], "-U", "tester", "--auth=scram-sha-256", $"--pwfile={_folder["password"]}", "--locale=C.UTF-8", "-N")
            ?? AsUser("pg_ctl", "-D", _folder["data"], "-w", "-s", "-l", _folder["log"], "-o", $"-c listen_addresses='' -c fsync=off -k {_folder.FullPath}", "start")
            ?? string.Empty;
    }

    /// <summary>The connection as a config has it, with the password from the environment variable <c>REGIMEN_TEST_PASSWORD</c>.</summary>
    public string Connection => $"postgresql://tester:${{env:REGIMEN_TEST_PASSWORD}}@/postgres?host={Uri.EscapeDataString(_folder.FullPath)}";

    /// <summary>The connection with the password.</summary>
    public string WithPassword(string password = Password) => Connection.Replace("${env:REGIMEN_TEST_PASSWORD}", Uri.EscapeDataString(password), StringComparison.Ordinal);

    /// <summary>Skips the test, with the reason, if there is no server.</summary>
    public void SkipWhereMissing() => Assert.SkipUnless(_why.Length == 0, _why);

    /// <summary>Runs statements as the server's user.</summary>
    public void Execute(string sql)
    {
        string script = _folder["script.sql"];
        File.WriteAllText(script, sql);
        string? why = Run("env", [$"PGPASSWORD={Password}", Path.Combine(_programs!, "psql"), "-h", _folder.FullPath, "-U", "tester", "-d", "postgres", "-q", "-v", "ON_ERROR_STOP=1", "-f", script]);
        Assert.True(why is null, why);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_why.Length == 0)
        {
            AsUser("pg_ctl", "-D", _folder["data"], "-m", "immediate", "-s", "stop");
        }

        _folder.Dispose();
    }

    private string? AsUser(string program, params string[] args)
    {
        string path = Path.Combine(_programs!, program);
        return Environment.UserName == "root"
            ? Run("setpriv", ["--reuid=nobody", "--regid=nogroup", "--clear-groups", path, .. args])
            : Run(path, args);
    }

    /// <returns>The reason if it failed; null otherwise.</returns>
    private string? Run(string program, string[] args)
    {
        try
        {
            // The server inherits its starter's output, so that nothing may wait for the end of it.
            using Process process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "out=$1; shift; exec \"$@\" >\"$out\" 2>&1", "sh", _folder[$"{program.Split('/')[^1]}.out"], program, .. args])
            {
                WorkingDirectory = _folder.FullPath,
            })!;
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"{program} {string.Join(' ', args)} failed: {File.ReadAllText(_folder[$"{program.Split('/')[^1]}.out"])}";
        }
        catch (Win32Exception exception)
        {
            return $"{program} can't be started: {exception.Message}";
        }
    }
}
