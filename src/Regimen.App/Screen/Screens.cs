using Regimen.App.Hosting;
using Regimen.Ranks;

namespace Regimen.App.Screen;

/// <summary>Selects the screen for a training.</summary>
internal static class Screens
{
    /// <summary>Returns a screen without output if silent, a progress bar on a terminal, plain lines otherwise. Of several ranks, the first one
    /// has a screen.</summary>
    public static IScreen For(AppHost host, bool silent, RankGroup? ranks = null)
        => silent || ranks is { Rank: > 0 } ? new SilentScreen() : host.IsTerminal ? new TerminalScreen(host.Console, Page.Of(host), host.Time) : new PlainScreen(host.Screen);
}
