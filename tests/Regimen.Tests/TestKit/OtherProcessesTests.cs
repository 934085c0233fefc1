using NetArchTest.Rules;

namespace Regimen.Tests.TestKit;

/// <summary>Tests that what runs beside the other tests does not disturb them.</summary>
public sealed class OtherProcessesTests
{
    /// <summary>What creates tensors, or changes what belongs to the whole process.</summary>
    private static readonly string[] NotBesideOthers =
    [
        "TorchSharp", "Regimen.Engine", "Regimen.Layers", "Regimen.Models", "Regimen.Loading", "Regimen.Optimization", "Regimen.Training", "Regimen.Evaluation",
        "Regimen.Experiments", "Regimen.Verification", "Regimen.Prediction", "Regimen.Serving", "Regimen.Exporting", "Regimen.App", "System.GC",
        typeof(TinyExperiment).FullName!, typeof(TinyData).FullName!, typeof(TinyNet).FullName!,
    ];

    private static Type[] Classes => [.. typeof(OtherProcessesTests).Assembly.GetTypes().Where(t => t.GetCustomAttributes(typeof(CollectionAttribute), inherit: false)
        .Cast<CollectionAttribute>().Any(c => OtherProcesses.All.Contains(c.Name)))];

    [Fact]
    public void They_compute_nothing_in_this_process()
    {
        Assert.Contains(typeof(App.KilledRunTests), Classes);
        Assert.Contains(typeof(Build.PublishTests), Classes);
        string[] names = [.. Classes.Select(c => c.FullName!)];
        NetArchTest.Rules.TestResult result = Types.InAssembly(typeof(OtherProcessesTests).Assembly)
            .That().MeetCustomRule(new Among(names))
            .ShouldNot().HaveDependencyOnAny(NotBesideOthers)
            .GetResult();
        Assert.True(result.IsSuccessful, $"work in this process, beside tests that it may disturb: {string.Join(", ", result.FailingTypeNames ?? [])}");
    }

    [Fact]
    public void A_class_that_works_here_is_found()
    {
        NetArchTest.Rules.TestResult result = Types.InAssembly(typeof(OtherProcessesTests).Assembly)
            .That().MeetCustomRule(new Among([typeof(Training.TrainerTests).FullName!]))
            .ShouldNot().HaveDependencyOnAny(NotBesideOthers)
            .GetResult();
        Assert.False(result.IsSuccessful);
    }

    /// <summary>The named classes, with the classes inside them, to which the compiler moves lambdas.</summary>
    private sealed class Among(string[] names) : ICustomRule
    {
        public bool MeetsRule(Mono.Cecil.TypeDefinition type) => names.Any(n => type.FullName == n || type.FullName.StartsWith($"{n}/", StringComparison.Ordinal));
    }
}
