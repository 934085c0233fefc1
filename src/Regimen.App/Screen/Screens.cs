using Regimen.App.Hosting;

namespace Regimen.App.Screen;

/// <summary>Which screen shows a training.</summary>
internal static class Screens
{
    /// <summary>Silence where only a document or nothing is wanted; a live bar on a terminal; plain lines elsewhere.</summary>
    public static IScreen For(AppHost host, bool silent)
        => silent ? new SilentScreen() : host.IsTerminal ? new TerminalScreen(host.Console, Page.Of(host), host.Time) : new PlainScreen(host.Screen);
}
