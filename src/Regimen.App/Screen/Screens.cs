using Regimen.App.Hosting;

namespace Regimen.App.Screen;

/// <summary>Selects the screen for a training.</summary>
internal static class Screens
{
    /// <summary>Returns a screen without output if silent, a progress bar on a terminal, plain lines otherwise.</summary>
    public static IScreen For(AppHost host, bool silent)
        => silent ? new SilentScreen() : host.IsTerminal ? new TerminalScreen(host.Console, Page.Of(host), host.Time) : new PlainScreen(host.Screen);
}
