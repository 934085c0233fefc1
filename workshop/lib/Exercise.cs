namespace Workshop;

/// <summary>An exercise that the machine checks.</summary>
/// <param name="Step">The number of the step, as <c>04</c>.</param>
/// <param name="Number">Its number in the step, from 1.</param>
/// <param name="Task">What to write, in one sentence.</param>
/// <param name="Hints">Hints, each more direct than the one before.</param>
public abstract record Exercise(string Step, int Number, string Task, IReadOnlyList<string> Hints)
{
    /// <summary>Creates an exercise.</summary>
    /// <typeparam name="T">The type of the method to write.</typeparam>
    /// <param name="step">The number of the step.</param>
    /// <param name="number">Its number in the step.</param>
    /// <param name="task">What to write.</param>
    /// <param name="hints">Hints.</param>
    /// <param name="yours">The student's method.</param>
    /// <param name="solution">The solution.</param>
    /// <param name="check">Throws <see cref="WrongAnswerException"/> if a method is wrong.</param>
    public static Exercise For<T>(string step, int number, string task, IReadOnlyList<string> hints, T yours, T solution, Action<T> check)
        where T : Delegate
        => new Typed<T>(step, number, task, hints, yours, solution, check);

    /// <summary>Checks the student's method, or the solution. Returns null if it is right, else what is wrong with it.</summary>
    public abstract string? Check(bool solution);

    private sealed record Typed<T>(string Step, int Number, string Task, IReadOnlyList<string> Hints, T Yours, T Solution, Action<T> Judge)
        : Exercise(Step, Number, Task, Hints)
        where T : Delegate
    {
        public override string? Check(bool solution)
        {
            try
            {
                Judge(solution ? Solution : Yours);
                return null;
            }
            catch (NotImplementedException)
            {
                return "not written yet";
            }
            catch (WrongAnswerException wrong)
            {
                return wrong.Message;
            }
#pragma warning disable CA1031 // Any exception of the student's code is a wrong answer.
            catch (Exception e)
            {
                return $"{e.GetType().Name}: {e.Message.Split('\n')[0]}";
            }
#pragma warning restore CA1031
        }
    }
}

/// <summary>An answer to an exercise that is not right.</summary>
/// <param name="message">What was expected, and what was received.</param>
public sealed class WrongAnswerException(string message) : Exception(message);

/// <summary>Compares answers.</summary>
public static class Answer
{
    /// <summary>Requires a value equal to the expected one.</summary>
    /// <param name="what">What is compared, as <c>the accuracy of 3 samples</c>.</param>
    /// <param name="expected">The right value.</param>
    /// <param name="received">The student's value.</param>
    public static void Equal<T>(string what, T expected, T received)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, received))
        {
            throw new WrongAnswerException($"{what}: expected {expected}; received {received}");
        }
    }

    /// <summary>Requires a number close to the expected one.</summary>
    /// <param name="what">What is compared.</param>
    /// <param name="expected">The right value.</param>
    /// <param name="received">The student's value.</param>
    /// <param name="tolerance">The largest difference.</param>
    public static void Close(string what, double expected, double received, double tolerance = 1e-5)
    {
        if (!(Math.Abs(expected - received) <= tolerance))
        {
            throw new WrongAnswerException(FormattableString.Invariant($"{what}: expected {expected:G6}; received {received:G6}"));
        }
    }

    /// <summary>Requires equal sequences.</summary>
    /// <param name="what">What is compared.</param>
    /// <param name="expected">The right values.</param>
    /// <param name="received">The student's values.</param>
    public static void Sequence<T>(string what, IEnumerable<T> expected, IEnumerable<T> received)
    {
        T[] right = [.. expected];
        T[] given = [.. received ?? throw new WrongAnswerException($"{what}: received null")];
        if (!right.SequenceEqual(given))
        {
            throw new WrongAnswerException($"{what}: expected [{string.Join(", ", right)}]; received [{string.Join(", ", given)}]");
        }
    }

    /// <summary>Requires an exception.</summary>
    /// <param name="what">The bad input.</param>
    /// <param name="call">Calls the student's method with it.</param>
    public static void Throws<T>(string what, Action call)
        where T : Exception
    {
        ArgumentNullException.ThrowIfNull(call);
        try
        {
            call();
        }
        catch (T)
        {
            return;
        }

        throw new WrongAnswerException($"{what}: expected {typeof(T).Name}; received no exception");
    }

    /// <summary>Requires something to hold.</summary>
    /// <param name="holds">Whether it holds.</param>
    /// <param name="message">What was expected instead.</param>
    public static void Holds(bool holds, string message)
    {
        if (!holds)
        {
            throw new WrongAnswerException(message);
        }
    }
}
