using Microsoft.Playwright;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Documents;

/// <summary>The site of the documents and the API is built by one command, no link in it is broken, and it works from a folder.</summary>
[Collection(DotnetCommand.Builds)]
public sealed class SiteTests(Browser browser) : IClassFixture<Browser>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task The_site_is_built_and_works_from_a_folder()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("REGIMEN_LONG") == "1", "builds for a minute or more: REGIMEN_LONG=1");
        string output = DotnetCommand.Run(Repository.Root, "run", "docs/site/build.cs", "--", AppContext.BaseDirectory, _folder["site"]);
        Assert.Contains(", 0 broken links: ", output, StringComparison.Ordinal);
        foreach (string page in (string[])["index.html", "docs/getting-started.html", "docs/decisions/README.html", "api/Regimen.Training.Trainer.html", "code/samples/OwnModel.html", "workshop/index.html"])
        {
            Assert.True(File.Exists(_folder[$"site/{page}"]), page);
        }

        foreach (int width in (int[])[1280, 390])
        {
            var errors = new List<string>();
            IPage page = await browser.OpenAsync(errors, width);
            await page.GotoAsync(new Uri(_folder["site/api/Regimen.Training.Trainer.html"]).AbsoluteUri);
            Assert.Equal("Class Trainer", (await page.InnerTextAsync("h1")).Trim());
            Assert.True(await page.Locator(".toc a[href='Regimen.Training.TrainOptions.html']").CountAsync() > 0, "the table of contents is in the page");
            Assert.Equal(0, await page.EvaluateAsync<int>("Math.max(0, document.documentElement.scrollWidth - innerWidth)"));
            Assert.Empty(errors);
        }
    }

    public void Dispose() => _folder.Dispose();
}
