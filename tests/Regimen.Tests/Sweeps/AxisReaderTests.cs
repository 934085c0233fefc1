using Regimen.SweepFiles;
using Regimen.Sweeps;

namespace Regimen.Tests.Sweeps;

/// <summary>Tests how the settings of a sweep are read.</summary>
public sealed class AxisReaderTests
{
    private readonly List<Problem> _problems = [];

    [Theory]
    [InlineData("model.hidden=64,128,256", "64|128|256")]
    [InlineData("model.hidden=[64,32],128", "[64,32]|128")]
    [InlineData("data.path=\"a,b.csv\",c.csv", "\"a,b.csv\"|c.csv")]
    [InlineData("model=choice(mlp, cnn)", "mlp|cnn")]
    [InlineData("experiment=course_*", "course_adam|course_sgd")]
    [InlineData("experiment=*_sgd", "course_sgd")]
    public void A_list_is_a_choice_of_its_values(string argument, string values)
    {
        SweepAxis axis = Read(argument)!;
        Assert.Equal(SweepAxisKind.Choice, axis.Kind);
        Assert.Equal(argument.Split('=')[0], axis.Key);
        Assert.Equal(values.Split('|'), axis.Values);
        Assert.Empty(_problems);
    }

    [Theory]
    [InlineData("range(1,10,2)", 1, 9, 2, "1|3|5|7|9")]
    [InlineData("range(1,4)", 1, 3, 1, "1|2|3")]
    [InlineData("range(-2,3,4)", -2, 2, 4, "-2|2")]
    [InlineData("range(5,6,100)", 5, 5, 100, "5")]
    public void The_end_of_a_range_is_not_included(string value, double low, double high, double step, string values)
    {
        SweepAxis axis = Read($"k={value}")!;
        Assert.Equal(new SweepAxis("k", SweepAxisKind.Range, axis.Values, low, high, step), axis);
        Assert.Equal(values.Split('|'), SweepValues.Of(axis));
    }

    [Theory]
    [InlineData("interval(-1,2.5)", SweepAxisKind.Interval, -1, 2.5)]
    [InlineData("log_interval(1e-4,0.1)", SweepAxisKind.LogInterval, 1e-4, 0.1)]
    public void Intervals(string value, SweepAxisKind kind, double low, double high)
    {
        SweepAxis axis = Read($"k={value}")!;
        Assert.Equal((kind, low, high), (axis.Kind, axis.Low, axis.High));
    }

    [Theory]
    [InlineData("trainer.epochs=5")]
    [InlineData("model.hidden=[64,32]")]
    [InlineData("data.path='a,b.csv'")]
    [InlineData("data.path=pictures/*.png")]
    [InlineData("model")]
    public void One_value_is_not_an_axis(string argument)
    {
        Assert.Null(Read(argument));
        Assert.Empty(_problems);
    }

    [Theory]
    [InlineData("k=1,,2", "Value 2 of the list is empty")]
    [InlineData("k=1,", "Value 2 of the list is empty")]
    [InlineData("k=1,2,1", "A value is listed twice")]
    [InlineData("k=range(1)", "The range is not valid")]
    [InlineData("k=range(0.1,0.5,0.1)", "The range is not valid")]
    [InlineData("k=range(5,5)", "The range is not valid")]
    [InlineData("k=range(1,5,0)", "The range is not valid")]
    [InlineData("k=range(1,5,-1)", "The range is not valid")]
    [InlineData("k=range(0,9223372036854775807)", "The range is not valid")]
    [InlineData("k=range(-9223372036854775808,1)", "The range is not valid")]
    [InlineData("k=range(0,1000000)", "The range is not valid")]
    [InlineData("k=interval(1)", "The interval is not valid")]
    [InlineData("k=interval(2,1)", "The interval is not valid")]
    [InlineData("k=interval(1,NaN)", "The interval is not valid")]
    [InlineData("k=interval(1,Infinity)", "The interval is not valid")]
    [InlineData("k=log_interval(0,1)", "The interval is not valid")]
    [InlineData("experiment=nothing_*", "No experiment matches the pattern")]
    public void Invalid_settings_are_problems_with_their_place(string argument, string message)
    {
        Assert.Null(Read(argument));
        Problem problem = Assert.Single(_problems);
        Assert.Equal((argument, message), (problem.Where, problem.Message));
    }

    private SweepAxis? Read(string argument) => new AxisReader(key => key == "experiment" ? ["course_adam", "course_sgd", "other"] : null, _problems).Read(argument);
}
