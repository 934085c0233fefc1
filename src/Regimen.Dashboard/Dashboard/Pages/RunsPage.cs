using Microsoft.AspNetCore.Http;

namespace Regimen.Dashboard;

/// <summary>The table of runs.</summary>
internal sealed class RunsPage(RunsFolder folder)
{
    public Task AnswerAsync(HttpContext context)
    {
        IEnumerable<string> runs = Runs.RunFolder.All(folder.FullPath).Select(r => r.Name);
        return PageFrame.AnswerAsync(context, "Runs", Html.Of($"<h1>Runs</h1><form action=\"/curves\"><button>Curves</button><ul>{runs.Select(r => Html.Of($"<li><label><input type=\"checkbox\" name=\"run\" value=\"{r}\">{r}</label></li>"))}</ul></form>"));
    }
}
