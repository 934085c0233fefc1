using System.Data.Common;

namespace Regimen.Datasets;

/// <summary>Ends a command of a database when a token is cancelled, until it is disposed.</summary>
/// <remarks>A database ignores a cancellation that comes before the command runs, so it is repeated until the command has ended.</remarks>
internal sealed class CommandStop : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private readonly ManualResetEventSlim _ended = new();
    private readonly CancellationTokenRegistration _registration;
    private Task _stopping = Task.CompletedTask;

    public CommandStop(DbCommand command, CancellationToken token)
        => _registration = token.Register(() => _stopping = Task.Run(() =>
        {
            do
            {
                command.Cancel();
            }
            while (!_ended.Wait(Interval));
        }));

    public void Dispose()
    {
        _ended.Set();
        _registration.Dispose();
        _stopping.GetAwaiter().GetResult();
        _ended.Dispose();
    }
}
