namespace Regimen.Tests.TestKit;

/// <summary>A clock that stands until a test moves it.</summary>
internal sealed class StoppedClock(DateTimeOffset now) : TimeProvider
{
    /// <summary>What it shows.</summary>
    public DateTimeOffset Now { get; set; } = now;

    /// <summary>Time that has passed, whatever the clock shows.</summary>
    public TimeSpan Passed { get; set; }

    /// <summary>A second of the year in which the project began.</summary>
    public static StoppedClock AtNoon => new(new DateTimeOffset(2026, 11, 23, 14, 3, 22, TimeSpan.FromHours(2)));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Now.ToUniversalTime();

    public override long GetTimestamp() => Passed.Ticks;

    /// <summary>A timer of a clock that stands never fires.</summary>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new Never();

    private sealed class Never : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
