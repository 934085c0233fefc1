using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests of a run of four ranks on four hosts: network namespaces of this machine with a host name each, joined by a bridge, in which mpirun starts
/// the ranks by ssh. Nothing leaves the machine.</summary>
[Collection(OtherProcesses.Name)]
public sealed class RankedHostsTests
{
    [Fact]
    public void A_cut_link_ends_the_job_with_the_hosts_name_and_the_run_resumes_to_the_same_bits()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "builds a network of four hosts and waits for a link that is cut: REGIMEN_LONG=1");
        MpiJob.SkipWhereMissing();
        using var hosts = new NamespaceHosts(4);
        string[] training = ["train", "--quiet", "loader.global_batch_size=30", "trainer.epochs=300", "early_stopping=none", "threads=1", "checkpoint.every_steps=4", "report=false"];

        using var undisturbed = new ProjectFolder();
        hosts.Run(undisturbed.Folder.FullPath, training).Ends(0);

        using var project = new ProjectFolder();
        CommandOutput cut = hosts.Run(project.Folder.FullPath, training, whileRunning: () =>
        {
            string checkpoints = Path.Combine(project.Runs);
            if (Directory.Exists(checkpoints) && Directory.GetFiles(checkpoints, "steps.f32", SearchOption.AllDirectories).Any(f => new FileInfo(f).Length >= 200))
            {
                hosts.Link(3, isUp: false);
                return true;
            }

            return false;
        });
        Assert.NotEqual(0, cut.ExitCode);
        Assert.Contains("error: Rank 2 on host regimen3 is lost", cut.Error, StringComparison.Ordinal);
        JsonNode run = JsonNode.Parse(File.ReadAllText(Path.Combine(project.Run, "run.json")))!;
        Assert.Equal("interrupted", (string?)run["status"]);
        Assert.InRange((long)run["steps"]!, 50, (long)run["plan"]!["steps"]! - 1);

        hosts.Link(3, isUp: true);
        hosts.Run(project.Folder.FullPath, ["resume", "latest", "--quiet"]).Ends(0);
        Assert.Equal(Digest(undisturbed), Digest(project));
    }

    private static string Digest(ProjectFolder project) => (string)JsonNode.Parse(File.ReadAllText(Path.Combine(project.Run, "run.json")))!["weights_digest"]!;

    /// <summary>Hosts that are network namespaces, with an ssh server in each.</summary>
    private sealed class NamespaceHosts : IDisposable
    {
        private const string Switch = "regimensw";
        private readonly int _count;
        private readonly TemporaryFolder _folder = new();
        private readonly List<Process> _servers = [];

        public NamespaceHosts(int count)
        {
            _count = count;
            Assert.SkipUnless(Environment.UserName == "root", "network namespaces need root");
            foreach (string program in (string[])["/usr/sbin/ip", "/usr/sbin/sshd", "/usr/bin/unshare"])
            {
                Assert.SkipUnless(File.Exists(program), $"there is no {program}: apt-get install iproute2 openssh-server util-linux");
            }

            Directory.CreateDirectory("/run/sshd");
            Do("ssh-keygen", "-q", "-t", "ed25519", "-N", string.Empty, "-f", _folder["key"]);
            Do("ip", "netns", "add", Switch);
            Do("ip", "-n", Switch, "link", "add", "br0", "type", "bridge");
            Do("ip", "-n", Switch, "link", "set", "br0", "up");
            for (int host = 1; host <= count; host++)
            {
                Do("ip", "netns", "add", Name(host));
                Do("ip", "link", "add", $"rgveth{host}", "netns", Name(host), "type", "veth", "peer", "name", $"port{host}", "netns", Switch);
                Do("ip", "-n", Switch, "link", "set", $"port{host}", "master", "br0");
                Do("ip", "-n", Switch, "link", "set", $"port{host}", "up");
                Do("ip", "-n", Name(host), "addr", "add", $"{Address(host)}/24", "dev", $"rgveth{host}");
                Do("ip", "-n", Name(host), "link", "set", $"rgveth{host}", "up");
                Do("ip", "-n", Name(host), "link", "set", "lo", "up");
                _servers.Add(Process.Start(In(host, "/usr/sbin/sshd", "-D", "-f", "/dev/null", "-p", "2222", "-o", $"HostKey={_folder["key"]}", "-o", $"AuthorizedKeysFile={_folder["key.pub"]}",
                    "-o", "StrictModes=no", "-o", "PidFile=none", "-o", "UsePAM=no"))!);
            }

            Assert.True(SpinWait.SpinUntil(() => Enumerable.Range(1, count).All(IsServing), TimeSpan.FromSeconds(20)), "an ssh server did not start");
        }

        /// <summary>Runs a command with a rank on each host.</summary>
        /// <param name="folder">The working directory, which all hosts share.</param>
        /// <param name="command">The command.</param>
        /// <param name="whileRunning">Is called until it returns true.</param>
        public CommandOutput Run(string folder, string[] command, Func<bool>? whileRunning = null)
        {
            string ssh = $"ssh -p 2222 -i {_folder["key"]} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR";
            string[] options =
            [
                "--host", string.Join(',', Enumerable.Range(1, _count).Select(h => $"{Address(h)}:1")), "-n", $"{_count}", "--bind-to", "none", "--wdir", folder,
                "--mca", "plm_rsh_agent", ssh, "--mca", "btl", "tcp,self", "--mca", "btl_tcp_if_include", "10.98.7.0/24", "--mca", "oob_tcp_if_include", "10.98.7.0/24",
                "--mca", "oob_tcp_keepalive_time", "3", "--mca", "oob_tcp_keepalive_intvl", "1", "--mca", "oob_tcp_keepalive_probes", "3",
            ];
            ProcessStartInfo start = In(1, "mpirun.openmpi", [.. options, .. CommandProcess.RegimenProgram, .. command]);
            (start.RedirectStandardOutput, start.RedirectStandardError, start.WorkingDirectory) = (true, true, folder);
            (start.Environment["OMPI_ALLOW_RUN_AS_ROOT"], start.Environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"], start.Environment["REGIMEN_RANK_TIMEOUT"]) = ("1", "1", "5");
            using var process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> errors = process.StandardError.ReadToEndAsync();
            if (whileRunning is not null)
            {
                Assert.True(SpinWait.SpinUntil(() => whileRunning() || process.HasExited, TimeSpan.FromMinutes(2)) && !process.HasExited, "the job ended before it could be disturbed");
            }

            if (!process.WaitForExit(TimeSpan.FromMinutes(3)))
            {
                process.Kill(entireProcessTree: true);
                Assert.Fail("the job did not end");
            }

            return new CommandOutput(process.ExitCode, output.Result, errors.Result);
        }

        /// <summary>Cuts the link of a host, or joins it again.</summary>
        public void Link(int host, bool isUp) => Do("ip", "-n", Switch, "link", "set", $"port{host}", isUp ? "up" : "down");

        public void Dispose()
        {
            foreach (Process server in _servers)
            {
                server.Kill(entireProcessTree: true);
                server.WaitForExit();
                server.Dispose();
            }

            for (int host = 1; host <= _count; host++)
            {
                Process.Start("ip", ["netns", "del", Name(host)]).WaitForExit();
            }

            Process.Start("ip", ["netns", "del", Switch]).WaitForExit();
            _folder.Dispose();
        }

        private static string Name(int host) => $"regimen{host}";

        private static string Address(int host) => $"10.98.7.{host}";

        /// <summary>Returns how to start a program on a host, with the host's name.</summary>
        private static ProcessStartInfo In(int host, string program, params string[] arguments)
            => new("ip", ["netns", "exec", Name(host), "unshare", "--uts", "sh", "-c", "hostname \"$0\"; exec \"$@\"", Name(host), program, .. arguments]);

        private static bool IsServing(int host)
        {
            using var process = Process.Start(new ProcessStartInfo("ip", ["netns", "exec", Name(host), "sh", "-c", "grep -q ':08AE' /proc/net/tcp"]))!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }

        private static void Do(string program, params string[] arguments)
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error}");
        }
    }
}
