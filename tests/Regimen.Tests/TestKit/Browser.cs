using Microsoft.Playwright;

namespace Regimen.Tests.TestKit;

/// <summary>The system's Chromium, driven by Playwright. Tests are skipped, with the reason, where there is none.</summary>
public sealed class Browser : IAsyncLifetime
{
    /// <summary>The time limit of a step, in milliseconds: a step that never succeeds fails its test.</summary>
    private const float Limit = 20_000;

    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator);
        if (folders.SelectMany(f => Names.Select(n => Path.Combine(f, n))).FirstOrDefault(File.Exists) is not { } program)
        {
            return;
        }

        _playwright = await Playwright.CreateAsync();

        // Without its sandbox: inside a container and as root it does not start with it. It visits the tests' own pages alone.
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = ["--no-sandbox"] });
    }

    /// <summary>Opens a page. Messages of its console about errors fail the test through <paramref name="errors"/>.</summary>
    /// <param name="errors">Collects what the browser reports as errors, as a violation of the content security policy.</param>
    /// <param name="width">The width of the window in pixels.</param>
    /// <param name="dark">Whether the system prefers dark pages.</param>
    public async Task<IPage> OpenAsync(List<string> errors, int width = 1280, bool dark = false)
    {
        Assert.SkipUnless(_browser is not null, $"there is no Chromium on PATH ({string.Join(", ", Names)}); .ci/run installs it");
        IBrowserContext context = await _browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = 800 },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout(Limit);
        IPage page = await context.NewPageAsync();
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                errors.Add(message.Text);
            }
        };
        page.PageError += (_, error) => errors.Add(error);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}
