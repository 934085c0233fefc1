using System.Reflection;
using Regimen.Catalog;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Models;
using Regimen.Optimization;

namespace Regimen.Tests.Catalog;

public sealed class ComponentCatalogTests
{
    private readonly ComponentCatalog _catalog = ComponentCatalog.FromTypes(
        [typeof(FakeModel), typeof(FakeFailingModel), typeof(FakeDatasets)]);

    [Fact]
    public void Built_in_components_are_found_by_group_and_name()
    {
        var catalog = ComponentCatalog.From();

        Assert.Superset(
            new HashSet<string> { "model=cnn", "model=mlp", "data=mnist", "objective=cross_entropy", "optimizer=adam", "optimizer=adamw", "optimizer=sgd", "schedule=constant" },
            catalog.Entries.Select(e => e.ToString()).ToHashSet());
        Assert.Equal(typeof(MlpOptions), catalog.Find("model", "mlp").OptionsType);
        Assert.Equal(typeof(Mlp), catalog.Find("model", "mlp").Source);
        Assert.Equal(typeof(AdamW), catalog.Find("optimizer", "adamw").OptionsType);
        Assert.Equal("Load", catalog.Find("data", "mnist").Source.Name);
    }

    [Fact]
    public void Constructor_arguments_of_a_model_are_bound_by_type()
    {
        var options = new FakeModel.Options { Width = 11 };

        using var model = (FakeModel)_catalog.CreateModel("fake_model", options, new SampleShape(3, 5, 5), outputs: 4);

        Assert.Equal((4, new SampleShape(3, 5, 5), "a default"), (model.Outputs, model.Input, model.Note));
        Assert.Same(options, model.Chosen);
    }

    [Fact]
    public void A_built_in_model_is_created()
    {
        using var model = _catalog.CreateModel("mlp", new MlpOptions { Hidden = [5] }, new SampleShape(1, 2, 3), outputs: 4);

        Assert.Equal((6 * 5) + 5 + (5 * 4) + 4, model.parameters().Sum(p => p.numel()));
    }

    [Fact]
    public void An_exception_of_a_constructor_is_thrown_unchanged()
    {
        Exception failure = Assert.Throws<InvalidTimeZoneException>(
            () => _catalog.CreateModel("fake_failing_model", new NoOptions(), SampleShape.Scalar, 1));

        Assert.Equal("of the model itself", failure.Message);
    }

    [Fact]
    public void A_data_set_function_receives_options_and_context_and_its_exception_is_thrown_unchanged()
    {
        Exception failure = Assert.Throws<InvalidTimeZoneException>(
            () => _catalog.LoadData("fake_data", new FakeDatasets.Options("somewhere", 5), new DatasetContext(99)));

        Assert.Equal("somewhere 5 99", failure.Message);
    }

    [Fact]
    public void Options_of_another_type_are_an_error()
        => Assert.Throws<ArgumentException>(() => _catalog.CreateModel("fake_model", new NoOptions(), SampleShape.Scalar, 1));

    [Fact]
    public void The_error_of_an_unknown_name_lists_the_available_names()
    {
        Problem problem = Assert.Single(Assert.Throws<RequestException>(() => _catalog.Find("optimizer", "adammw")).Problems);

        Assert.Equal("one of adagrad, adam, adamw, lamb, lion, muon, rmsprop, sgd", problem.Expected);
        Assert.Equal("Did you mean `adamw`?", problem.Hint);
    }

    [Fact]
    public void All_problems_of_invalid_components_are_reported_together()
    {
        const TypeAttributes open = TypeAttributes.Public;
        const MethodAttributes open2 = MethodAttributes.Public;
        Type module = typeof(FakeModule);
        var marked = new MarkedTypes();

        var exception = Assert.Throws<RequestException>(() => ComponentCatalog.FromTypes(
            marked.Class<ModelAttribute>("twice", "My.First", module, open, [[]]),
            marked.Class<ModelAttribute>("twice", "My.Second", module, open, [[]]),
            marked.Class<ModelAttribute>("asks", "My.Asks", module, open, [[typeof(SampleShape), typeof(string)]]),
            marked.Class<ModelAttribute>("two_ints", "My.TwoInts", module, open, [[typeof(int), typeof(int)]]),
            marked.Class<ModelAttribute>("two_ways", "My.TwoWays", module, open, [[], [typeof(int)]]),
            marked.Class<ModelAttribute>("hidden", "My.Hidden", module, TypeAttributes.NotPublic, [[]]),
            marked.Class<ModelAttribute>("abstract", "My.Abstract", module, open | TypeAttributes.Abstract, [[]]),
            marked.Class<ModelAttribute>("no_module", "My.NoModule", typeof(object), open, [[]]),
            marked.Class<ModelAttribute>("Bad Name", "My.BadName", module, open, [[]]),
            marked.Class<OptimizerAttribute>("no_optimizer", "My.NoOptimizer", typeof(object), open, [[]]),
            marked.Class<DatasetAttribute>("no_function", "My.NoFunction", typeof(object), open, [[]]),
            marked.Function("void", "My.Void", open2, typeof(void)),
            marked.Function("private", "My.Private", MethodAttributes.Private, typeof(DataSplits)),
            marked.Function("asks", "My.AsksForInt", open2, typeof(DataSplits), typeof(int))));

        Assert.Equal(
            [
                "My.Asks: The model 'asks' is invalid\n  expected one public constructor that takes at most an options record, a ModelContext, a SampleShape (of a "
                    + "sample) and an int (the outputs); received Asks(SampleShape p0, string p1), of which `string p1` is not supported",
                "My.TwoInts: The model 'two_ints' is invalid\n  expected one public constructor that takes at most an options record, a ModelContext, a SampleShape (of a "
                    + "sample) and an int (the outputs); received TwoInts(int p0, int p1), of which `int p1` requests the same value a second time",
                "My.TwoWays: The model 'two_ways' is invalid\n  expected one public constructor that can be called; received 2",
                "My.Hidden: The model 'hidden' is invalid\n  expected a public class that is neither abstract nor generic, in public classes only",
                "My.Abstract: The model 'abstract' is invalid\n  expected a public class that is neither abstract nor generic, in public classes only",
                "My.NoModule: The model 'no_module' is invalid\n  expected a class that derives from Module",
                "My.BadName: The model 'Bad Name' is invalid\n  expected a name of lower-case letters, digits and underscores; received 'Bad Name'",
                "My.NoOptimizer: The optimizer 'no_optimizer' is invalid\n  expected a record that derives from OptimizerOptions",
                "My.NoFunction: The data 'no_function' is invalid\n  expected a public static function",
                "My.Void.Load: The data 'void' is invalid\n  expected a public static function in a public class that returns DataSplits; received Void Load()",
                "My.Private.Load: The data 'private' is invalid\n  expected a public static function in a public class that returns DataSplits; received DataSplits Load()",
                "My.AsksForInt.Load: The data 'asks' is invalid\n  expected a function that takes at most an options record and a DatasetContext; "
                    + "received Load(int p0), of which `int p0` is not supported",
                "My.First in Marked and My.Second in Marked: 2 components are named 'twice' in the group model\n  expected one\n  Change the name in the attribute of the others.",
            ],
            exception.Problems.Select(p => p.ToString()));
    }
}
