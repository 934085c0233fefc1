using static TorchSharp.torch;
using Yours = Workshop.Exercises.Step06;
using Solution = Workshop.Solutions.Step06;

namespace Workshop.Checks;

internal static class Step06
{
    public static Exercise[] All { get; } =
    [
        Exercise.For("06", 1, "write a model with three layers",
            ["Take Models/Perceptron.cs of the project as a pattern.", "The constructor ends with RegisterComponents(); without it the model has no parameters."],
            Yours.CreateDeepPerceptron, Solution.CreateDeepPerceptron, create =>
            {
                using nn.Module<Tensor, Tensor> model = create();
                Answer.Equal("the number of parameters", (784L * 64) + 64 + (64 * 32) + 32 + (32 * 10) + 10, model.parameters().Sum(p => p.numel()));
                Tensor input = randn(5, 1, 28, 28);
                Tensor scores = model.call(input);
                Answer.Sequence("the shape of the scores of 5 pictures", [5L, 10L], scores.shape);
                Answer.Holds(!(model.call(input * 2) - (scores * 2)).abs().max().item<float>().Equals(0f), "The model must have a ReLU between its layers.");
            }),
        Exercise.For("06", 2, "find a type by its name",
            ["string.Equals with StringComparison.OrdinalIgnoreCase ignores upper and lower case.", "FirstOrDefault(…) ?? throw new ArgumentException(…)"],
            Yours.Find, Solution.Find, find =>
            {
                Answer.Equal("the type with the name version", typeof(Version), find([typeof(string), typeof(Version)], "version"));
                try
                {
                    find([typeof(Version), typeof(Random)], "Verzion");
                }
                catch (ArgumentException e)
                {
                    Answer.Holds(e.Message.Contains("Random, Version", StringComparison.Ordinal), $"The message must name Random, Version; received: {e.Message}");
                    return;
                }

                throw new WrongAnswerException("the name Verzion: expected an ArgumentException");
            }),
        Exercise.For("06", 3, "keep paths inside the project",
            ["Path.GetFullPath(Path.Combine(project, path)) resolves .. too.", "The result must begin with the folder and a separator; Path.IsPathRooted finds absolute paths."],
            Yours.PathIn, Solution.PathIn, path =>
            {
                string project = Path.Combine(Path.GetTempPath(), "digits");
                Answer.Equal("data/mnist", Path.Combine(project, "data", "mnist"), path(project, "data/mnist"));
                Answer.Equal("a/../b", Path.Combine(project, "b"), path(project, "a/../b"));
                Answer.Throws<ArgumentException>("../other/file", () => path(project, "../other/file"));
                Answer.Throws<ArgumentException>("../digits-old/file", () => path(project, "../digits-old/file"));
                Answer.Throws<ArgumentException>("an absolute path", () => path(project, Path.Combine(Path.GetTempPath(), "file")));
            }),
    ];
}
