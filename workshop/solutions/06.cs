using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Workshop.Solutions;

public static class Step06
{
    public static nn.Module<Tensor, Tensor> CreateDeepPerceptron() => new DeepPerceptron();

    public static Type Find(IReadOnlyList<Type> types, string name)
        => types.FirstOrDefault(t => t.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException($"unknown {name}; expected one of {string.Join(", ", types.Select(t => t.Name).Order(StringComparer.Ordinal))}");

    public static string PathIn(string project, string path)
    {
        string folder = Path.GetFullPath(project);
        string full = Path.GetFullPath(Path.Combine(folder, path));
        return !Path.IsPathRooted(path) && full.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? full
            : throw new ArgumentException($"{path} is not a path in the project");
    }

    private sealed class DeepPerceptron : nn.Module<Tensor, Tensor>
    {
        private readonly Linear fc1 = nn.Linear(784, 64);
        private readonly Linear fc2 = nn.Linear(64, 32);
        private readonly Linear fc3 = nn.Linear(32, 10);

        public DeepPerceptron()
            : base(nameof(DeepPerceptron)) => RegisterComponents();

        public override Tensor forward(Tensor input)
        {
            Tensor x = nn.functional.relu(fc1.call(input.flatten(1)));
            x = nn.functional.relu(fc2.call(x));
            return fc3.call(x);
        }
    }
}
