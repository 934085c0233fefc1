using Regimen.Catalog;
using Regimen.Configuration;

namespace Regimen.Tests.Configuration;

public sealed class OptionsShapeTests
{
    public abstract record Base
    {
        public int First { get; init; }
    }

    public sealed record Derived : Base
    {
        public int TMax { get; init; }

        public int EvalBatchSize { get; init; }

        public int Dropout1 { get; init; }
    }

    public sealed record WithDictionary
    {
        public Dictionary<string, int> Map { get; init; } = [];
    }

    public sealed record WithItself
    {
        public WithItself? Inner { get; init; }
    }

    public sealed record SameKeys
    {
        public int TMax { get; init; }

        public int T_max { get; init; }
    }

    public sealed record Strict
    {
        public required int Needed { get; init; }

        public int Even
        {
            get;
            init => field = value % 2 == 0 ? value : throw new ArgumentException("Only even numbers");
        }
    }

    [Fact]
    public void Keys_are_snake_case_and_keys_of_the_base_type_come_first()
        => Assert.Equal(["first", "t_max", "eval_batch_size", "dropout1"], OptionsShape.For(typeof(Derived)).Keys.Select(k => k.Path));

    [Fact]
    public void A_record_without_keys_has_none() => Assert.Empty(OptionsShape.For(typeof(NoOptions)).Keys);

    [Theory]
    [InlineData(typeof(WithDictionary), "Regimen.Tests.Configuration.OptionsShapeTests.WithDictionary.Map")]
    [InlineData(typeof(WithItself), "Regimen.Tests.Configuration.OptionsShapeTests.WithItself.Inner")]
    [InlineData(typeof(SameKeys), "Regimen.Tests.Configuration.OptionsShapeTests.SameKeys.T_max")]
    public void An_unsupported_property_is_rejected(Type type, string where)
        => Assert.Equal(where, Assert.Single(Assert.Throws<RequestException>(() => OptionsShape.For(type)).Problems).Where);

    [Fact]
    public void An_exception_of_a_property_setter_propagates()
        => Assert.Throws<ArgumentException>(() => OptionsShape.For(typeof(Strict)).Create(new Dictionary<string, object?> { ["even"] = 3 }));

    [Fact]
    public void Required_properties_are_required_keys()
        => Assert.Equal([true, false], OptionsShape.For(typeof(Strict)).Keys.Select(k => k.IsRequired));
}
