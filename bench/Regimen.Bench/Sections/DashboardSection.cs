using System.Runtime.InteropServices;
using Microsoft.Playwright;
using Regimen.Bench.Measuring;
using Regimen.Dashboard;
using Regimen.Reproducibility;
using Regimen.Runs;

namespace Regimen.Bench.Sections;

/// <summary>The curves of 100 runs with 100,000 steps each, overlaid in the system's Chromium without a window: from the request of the page to
/// the first drawing, and from the end of a drag to the drawing of the part, against the times that a reader does not notice.</summary>
internal static class DashboardSection
{
    private const int Runs = 100;
    private const int Steps = 100_000;
    private const int Times = 9;
    private const double PaintLimit = 1000;
    private const double ZoomLimit = 100;
    private static readonly string[] Programs = ["chromium", "chromium-browser", "google-chrome"];

    /// <summary>Records when a chart is on the screen: in the frame after it was drawn.</summary>
    private const string Record = """
        window.times = [];
        document.addEventListener("drawn", () => requestAnimationFrame(() => times.push(performance.now())));
        document.addEventListener("mouseup", () => { window.up = performance.now(); times.length = 0; }, { capture: true });
        """;

    public static void Run(Report report)
    {
        string work = $"{Runs} × {Steps} points";
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator);
        if (folders.SelectMany(f => Programs.Select(p => Path.Combine(f, p))).FirstOrDefault(File.Exists) is not { } chromium)
        {
            report.Skip(work, "the limits", "there is no Chromium on PATH");
            return;
        }

        DirectoryInfo folder = Directory.CreateTempSubdirectory("regimen-bench");
        try
        {
            for (int i = 0; i < Runs; i++)
            {
                Make(Path.Combine(folder.FullName, $"run-{i:000}"), i);
            }

            Measured measured = MeasureAsync(folder.FullName, chromium, report.Arguments.Pairs ?? Times).GetAwaiter().GetResult();
            report.Add(Row($"{work}, first page", measured.First, PaintLimit));
            report.Add(Row($"{work}, page again", measured.Again, PaintLimit));
            report.Add(Row($"{work}, zoom at once", measured.Zoom, ZoomLimit));
            report.Add(Row($"{work}, zoom in its resolution", measured.Fine, ZoomLimit));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Comparison Row(string work, IReadOnlyList<double> times, double limit) => new(work, "the limit", "ms", 1, [.. times.Select(t => (t, limit))]);

    private static async Task<Measured> MeasureAsync(string runs, string chromium, int times)
    {
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = ["--no-sandbox"] });
        var measured = new Measured([], [], [], []);
        string query = string.Join('&', Enumerable.Range(0, Runs).Select(i => $"run=run-{i:000}"));
        for (int i = 0; i < times; i++)
        {
            // A server that has read nothing yet.
            await using DashboardServer server = await DashboardServer.StartAsync(new() { Runs = runs, Port = 0 });
            IPage page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = 1300, Height = 800 } });
            await page.AddInitScriptAsync(Record);
            string address = $"{server.Address}/curves?{query}&metric=step.loss";
            foreach (List<double> into in (List<double>[])[measured.First, measured.Again])
            {
                await page.GotoAsync(address);
                await WaitAsync(page, 1);
                into.Add(await page.EvaluateAsync<double>("() => times[0]"));
            }

            LocatorBoundingBoxResult box = (await page.Locator(".u-over").BoundingBoxAsync())!;
            await page.Mouse.MoveAsync(box.X + (box.Width * 0.2f), box.Y + 50);
            await page.Mouse.DownAsync();
            await page.Mouse.MoveAsync(box.X + (box.Width * 0.6f), box.Y + 60, new() { Steps = 3 });
            await page.Mouse.UpAsync();
            await WaitAsync(page, 2);
            measured.Zoom.Add(await page.EvaluateAsync<double>("() => times[0] - up"));
            measured.Fine.Add(await page.EvaluateAsync<double>("() => times[1] - up"));
            await page.CloseAsync();
        }

        return measured;
    }

    private static async Task WaitAsync(IPage page, int drawings)
    {
        while (await page.EvaluateAsync<int>("() => times.length") < drawings)
        {
            await page.WaitForTimeoutAsync(20);
        }
    }

    private static void Make(string folder, int number)
    {
        Directory.CreateDirectory(folder);
        new RunManifest
        {
            Status = RunStatus.Finished,
            Started = DateTimeOffset.UnixEpoch,
            Seed = (ulong)number,
            Threads = 1,
            Device = "cpu",
            Model = "made",
            Data = "made",
            DataFingerprint = null,
            Parameters = 1,
            Steps = Steps,
            Versions = new RunVersions("", "", "", "", "", "", ""),
        }.Write(Path.Combine(folder, "run.json"));
        RandomStream random = RandomStream.For((ulong)number, RandomPurpose.Split);
        double fall = Steps * (0.05 + (0.2 * random.NextDouble()));
        float[] losses = [.. Enumerable.Range(0, Steps).Select(i => (float)(0.1 + (2.3 * Math.Exp(-i / fall)) + (0.15 * random.NextDouble())))];
        File.WriteAllBytes(Path.Combine(folder, "steps.f32"), MemoryMarshal.AsBytes(losses.AsSpan()).ToArray());
    }

    /// <summary>Times in milliseconds.</summary>
    private sealed record Measured(List<double> First, List<double> Again, List<double> Zoom, List<double> Fine);
}
