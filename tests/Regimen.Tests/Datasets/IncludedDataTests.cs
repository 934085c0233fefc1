using Regimen.Datasets;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Datasets;

public sealed class IncludedDataTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public IncludedDataTests()
    {
        _folder.Write("program/data/mnist/t10k-labels-idx1-ubyte", "x"u8);
        Directory.CreateDirectory(_folder["work"]);
    }

    [Fact]
    public void Data_that_the_working_directory_has_not_is_taken_from_beside_the_program()
    {
        Assert.Equal(_folder["program/data/mnist"], Find("data/mnist"));
        Directory.CreateDirectory(_folder["work/data/mnist"]);
        Assert.Equal("data/mnist", Find("data/mnist"));
    }

    [Theory]
    [InlineData("data/flowers")]
    [InlineData("/data/mnist")]
    public void A_path_that_neither_has_and_an_absolute_one_stay(string path) => Assert.Equal(path, Find(path));

    public void Dispose() => _folder.Dispose();

    private string Find(string path) => IncludedData.Find(path, _folder["work"], _folder["program"]);
}
