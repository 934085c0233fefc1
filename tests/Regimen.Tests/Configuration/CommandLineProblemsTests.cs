namespace Regimen.Tests.Configuration;

/// <summary>Invalid command-line arguments are rejected with the argument as typed.</summary>
public sealed class CommandLineProblemsTests : IDisposable
{
    private readonly ConfigFixture _configs = new();

    public void Dispose() => _configs.Dispose();

    /// <summary>The argument, the message, and a part of the hint, or null for no hint.</summary>
    public static TheoryData<string, string, string?> Wrong => new()
    {
        { "nonsense", "The argument is not a setting", null },
        { "model", "The argument is not a setting", null },
        { "--model=mlp", "The argument is not a setting", null },
        { "=3", "The argument is not a setting", null },
        { "model.=3", "The argument is not a setting", null },
        { ".hidden=3", "The argument is not a setting", null },
        { "model..hidden=3", "The argument is not a setting", null },
        { "seed =3", "The argument is not a setting", "space" },
        { "transforms.train[0].p=1", "The argument is not a setting", "Set the whole list: transforms.train=[…]." },
        { "transform.train=[]", "Unknown key `transform.train`", "`transforms.train`" },
        { "transforms.train=horizontal_flip", "Wrong value for `transforms.train`", "[horizontal_flip]" },
        { "transforms.train=[{name: horizontal_flip, q: 1}]", "Unknown key `q` in transforms.train[0] (horizontal_flip)", "`p`" },
        { "model.hidden=", "`model.hidden` has no value", "default" },
        { "model=", "`model` has no value", null },
        { "early_stopping=", "`early_stopping` has no value", null },
        { "experiment=", "`experiment` has no name", null },
        { "debug=[a]", "`debug` has no name", null },
        { "runs=", "`runs` has no value", "default" },
        { "optimizer.name=", "Wrong value for `optimizer.name`", null },
        { "model.hidden= 3", "Wrong value for `model.hidden`", "Write 3." },
        { "model.hidden=1,2", "Wrong value for `model.hidden`", "To train with each value: regimen sweep model.hidden=1,2." },
        { "model.hidden=\"3\"", "Wrong value for `model.hidden`", "quotes" },
        { "optimizer.betas=0.9,0.99", "Wrong value for `optimizer.betas`", "[0.9,0.99]" },
        { "optimizer.betas=[0.9", "Invalid YAML: while parsing a flow sequence, did not find expected ',' or ']'", "brackets" },
        { "optimizer.betas=[!!int 0, 0]", "The tag `!!int` is not accepted", "type" },
        { "model={name: cnn}", "A mapping can't be set on the command line", "model.hidden=256" },
        { "model=[mlp]", "Wrong value for `model`", null },
        { "model=resnet", "Unknown model `resnet`", "Looked in " },
        { "model=../../secret", "Unknown model `../../secret`", "Looked in " },
        { "model.name=cn", "Unknown model `cn`", "`cnn`" },
        { "experiment=course", "Unknown experiment `course`", "`course_sgd`" },
        { "experiment=../train", "Unknown experiment `../train`", "Looked in " },
        { "debug=fats", "Unknown debug `fats`", "`fast`" },
        { "hidden=3", "Unknown key `hidden`", "`model.hidden`" },
        { "modle.hidden=3", "Unknown key `modle.hidden`", "`model.hidden`" },
        { "Model.Hidden=3", "Unknown key `Model.Hidden`", "`model.hidden`" },
        { "train.epohs=3", "Unknown key `train.epohs`", "`trainer.epochs`" },
        { "learning_rate=3", "Unknown key `learning_rate`", "`optimizer.lr`" },
        { "experiment.seed=3", "Unknown key `experiment.seed`", null },
        { "model.hidden.x=3", "Unknown key `hidden.x` in model=mlp", "`hidden`" },
        { "model.dropout1=0.1", "`dropout1` belongs to model=cnn; model is mlp", "model=cnn" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_problem_names_the_argument(string argument, string message, string? hint)
    {
        Problem problem = Assert.Single(_configs.Problems(argument));

        Assert.Equal(argument, problem.Where);
        Assert.Equal(message, problem.Message);
        if (hint is null)
        {
            Assert.Null(problem.Hint);
        }
        else
        {
            Assert.Contains(hint, problem.Hint, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Keys_of_a_disabled_group_are_rejected()
    {
        Problem problem = Assert.Single(_configs.Problems("early_stopping.patience=5", "early_stopping=none"));

        Assert.Equal("early_stopping is none, so `early_stopping.patience` would have no effect", problem.Message);
        Assert.Equal("Choose early_stopping=default too, or leave this key out.", problem.Hint);
    }

    [Fact]
    public void An_empty_argument_is_described_and_control_characters_are_escaped()
    {
        Assert.Equal("an empty argument", Assert.Single(_configs.Problems("")).Where);
        Assert.Equal("seed=\\u001B[31m", Assert.Single(_configs.Problems("seed=\u001b[31m")).Where);
        Assert.EndsWith("…", Assert.Single(_configs.Problems("seed=" + new string('x', 10_000))).Received, StringComparison.Ordinal);
    }
}
