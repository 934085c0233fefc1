using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Regimen.Tests.TestKit;

/// <summary>A Slurm cluster of Debian's packages in this machine, for the tests of one class: munge, a controller and two nodes of two processors,
/// with ports of their own and files in a temporary folder. Where it can't be started the tests are skipped.</summary>
public sealed class SlurmCluster : IDisposable
{
    /// <summary>The nodes that run from the beginning.</summary>
    public static readonly string[] Nodes = ["n1", "n2"];

    /// <summary>A node of the partition <c>elsewhere</c>, which a test starts with a folder that it does not see.</summary>
    private const string OtherNode = "n3";

    private readonly TemporaryFolder _folder = new();
    private readonly List<Process> _daemons = [];
    private readonly string _why;

    /// <summary>Starts the cluster.</summary>
    public SlurmCluster()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root")
        {
            _why = "a cluster is started as root of a Linux machine only";
            return;
        }

        string[] missing = [.. ((string[])["/usr/sbin/munged", "/usr/sbin/slurmctld", "/usr/sbin/slurmd", "/usr/bin/sbatch"]).Where(p => !File.Exists(p))];
        if (missing.Length > 0)
        {
            _why = $"there is no {missing[0]} here: apt-get install slurm-wlm munge";
            return;
        }

        // Unlike other temporary folders, the user munge must enter it.
        File.SetUnixFileMode(_folder.FullPath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute | UnixFileMode.OtherRead | UnixFileMode.GroupRead);
        File.WriteAllText(Configuration, Text());
        foreach (string folder in (string[])["state", "spool-n1", "spool-n2", "spool-n3", "munge"])
        {
            Directory.CreateDirectory(_folder[folder]);
        }

        byte[] key = new byte[256];
        for (int i = 0; i < key.Length; i++)
        {
            key[i] = (byte)(i * 37);
        }

        File.WriteAllBytes(_folder["munge/key"], key);
        File.SetUnixFileMode(_folder["munge/key"], UnixFileMode.UserRead);
        _why = Start() ?? string.Empty;
    }

    /// <summary>The environment of commands for this cluster.</summary>
    internal IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string> { ["SLURM_CONF"] = Configuration };

    private string Configuration => _folder["slurm.conf"];

    /// <summary>Skips the test, with the reason, if there is no cluster.</summary>
    public void SkipWhereMissing() => Assert.SkipUnless(_why.Length == 0, _why);

    /// <summary>Starts Regimen's program.</summary>
    internal CommandProcess Regimen(ProjectFolder project, params string[] args) => CommandProcess.Regimen(project.Folder.FullPath, Variables, args);

    /// <summary>Runs a command of Slurm, and returns what it printed.</summary>
    public string Run(string command, params string[] args) => Run(_folder.FullPath, command, args);

    /// <summary>Runs a command in a folder, and returns what it printed.</summary>
    public string Run(string folder, string command, string[] args)
    {
        var start = new ProcessStartInfo(command, args) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["SLURM_CONF"] = Configuration;
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output + errors.GetAwaiter().GetResult();
    }

    /// <summary>Waits until a condition of the shell holds, asked ten times a second; false if it does not within half a minute.</summary>
    public bool Waits(string condition) => Run("sh", "-c", $"for i in $(seq 300); do {condition} && echo so && exit; sleep 0.1; done").EndsWith("so\n", StringComparison.Ordinal);

    /// <summary>Puts nodes that were set down into service again.</summary>
    public void Restore()
    {
        foreach (string node in Nodes)
        {
            Run("scontrol", "update", $"nodename={node}", "state=resume");
        }

        Assert.True(AreIdle("main", Nodes.Length), Run("sinfo"));
    }

    /// <summary>Starts the node of the partition <c>elsewhere</c>; in place of a folder it sees an empty one.</summary>
    public void StartElsewhere(string hidden)
    {
        Begin("unshare", ["--mount", "sh", "-c", "mount -t tmpfs none \"$1\" && exec /usr/sbin/slurmd -D -N \"$2\" -f \"$3\"", "sh", hidden, OtherNode, Configuration]);
        Assert.True(AreIdle("elsewhere", 1), Run("sinfo"));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_daemons.Count > 0)
        {
            Run("scancel", "--user=root");
            Waits("[ -z \"$(squeue --noheader)\" ]");
        }

        foreach (Process daemon in _daemons.AsEnumerable().Reverse())
        {
            if (!daemon.HasExited)
            {
                daemon.Kill();
                daemon.WaitForExit();
            }

            daemon.Dispose();
        }

        _folder.Dispose();
    }

    /// <returns>The reason if it can't be started; null otherwise.</returns>
    private string? Start()
    {
        try
        {
            Run(_folder.FullPath, "chown", ["-R", "munge:munge", _folder["munge"]]);
            Begin("setpriv",
            [
                "--reuid=munge", "--regid=munge", "--clear-groups", "/usr/sbin/munged", "--foreground", $"--key-file={_folder["munge/key"]}", $"--socket={Socket}",
                $"--pid-file={_folder["munge/pid"]}", $"--log-file={_folder["munge/log"]}", $"--seed-file={_folder["munge/seed"]}",
            ]);
            Waits($"[ -S {Socket} ]");
            Begin("/usr/sbin/slurmctld", ["-D", "-f", Configuration]);
            foreach (string node in Nodes)
            {
                Begin("/usr/sbin/slurmd", ["-D", "-N", node, "-f", Configuration]);
            }

            return AreIdle("main", Nodes.Length) ? null : $"Slurm does not start here: {Run("sinfo")}";
        }
        catch (Win32Exception exception)
        {
            return $"Slurm can't be started: {exception.Message}";
        }
    }

    private string Socket => _folder["munge/socket"];

    private bool AreIdle(string partition, int count) => Waits($"[ $(sinfo --noheader --Node --partition={partition} --format=%T 2>/dev/null | grep -cx idle) = {count} ]");

    /// <summary>Starts a daemon; what it prints goes to a file.</summary>
    private void Begin(string program, string[] args) => _daemons.Add(Process.Start(new ProcessStartInfo(
        "/bin/sh", ["-c", "out=$1; shift; exec \"$@\" >\"$out\" 2>&1", "sh", _folder[$"daemon-{_daemons.Count}.out"], program, .. args]) { WorkingDirectory = _folder.FullPath })!);

    private string Text()
    {
        string host = Dns.GetHostName();
        int[] ports = FreePorts(2 + Nodes.Length + 1);
        return $"""
            ClusterName=regimen-tests
            SlurmctldHost={host}(127.0.0.1)
            SlurmUser=root
            SlurmctldPort={ports[0]}
            SlurmdPort={ports[1]}
            AuthType=auth/munge
            AuthInfo=socket={Socket}
            CredType=cred/munge
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            SchedulerType=sched/backfill
            SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0
            SelectType=select/cons_tres
            SelectTypeParameters=CR_Core
            StateSaveLocation={_folder["state"]}
            SlurmdSpoolDir={_folder["spool-%n"]}
            SlurmctldPidFile={_folder["slurmctld.pid"]}
            SlurmdPidFile={_folder["slurmd-%n.pid"]}
            SlurmctldLogFile={_folder["slurmctld.log"]}
            SlurmdLogFile={_folder["slurmd-%n.log"]}
            SlurmdParameters=config_overrides
            ReturnToService=0
            MpiDefault=none
            KillWait=5
            NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=2
            NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[3]} CPUs=2
            NodeName={OtherNode} NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[4]} CPUs=2
            PartitionName=main Nodes=n1,n2 Default=YES State=UP
            PartitionName=elsewhere Nodes={OtherNode} State=UP

            """;
    }

    private static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (TcpListener listener in listeners)
        {
            listener.Start();
        }

        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        foreach (TcpListener listener in listeners)
        {
            listener.Dispose();
        }

        return ports;
    }
}
