using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Regimen.Dashboard;
using Regimen.Runs;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Dashboard;

/// <summary>Tests what a dashboard answers, and what it refuses, without a browser.</summary>
public sealed partial class DashboardServerTests : IDisposable
{
    private const string Hostile = "2026-11-01_x<img src=x onerror=\"alert(1)\">'&amp;";
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_answer_forbids_what_the_pages_do_not_need()
    {
        MadeRuns.Make(_folder, "2026-11-01_a");
        await using DashboardServer server = await Start();
        foreach (string path in (string[])["/", "/run?run=2026-11-01_a", "/curves?run=2026-11-01_a", "/compare", "/draw", "/assets/site.js", "/nothing", "/run?run=other", "/api/curves?run=other"])
        {
            using HttpResponseMessage answer = await Get(server, path);
            string policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
            Assert.Equal(["no-referrer"], answer.Headers.GetValues("Referrer-Policy"));
        }

        // The report is a page with its own style sheet, which its policy names by its digest.
        using HttpResponseMessage report = await Get(server, "/run/report?run=2026-11-01_a");
        Assert.Contains("default-src 'none'; img-src data:; style-src 'sha256-", report.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_file_that_a_page_names_is_there()
    {
        MadeRuns.Make(_folder, "2026-11-01_a");
        await using DashboardServer server = await Start();
        string[] pages = ["/", "/run?run=2026-11-01_a", "/curves?run=2026-11-01_a", "/compare?run=2026-11-01_a", "/draw"];
        var seen = new HashSet<string>();
        var open = new Queue<string>();
        foreach (string page in pages)
        {
            Assert.All(LinkPattern().Matches(await Text(server, page)), m => open.Enqueue(m.Groups[1].Value));
        }

        while (open.TryDequeue(out string? file))
        {
            if (seen.Add(file))
            {
                string text = await Text(server, file);
                Assert.NotEmpty(text);
                foreach (Match match in ImportPattern().Matches(file.EndsWith(".js", StringComparison.Ordinal) ? text : string.Empty))
                {
                    open.Enqueue($"/assets/{match.Groups[1].Value}");
                }
            }
        }

        Assert.Contains("/assets/uplot/uPlot.iife.min.js", seen);
        Assert.Contains("/assets/curve-data.js", seen);
    }

    [Fact]
    public async Task A_name_that_a_foreign_site_gave_to_this_address_is_refused()
    {
        await using DashboardServer server = await Start();
        Assert.Equal(HttpStatusCode.OK, await Status(server, "/", r => r.Headers.Host = "localhost:6006"));
        Assert.Equal(HttpStatusCode.OK, await Status(server, "/", r => r.Headers.Host = "[::1]:6007"));
        foreach (string host in (string[])["evil.example", "127.0.0.1.evil.example", "10.0.0.7", Environment.MachineName + "x"])
        {
            Assert.Equal(HttpStatusCode.Forbidden, await Status(server, "/", r => r.Headers.Host = host));
        }

        Assert.Equal(HttpStatusCode.Forbidden, await Status(server, "/api/curves", r => r.Headers.Add("Sec-Fetch-Site", "cross-site")));
        Assert.Equal(HttpStatusCode.Forbidden, await Status(server, "/api/curves", r => r.Headers.Add("Origin", "http://evil.example")));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, await Status(server, "/", r => r.Method = HttpMethod.Put));
    }

    [Fact]
    public async Task Tags_and_notes_are_changed_by_the_pages_own_scripts_alone()
    {
        string run = MadeRuns.Make(_folder, "2026-11-01_a");
        await using DashboardServer server = await Start();
        const string Body = """{"tags":["good","a/b"],"note":"<b>the first</b>\nline"}""";
        Assert.Equal(HttpStatusCode.Forbidden, (await Post(server, Body, origin: null)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await Post(server, Body, origin: "http://evil.example")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await Post(server, Body, origin: "null")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await Post(server, Body, server.Address, hasHeader: false)).Status);
        Assert.Empty(RunLabels.Read(run).Tags);
        Assert.Equal(HttpStatusCode.OK, (await Post(server, Body, server.Address)).Status);
        Assert.Equal(["good", "a/b"], RunLabels.Read(run).Tags);
        Assert.Equal("<b>the first</b>\nline", RunLabels.Read(run).Note);
        foreach (string bad in (string[])["", "[]", "{\"tags\":[1]}", "{\"tags\":[null]}", "{\"tags\":[\"<b>\"]}", $"{{\"note\":\"{new string('x', 10_001)}\"}}"])
        {
            (HttpStatusCode status, string text) = await Post(server, bad, server.Address);
            Assert.Equal(HttpStatusCode.BadRequest, status);
            Assert.NotEmpty(JsonNode.Parse(text)!["errors"]!.AsArray());
        }

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await Post(server, new string(' ', (4 << 20) + 1), server.Address)).Status);
        Assert.Equal(["good", "a/b"], RunLabels.Read(run).Tags);
    }

    [Fact]
    public async Task No_address_leads_outside_the_folder_of_runs()
    {
        using var outside = new TemporaryFolder();
        string secret = MadeRuns.Make(outside, "secret", model: "hidden_model");
        string run = MadeRuns.Make(_folder, "2026-11-01_a");
        Directory.CreateSymbolicLink(_folder["2026-11-02_link"], secret);
        MadeRuns.Make(_folder, "2026-11-03_file");
        File.Delete(_folder["2026-11-03_file/metrics.jsonl"]);
        File.CreateSymbolicLink(_folder["2026-11-03_file/metrics.jsonl"], Path.Combine(secret, "metrics.jsonl"));
        await using DashboardServer server = await Start();
        string up = Path.GetRelativePath(_folder.FullPath, secret);
        foreach (string id in (string[])[up, secret, $"../{Path.GetFileName(_folder.FullPath)}/2026-11-01_a", ".", "..", "", "2026-11-01_a/..", "2026-11-01_a/../2026-11-01_a", "2026-11-02_link", "2026-11-03_file", "2026-11-01_a\0", "..\\x", "%2e%2e"])
        {
            foreach (string page in (string[])["run", "run/report", "run/facts", "api/curves", "draw", "sweep", "curves", "compare"])
            {
                string key = page == "sweep" ? "sweep" : "run";
                using HttpResponseMessage answer = await Get(server, $"/{page}?{key}={Uri.EscapeDataString(id)}");
                Assert.True(answer.StatusCode == HttpStatusCode.NotFound || id.Length == 0, $"{page} {id}: {answer.StatusCode}");
            }
        }

        foreach (string path in (string[])["/../../etc/passwd", "/assets/../../../etc/passwd", "/assets/%2e%2e/%2e%2e/etc/passwd", "/assets/..%2f..%2fetc%2fpasswd", $"//{secret}/run.json", "/assets/uplot/../site.js/.."])
        {
            string answer = await Raw(server, path);
            Assert.DoesNotContain("root:", answer, StringComparison.Ordinal);
            Assert.Matches("^HTTP/1.1 (404|400) ", answer);
        }

        string table = await Text(server, "/");
        Assert.DoesNotContain("hidden_model", table, StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(run), table, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_comes_from_a_run_is_shown_as_text()
    {
        string run = MadeRuns.Make(_folder, Hostile, model: "<script>alert(2)</script>", change: m => m with
        {
            Data = "<svg onload=alert(3)>",
            Val = new Dictionary<string, double?> { ["loss"] = 0.5, ["\"><script>alert(4)</script>"] = 0.25 },
        });
        new RunLabels { Note = "</textarea><script>alert(5)</script>" }.Write(run);
        File.AppendAllText(Path.Combine(run, "metrics.jsonl"), """{"epoch":3,"step":21,"split":"val","loss":1,"\"><script>alert(6)</script>":2}""" + "\n");
        await using DashboardServer server = await Start();
        string id = Uri.EscapeDataString(Hostile);
        foreach (string path in (string[])["/", $"/?run={id}&q=%3Cscript%3E&filter=%3Cscript%3E&sort=%3Cscript%3E&col=%3Cscript%3E", $"/run?run={id}", $"/curves?run={id}&metric=%3Cscript%3E", $"/compare?run={id}", $"/runs/table?run={id}", $"/run/report?run={id}", "/run?run=%3Cscript%3Ealert(7)%3C/script%3E", "/%3Cscript%3E"])
        {
            string page = await Text(server, path);
            Assert.DoesNotContain("alert(1)\">", page, StringComparison.Ordinal);
            Assert.DoesNotContain("<svg onload", page, StringComparison.Ordinal);
            Assert.DoesNotContain("</textarea><script", page, StringComparison.Ordinal);
            Assert.All(ScriptPattern().Matches(page), m => Assert.StartsWith(" ", m.Groups[1].Value, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Another_address_than_loopback_needs_the_token_once()
    {
        await using DashboardServer server = await DashboardServer.StartAsync(new() { Runs = _folder.FullPath, Host = "0.0.0.0", Port = 0 }, Cancelled);
        var link = new Uri(server.Link);
        Assert.Equal(Environment.MachineName, link.Host, ignoreCase: true);
        string token = link.Query["?token=".Length..];
        Assert.True(token.Length >= 32);
        string local = server.Address.Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Send(local, "/")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Send(local, "/?token=" + token[1..])).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Send(local, "/api/curves", r => r.Headers.Add("Cookie", "regimen-dashboard=x"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await Send(local, "/", r => r.Headers.Add("Authorization", $"Bearer {token}"))).StatusCode);

        HttpResponseMessage first = await Send(local, $"/?token={token}&q=a%20b");
        Assert.Equal((HttpStatusCode.SeeOther, "/?q=a%20b"), (first.StatusCode, first.Headers.Location!.OriginalString));
        string cookie = first.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(HttpStatusCode.OK, (await Send(local, "/", r => r.Headers.Add("Cookie", cookie.Split(';')[0]))).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await Send(local, "/", r => r.Headers.Host = "evil.example")).StatusCode);
    }

    [Fact]
    public async Task The_table_filters_sorts_and_groups()
    {
        foreach ((string name, double lr, ulong seed, double loss) in ((string, double, ulong, double)[])[("2026-11-01_a", 0.1, 1, 0.7), ("2026-11-02_b", 0.1, 2, 0.3), ("2026-11-03_c", 0.01, 1, 0.5)])
        {
            MadeRuns.Make(_folder, name, lr, seed, loss);
        }

        Directory.CreateDirectory(_folder["2026-11-04_damaged"]);
        _folder.Write("2026-11-04_damaged/run.json", "{"u8);
        await using DashboardServer server = await Start();
        Assert.Equal(["2026-11-04_damaged", "2026-11-03_c", "2026-11-02_b", "2026-11-01_a"], Rows(await Text(server, "/")));
        Assert.Equal(["2026-11-02_b", "2026-11-03_c", "2026-11-01_a", "2026-11-04_damaged"], Rows(await Text(server, "/?sort=val.loss")));
        Assert.Equal(["2026-11-01_a", "2026-11-03_c", "2026-11-02_b", "2026-11-04_damaged"], Rows(await Text(server, "/?sort=val.loss&desc=1")));
        Assert.Equal(["2026-11-02_b", "2026-11-01_a"], Rows(await Text(server, "/runs/table?filter=optimizer.lr%3E0.05%20status=finished")));
        Assert.Equal(["2026-11-04_damaged"], Rows(await Text(server, "/?q=DAMAGED")));
        string grouped = await Text(server, "/?group=seed");
        Assert.Equal(["2026-11-04_damaged", "2026-11-03_c", "2026-11-02_b"], Rows(grouped));
        Assert.Contains("0.5 <small>± 0.28</small>", grouped, StringComparison.Ordinal);
        Assert.Contains("<code>0.01</code>", await Text(server, "/compare?run=2026-11-01_a&run=2026-11-03_c"), StringComparison.Ordinal);
        string wrong = WebUtility.HtmlDecode(await Text(server, "/?filter=optimiser.lr%3E1"));
        Assert.Contains("Did you mean", wrong, StringComparison.Ordinal);
        Assert.Empty(Rows(wrong));
    }

    [Fact]
    public void A_port_that_is_taken_is_told()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        using var project = new ProjectFolder();
        CommandOutput output = project.Do("dashboard", "--runs", _folder.FullPath, "--port", $"{((IPEndPoint)taken.LocalEndpoint).Port}");
        Assert.Equal(2, output.ExitCode);
        Assert.Contains("Choose another port with --port", output.Error, StringComparison.Ordinal);
        Assert.Equal(2, project.Do("dashboard", "--runs", _folder.FullPath, "--port", "0", "--token", "short").ExitCode);
        Assert.Equal(2, project.Do("dashboard", "--runs", _folder.FullPath, "--port", "0", "--host", "example.org").ExitCode);
    }

    [Fact]
    public async Task The_process_prints_its_address_loads_no_TorchSharp_and_ends_on_a_signal()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        MadeRuns.Make(_folder, "2026-11-01_a");
        using CommandProcess process = CommandProcess.Regimen(_folder.FullPath, "dashboard", "--runs", _folder.FullPath, "--port", "0", "--json");
        JsonNode line = JsonNode.Parse(process.WaitForLine(l => l.StartsWith('{')))!;
        string address = line["address"]!.GetValue<string>();
        foreach (string path in (string[])["/", "/run?run=2026-11-01_a", "/curves?run=2026-11-01_a", "/api/curves?run=2026-11-01_a", "/compare?run=2026-11-01_a", "/draw"])
        {
            Assert.Equal(HttpStatusCode.OK, (await Send(address, path)).StatusCode);
        }

        string maps = await File.ReadAllTextAsync($"/proc/{process.Id}/maps", Cancelled);
        Assert.Contains("Regimen.Dashboard", maps, StringComparison.Ordinal);
        Assert.DoesNotContain("libtorch", maps, StringComparison.Ordinal);
        Assert.DoesNotContain("TorchSharp", maps, StringComparison.Ordinal);
        process.Signal(System.Runtime.InteropServices.PosixSignal.SIGTERM);
        CommandOutput output = process.WaitForEnd();
        Assert.Equal(0, output.ExitCode);
        Assert.Equal(1, output.Out.Count(c => c == '\n'));
    }

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    private static string[] Rows(string page) => [.. RowPattern().Matches(page).Select(m => WebUtility.HtmlDecode(m.Groups[1].Value))];

    private Task<DashboardServer> Start() => DashboardServer.StartAsync(new() { Runs = _folder.FullPath, Port = 0 }, Cancelled);

    private Task<HttpResponseMessage> Get(DashboardServer server, string path) => Send(server.Address, path);

    private async Task<string> Text(DashboardServer server, string path)
    {
        using HttpResponseMessage answer = await Get(server, path);
        return await answer.Content.ReadAsStringAsync(Cancelled);
    }

    private async Task<HttpStatusCode> Status(DashboardServer server, string path, Action<HttpRequestMessage> change)
    {
        using HttpResponseMessage answer = await Send(server.Address, path, change);
        return answer.StatusCode;
    }

    private async Task<HttpResponseMessage> Send(string address, string path, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address + path));
        change?.Invoke(request);
        return await _client.SendAsync(request, Cancelled);
    }

    private async Task<(HttpStatusCode Status, string Text)> Post(DashboardServer server, string body, string? origin, bool hasHeader = true)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{server.Address}/api/labels?run=2026-11-01_a")) { Content = new StringContent(body, Encoding.UTF8, "application/json") };

        // The body is sent after the server has agreed to it: one that is refused while it is sent may end with the connection.
        request.Headers.ExpectContinue = body.Length > 1 << 20;
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        if (hasHeader)
        {
            request.Headers.Add("X-Regimen", "1");
        }

        using HttpResponseMessage answer = await _client.SendAsync(request, Cancelled);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
    }

    /// <summary>Sends an address as it is: a client would resolve the dots.</summary>
    private static async Task<string> Raw(DashboardServer server, string path)
    {
        using var client = new TcpClient();
        var address = new Uri(server.Address);
        await client.ConnectAsync(address.Host, address.Port, Cancelled);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: close\r\n\r\n"), Cancelled);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(Cancelled);
    }

    [GeneratedRegex("(?:src|href)=\"(/assets/[^\"]+)\"")]
    private static partial Regex LinkPattern();

    [GeneratedRegex("(?:from|import) \"\\./([^\"]+)\"")]
    private static partial Regex ImportPattern();

    [GeneratedRegex("<script([^>]*)")]
    private static partial Regex ScriptPattern();

    [GeneratedRegex("<tr data-run=\"([^\"]*)\"")]
    private static partial Regex RowPattern();
}
