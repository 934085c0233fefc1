
namespace Regimen.Tests.Catalog;

public sealed class SpellingTests
{
    [Theory]
    [InlineData("hiden", "hidden")]
    [InlineData("hidedn", "hidden")]
    [InlineData("HIDDEN", "hidden")]
    [InlineData("lr", "lr")]
    [InlineData("lt", "lr")]
    [InlineData("learning_rat", "learning_rate")]
    [InlineData("learn", "learning_rate")]
    [InlineData("rate", "learning_rate")]
    [InlineData("ra", null)]
    [InlineData("xyz", null)]
    [InlineData("", null)]
    public void The_closest_word_is_suggested_if_it_is_similar(string word, string? nearest)
        => Assert.Equal(nearest, Spelling.Nearest(word, ["lr", "hidden", "learning_rate"]));

    [Theory]
    [InlineData("learning_rate", "lr")]
    [InlineData("lerning_rate", "lr")]
    [InlineData("gpu", "cuda")]
    [InlineData("gpt", null)]
    [InlineData("off", "none")]
    [InlineData("offf", null)]
    public void Synonyms_are_suggested(string word, string? nearest)
        => Assert.Equal(nearest, Spelling.Nearest(word, ["lr", "cuda", "none", "eps"]));

    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("ab", "ba", 1)]
    [InlineData("abc", "abc", 0)]
    public void Edits_are_counted(string a, string b, int distance) => Assert.Equal(distance, Spelling.Distance(a, b));
}
