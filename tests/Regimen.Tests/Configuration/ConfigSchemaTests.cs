using Regimen.Configuration;

namespace Regimen.Tests.Configuration;

public sealed class ConfigSchemaTests
{
    private readonly ConfigSchema _schema = ConfigSchema.For(ConfigFixture.Catalog, new ConfigRequest { WorkingDirectory = AppContext.BaseDirectory });

    [Fact]
    public void A_key_has_expected_values_default_and_summary()
    {
        Assert.Equal(new ConfigSchemaKey("model.hidden", "a whole number from 1 to 65536, or a list of such, at most 100 of them", "128", "The number of units of each hidden layer, in order; empty for a linear model."), Key("model", "mlp", "model.hidden"));
        Assert.Equal(new ConfigSchemaKey("optimizer.lr", "a number above 0 and at most 1000000", "0.001", "The learning rate, before the schedule."), Key("optimizer", "adamw", "optimizer.lr"));
        Assert.Equal("[0.9, 0.999]", Key("optimizer", "adam", "optimizer.betas").Default);
        Assert.Equal("one of cpu, cuda, cuda:N, mps", Key("", null, "device").Expected);
        Assert.Equal("a whole number of at least 1, or null", Key("trainer", null, "trainer.max_steps").Expected);
        Assert.Equal("The monitored value: a split and a metric, such as val.loss or val.accuracy.", Key("early_stopping", null, "early_stopping.monitor").Summary);
        Assert.Equal(("a whole number from 1 to 9", "5"), (Key("optimizer", "fake_optimizer", "optimizer.block.width").Expected, Key("optimizer", "fake_optimizer", "optimizer.block.width").Default));
    }

    [Fact]
    public void A_required_key_has_no_default_and_an_undocumented_key_has_no_summary()
    {
        Assert.Null(Key("data", "fake_data", "data.path").Default);
        Assert.Null(Key("data", "fake_data", "data.path").Summary);
        Assert.Equal("3", Key("data", "fake_data", "data.count").Default);
    }

    [Fact]
    public void Choices_and_groups_are_described()
    {
        Assert.Equal("Stochastic gradient descent with optional momentum; PyTorch's SGD with its names.", Group("optimizer", "sgd").Summary);
        Assert.StartsWith("MNIST: greyscale images of handwritten digits", Group("data", "mnist").Summary, StringComparison.Ordinal);
        Assert.Equal("A data set whose options are a positional record.", Group("data", "fake_data").Summary);
        Assert.Equal("How a data set is cut into batches.", Group("loader", null).Summary);
        Assert.Equal(["cnn", "fake_model", "gpt", "gru", "lenet", "mlp", "resnet18", "resnet34", "resnet50", "tabular", "unet", "vit"], _schema.Choices["model"]);
        Assert.Equal(["default", "none"], _schema.Choices["early_stopping"]);
        Assert.Equal(["course_sgd", "fashion_augmented", "gpt", "mnist_cnn", "mnist_resnet18"], _schema.Choices["experiment"]);
        Assert.Equal(["fast", "overfit"], _schema.Choices["debug"]);
        Assert.Equal(["seed", "threads", "device", "name", "runs", "record_code", "report", "stop_signals", "freeze", "metrics", "observers", "otlp"], Group("", null).Keys.Select(k => k.Key));
    }

    [Fact]
    public void Every_built_in_key_has_a_summary()
    {
        IEnumerable<ConfigSchemaKey> own = _schema.Groups.Where(g => g.Choice?.StartsWith("fake", StringComparison.Ordinal) != true).SelectMany(g => g.Keys);

        Assert.DoesNotContain(own, k => string.IsNullOrWhiteSpace(k.Summary));
    }

    private ConfigSchemaGroup Group(string group, string? choice) => _schema.Groups.Single(g => g.Name == group && g.Choice == choice);

    private ConfigSchemaKey Key(string group, string? choice, string key) => Group(group, choice).Keys.Single(k => k.Key == key) with { Schema = "{}" };
}
