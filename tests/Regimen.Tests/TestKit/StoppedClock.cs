namespace Regimen.Tests.TestKit;

/// <summary>A time provider whose time only a test changes.</summary>
internal sealed class StoppedClock(DateTimeOffset now) : TimeProvider
{
    /// <summary>The current time.</summary>
    public DateTimeOffset Now { get; set; } = now;

    /// <summary>The elapsed time, independent of <see cref="Now"/>.</summary>
    public TimeSpan Passed { get; set; }

    /// <summary>Returns a clock at a fixed time.</summary>
    public static StoppedClock AtNoon => new(new DateTimeOffset(2026, 11, 23, 14, 3, 22, TimeSpan.FromHours(2)));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Now.ToUniversalTime();

    public override long GetTimestamp() => Passed.Ticks;

    /// <summary>Returns a timer that never fires.</summary>
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
