using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Regimen.Tests.TestKit;
using static Microsoft.Playwright.Assertions;

namespace Regimen.Tests.Dashboard;

/// <summary>Tests the pages of a dashboard in Chromium.</summary>
public sealed class DashboardBrowserTests(DashboardFixture dashboard, Browser browser) : IClassFixture<DashboardFixture>, IClassFixture<Browser>
{
    private const string A = "2026-10-02_long-a";
    private const string B = "2026-10-03_long-b";
    private readonly List<string> _errors = [];

    [Fact]
    public async Task The_table_is_filtered_sorted_and_restored_from_its_address()
    {
        IPage page = await Open("/");
        await Expect(page.Locator("table.runs tbody tr")).ToHaveCountAsync(dashboard.Count);
        await page.GetByLabel("Filter").FillAsync("optimizer.lr>0.05 name~long");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("table.runs tbody tr")).ToHaveCountAsync(2);
        await page.GetByRole(AriaRole.Link, new() { Name = "val.loss" }).ClickAsync();
        await Expect(page.Locator("th[aria-sort=ascending]")).ToHaveTextAsync("val.loss ▴");
        await page.Locator($"input[value='{B}']").CheckAsync();
        await Expect(page.Locator("#count")).ToHaveTextAsync("1 chosen");
        IPage again = await browser.OpenAsync(_errors);
        await again.GotoAsync(page.Url);
        await Expect(again.Locator("table.runs tbody tr").First).ToHaveAttributeAsync("data-run", A);
        await Expect(again.Locator($"input[value='{B}']")).ToBeCheckedAsync();
        await End(page, again);
    }

    [Fact]
    public async Task Two_runs_are_overlaid_and_zoomed()
    {
        IPage page = await Open("/");
        await page.Locator($"input[value='{A}']").CheckAsync();
        await page.Locator($"input[value='{B}']").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Curves" }).ClickAsync();
        await page.GetByText("Series").First.ClickAsync();
        await page.GetByLabel("step.loss").CheckAsync();
        ILocator chart = page.Locator("figure[data-metric='step.loss']");
        await Expect(chart).ToHaveAttributeAsync("data-lines", "2");
        await Expect(chart).ToHaveAttributeAsync("data-points", $"{2 * DashboardFixture.Steps}");
        await page.Keyboard.PressAsync("Escape");
        await page.GetByText("Series").First.ClickAsync();
        LocatorBoundingBoxResult box = (await chart.Locator(".u-over").BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + (box.Width * 0.25f), box.Y + 40);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + (box.Width * 0.5f), box.Y + 60, new() { Steps = 3 });
        await page.Mouse.UpAsync();
        await page.WaitForURLAsync(url => url.Contains("from=", StringComparison.Ordinal));
        double from = Value(page, "from");
        Assert.InRange(from, DashboardFixture.Steps * 0.24, DashboardFixture.Steps * 0.26);
        Assert.InRange(Value(page, "to"), DashboardFixture.Steps * 0.49, DashboardFixture.Steps * 0.51);

        // The keys zoom further and back; the address restores the part.
        await chart.Locator(".plot").FocusAsync();
        await page.Keyboard.PressAsync("+");
        Assert.True(Value(page, "from") > from);
        IPage again = await browser.OpenAsync(_errors);
        await again.GotoAsync(page.Url);
        await Expect(again.Locator("figure[data-metric='step.loss']")).ToHaveAttributeAsync("data-lines", "2");
        await page.Keyboard.PressAsync("0");
        Assert.DoesNotContain("from=", page.Url, StringComparison.Ordinal);
        await page.Keyboard.PressAsync("l");
        Assert.Contains("logy=1", page.Url, StringComparison.Ordinal);
        await page.GetByLabel("mean over seeds").CheckAsync();
        await Expect(chart).ToHaveAttributeAsync("data-lines", "3");
        await End(page, again);
    }

    [Fact]
    public async Task A_new_point_of_a_live_run_appears()
    {
        IPage page = await Open("/curves?run=2026-10-04_live&metric=val.loss");
        ILocator chart = page.Locator("figure[data-metric='val.loss']");
        await Expect(chart).ToHaveAttributeAsync("data-points", "2");
        dashboard.Append("2026-10-04_live", 3, 0.0625);

        // The script looks every second.
        await Expect(chart).ToHaveAttributeAsync("data-points", "3", new() { Timeout = 2000 });
        await Expect(page.Locator(".legend .value")).ToHaveTextAsync("0.0625");
        await End(page);
    }

    [Fact]
    public async Task A_run_that_begins_appears_in_the_table_that_is_open()
    {
        IPage page = await Open("/?q=begins");
        await Expect(page.Locator(".count")).ToContainTextAsync("0 of ");
        using (dashboard.Begin("2026-10-06_begins"))
        {
            await Expect(page.Locator("table.runs tbody tr")).ToHaveCountAsync(1);
            await Expect(page.Locator("table.runs .status.running")).ToHaveTextAsync("running");
            await Expect(page.Locator("table.runs tbody")).ToContainTextAsync("50 %");
        }

        // Its process has ended without a word.
        await Expect(page.Locator("table.runs .status.killed")).ToHaveTextAsync("killed");
        await End(page);
    }

    [Fact]
    public async Task A_drawn_digit_is_recognised()
    {
        IPage page = await Open($"/draw?run={dashboard.Trained}");
        LocatorBoundingBoxResult box = (await page.Locator("#canvas").BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + (box.Width * 0.5f), box.Y + (box.Height * 0.2f));
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + (box.Width * 0.5f), box.Y + (box.Height * 0.8f), new() { Steps = 8 });
        await page.Mouse.UpAsync();
        await Expect(page.Locator("#answer")).ToHaveAttributeAsync("data-class", "1");
        await Expect(page.Locator("#bars li")).ToHaveCountAsync(10);

        // By keys alone: a sample digit, and a line with the arrows.
        await page.Keyboard.PressAsync("0");
        await Expect(page.Locator("#answer")).ToHaveAttributeAsync("data-class", "0");
        await page.Keyboard.PressAsync("Delete");
        await Expect(page.Locator("#answer")).ToHaveTextAsync("Draw something.");
        await page.Locator("#canvas").FocusAsync();
        for (int i = 0; i < 8; i++)
        {
            await page.Keyboard.PressAsync("ArrowUp");
        }

        await page.Keyboard.PressAsync("Space");
        for (int i = 0; i < 16; i++)
        {
            await page.Keyboard.PressAsync("ArrowDown");
        }

        await Expect(page.Locator("#answer")).ToHaveAttributeAsync("data-class", "1");
        await End(page);
    }

    [Fact]
    public async Task A_hostile_name_is_shown_as_text()
    {
        IPage page = await Open("/");
        await Expect(page.GetByText(DashboardFixture.Hostile).First).ToBeVisibleAsync();
        await page.Locator("table.runs tbody tr", new() { HasText = "img src=x" }).Locator("th a").ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync(DashboardFixture.Hostile);
        await page.GetByRole(AriaRole.Link, new() { Name = "Its curves" }).ClickAsync();
        await Expect(page.Locator("figure[data-drawn]")).ToBeVisibleAsync();
        await Expect(page.Locator(".legend li")).ToContainTextAsync("onerror");
        Assert.Equal("Curves · Regimen", await page.TitleAsync());
        Assert.Equal(0, await page.Locator("img").CountAsync());
        await End(page);
    }

    [Fact]
    public async Task The_pages_follow_the_theme_of_the_system_and_the_choice_of_the_reader()
    {
        IPage light = await Open("/");
        IPage dark = await browser.OpenAsync(_errors, dark: true);
        await dark.GotoAsync($"{dashboard.Address}/curves?run={A}");
        Assert.True(await Brightness(light) > 200);
        Assert.True(await Brightness(dark) < 60);
        await light.Keyboard.PressAsync("t");
        Assert.True(await Brightness(light) < 60);
        await light.ReloadAsync();
        Assert.True(await Brightness(light) < 60);
        await End(light, dark);
    }

    [Fact]
    public async Task Everything_is_reached_by_keys()
    {
        IPage page = await Open("/");
        await page.Keyboard.PressAsync("?");
        await Expect(page.Locator("#shortcuts")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#shortcuts")).ToBeHiddenAsync();
        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("long");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("table.runs tbody tr")).ToHaveCountAsync(2);

        // The rows are there before the script that listens to keys.
        await page.WaitForLoadStateAsync();
        await page.Keyboard.PressAsync("j");
        await page.Keyboard.PressAsync("x");
        await page.Keyboard.PressAsync("j");
        await page.Keyboard.PressAsync("x");
        await Expect(page.Locator("#count")).ToHaveTextAsync("2 chosen");
        await page.Keyboard.PressAsync("d");
        await Expect(page.Locator("h1")).ToContainTextAsync("Differences");
        await page.WaitForLoadStateAsync();
        await page.GoBackAsync();
        await page.Keyboard.PressAsync("c");
        await Expect(page.Locator("figure[data-lines='2']")).ToBeVisibleAsync();
        await page.WaitForLoadStateAsync();
        await page.Keyboard.PressAsync("g");
        await page.Keyboard.PressAsync("r");
        await Expect(page.Locator("table.runs tbody tr")).ToHaveCountAsync(dashboard.Count);
        await page.WaitForLoadStateAsync();

        // The focus passes every control of the page and is always visible.
        int controls = await page.Locator("a[href]:visible, button:visible:enabled, input:visible, select:visible, summary:visible").CountAsync();
        var seen = new HashSet<string>();
        for (int i = 0; i < controls + 3; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            seen.Add(await page.EvaluateAsync<string>("() => document.activeElement === document.body ? 'body' : [...document.querySelectorAll('*')].indexOf(document.activeElement) + (getComputedStyle(document.activeElement).outlineStyle === 'none' ? ' is not visible' : '')"));
        }

        Assert.DoesNotContain(seen, s => s.EndsWith("is not visible", StringComparison.Ordinal));
        Assert.True(seen.Count >= controls, $"{seen.Count} of {controls}");
        await End(page);
    }

    [Fact]
    public async Task Tags_and_a_note_are_saved()
    {
        IPage page = await Open($"/run?run={B}");
        await page.GetByLabel("Tags").FillAsync("good baseline");
        await page.GetByLabel("Note").FillAsync("the <first>");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.Locator("#status")).ToHaveTextAsync("Saved");
        Assert.Equal(["good", "baseline"], dashboard.Tags(B));
        await page.GotoAsync($"{dashboard.Address}/?q=baseline");
        await Expect(page.Locator("table.runs tbody tr")).ToHaveCountAsync(1);
        await Expect(page.Locator(".remark")).ToHaveTextAsync("the <first>");
        await End(page);
    }

    [Fact]
    public async Task A_sweep_leads_to_its_trials()
    {
        IPage page = await Open("/");
        await page.GetByRole(AriaRole.Navigation, new() { Name = "Sweeps" }).GetByText(DashboardFixture.Sweep).ClickAsync();
        await Expect(page.Locator("table.data tbody tr").First).ToContainTextAsync("0.31250");
        await page.GetByRole(AriaRole.Link, new() { Name = "Curves of its best trials" }).ClickAsync();
        await Expect(page.Locator("figure[data-lines='6']")).ToBeVisibleAsync();
        await page.GoBackAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Its trials in the table" }).ClickAsync();
        await Expect(page.Locator("table.runs tbody tr")).ToHaveCountAsync(4);
        await page.GoBackAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "3", Exact = true }).ClickAsync();
        await Expect(page.Locator("h1").First).ToHaveTextAsync($"{DashboardFixture.Sweep}/3");
        await Expect(page.Locator("figure[data-drawn]").First).ToBeVisibleAsync();
        await End(page);
    }

    [Theory]
    [InlineData("/sweep?sweep=2026-10-05_sweep-lr", true)]
    [InlineData("/?group=seed", false)]
    [InlineData("/", true)]
    [InlineData("/run?run=TRAINED", false)]
    [InlineData("/curves?run=2026-10-02_long-a&run=2026-10-03_long-b&metric=step.loss", false)]
    [InlineData("/compare?run=2026-10-02_long-a&run=2026-10-04_live", true)]
    [InlineData("/draw?run=TRAINED", true)]
    public async Task Pages_are_accessible_and_fit_a_phone(string path, bool dark)
    {
        IPage page = await browser.OpenAsync(_errors, width: 380, dark);
        await page.GotoAsync(dashboard.Address + path.Replace("TRAINED", dashboard.Trained, StringComparison.Ordinal));
        await Expect(page.Locator("h1").First).ToBeVisibleAsync();
        if (path.Contains("curves", StringComparison.Ordinal))
        {
            await Expect(page.Locator("figure[data-drawn]")).ToBeVisibleAsync();
        }

        Assert.Equal(380, await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
        AxeResult result = await page.RunAxe();
        Assert.True(result.Violations.Length == 0, string.Join("\n", result.Violations.Select(v => $"{v.Id}: {v.Help}\n  {string.Join("\n  ", v.Nodes.Take(3).Select(n => n.Html))}")));
        await End(page);
    }

    private async Task<IPage> Open(string path)
    {
        IPage page = await browser.OpenAsync(_errors);
        await page.GotoAsync(dashboard.Address + path);
        return page;
    }

    /// <summary>Closes the pages. The browser must not have reported an error: a script that failed, or a violation of the policy.</summary>
    private async Task End(params IPage[] pages)
    {
        foreach (IPage page in pages)
        {
            await page.Context.CloseAsync();
        }

        Assert.Empty(_errors);
    }

    private static double Value(IPage page, string key)
        => double.Parse(System.Web.HttpUtility.ParseQueryString(new Uri(page.Url).Query)[key]!, System.Globalization.CultureInfo.InvariantCulture);

    private static Task<int> Brightness(IPage page) => page.EvaluateAsync<int>("() => Math.max(...getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number))");
}
