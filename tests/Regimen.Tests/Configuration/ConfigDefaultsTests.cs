using Regimen.Catalog;
using Regimen.Configuration;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Configuration;

public sealed class ConfigDefaultsTests
{
    [Fact]
    public void The_config_of_a_plain_train_has_no_changed_key()
        => Assert.Empty(Changed());

    [Fact]
    public void Changed_keys_are_listed_with_the_defaults_of_the_chosen_parts()
        => Assert.Equal(
            ["early_stopping=default", "model.dropout2=0.5", "model.name=mlp", "optimizer.betas=[0.9,0.999]", "optimizer.lr=0.001", "trainer.precision=fp32"],
            Changed("model=cnn", "model.dropout2=0.25", "optimizer.lr=0.5", "optimizer.betas=[0.8,0.999]", "trainer.precision=bf16", "early_stopping=none", "trainer.epochs=20", "threads=1")
                .Select(c => $"{c.Key}={c.Value}").Order(StringComparer.Ordinal));

    private static IReadOnlyDictionary<string, string> Changed(params string[] arguments)
        => ConfigDefaults.ChangedIn(ConfigComposer.Compose(ComponentCatalog.From(), new ConfigRequest { WorkingDirectory = Repository.Root, Arguments = arguments }).Config);
}
