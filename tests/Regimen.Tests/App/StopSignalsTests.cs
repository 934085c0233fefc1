using System.Runtime.InteropServices;
using Regimen.App.CommandLine;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.App;

/// <summary>Tests the signal handlers in this process.</summary>
public sealed class StopSignalsTests
{
    [Fact]
    public void A_signal_while_handlers_are_removed_is_not_an_error()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        using var handled = new SemaphoreSlim(0);
        using var outer = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            handled.Release();
        });
        for (int i = 0; i < 200; i++)
        {
            using (new StopSignals())
            {
                CommandProcess.SignalSelf(PosixSignal.SIGHUP);
                Thread.SpinWait(i * 50);
            }

            Assert.True(handled.Wait(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        }
    }
}
