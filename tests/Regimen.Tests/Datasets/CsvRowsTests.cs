using System.Text;
using CsCheck;
using Regimen.Data;
using Regimen.Datasets;
using Regimen.Tests.TestKit;

namespace Regimen.Tests.Datasets;

/// <summary>Rows and fields of a text, with any buffer size.</summary>
public sealed class CsvRowsTests : IDisposable
{
    private static readonly string[] LineEnds = ["\n", "\r\n", "\r"];

    private static readonly Gen<string> FieldText = Gen.OneOf(
        Gen.Char["ab1 .;"].Array[0, 9].Select(c => new string(c)),
        Gen.Char["a,\"\n\r€日"].Array[0, 40].Select(c => new string(c)),
        Gen.Const("\U0001F600é"));

    private readonly TemporaryFolder _folder = new();

    /// <summary>Rows and line numbers are correct for buffers that end anywhere in rows, quotes, characters and line ends.</summary>
    [Fact]
    public void Any_table_is_read_correctly_with_any_buffer_size()
        => Gen.Select(FieldText.Array[1, 4].Array[1, 12], Gen.Int[0, 2], Gen.Int[1, 60], Gen.Bool).Sample(
            (table, end, buffer, ended) =>
            {
                string[] rows = [.. table.Select(row => string.Join(',', row.Select(f => $"\"{f.Replace("\"", "\"\"", StringComparison.Ordinal)}\"")))];
                byte[] text = Encoding.UTF8.GetBytes(string.Join(LineEnds[end], rows) + (ended ? LineEnds[end] : string.Empty));
                var reader = new CsvRows(new MemoryStream(text), "t.csv", ',', buffer);
                List<(int Line, string Row)> read = [];
                while (reader.Read())
                {
                    for (int row = 0; row < reader.Rows; row++)
                    {
                        read.Add((reader.Line(row), string.Join(',', Enumerable.Range(0, reader.Fields(row)).Select(i => Encoding.UTF8.GetString(reader.Field(row, i))))));
                    }
                }

                int line = 1;
                List<(int Line, string Row)> expected = [];
                foreach (string row in rows)
                {
                    expected.Add((line, row));
                    line += 1 + row.Replace("\r\n", "\n", StringComparison.Ordinal).Count(c => c is '\n' or '\r');
                }

                Assert.Equal(expected, read);
            },
            iter: 20_000);

    /// <summary>Blocks of 65,536 rows are encoded and released one after the other. Splits have different shares of each block.</summary>
    [Fact]
    public void A_table_of_several_blocks_is_encoded_correctly()
    {
        const int rows = 150_001;
        string[] towns = ["Kiel", "Trier", "Ulm"];
        string path = _folder.Write("t.csv", Encoding.UTF8.GetBytes("n,town,y\n" + string.Concat(Enumerable.Range(0, rows).Select(
            i => FormattableString.Invariant($"{i}{(i % 7 == 0 ? ".125" : string.Empty)},{towns[i % 3]},{(i % 5) + 1}\n")))));
        DataSplits data = Csv.Load(
            new() { Path = path, Target = ["y"], Scaling = TableScaling.None, TestFraction = 0.13 }, new(3) { Target = TargetKind.ClassIndex });
        var seen = new bool[rows];
        foreach ((_, IDataset part) in data.Parts)
        {
            using var buffer = new BatchBuffer(part.Fields, part.Count);
            part.Gather([.. Enumerable.Range(0, part.Count)], ChannelScale.Identity, buffer);
            ReadOnlySpan<float> inputs = buffer.Floats(Field.Input);
            for (int i = 0; i < part.Count; i++)
            {
                int row = (int)inputs[i * 4];
                Assert.False(seen[row]);
                seen[row] = true;
                bool right = inputs[i * 4] == row + (row % 7 == 0 ? 0.125f : 0) && inputs[(i * 4) + 1 + (row % 3)] == 1
                    && inputs[(i * 4) + 1] + inputs[(i * 4) + 2] + inputs[(i * 4) + 3] == 1 && part.Labels![i] == row % 5;
                Assert.True(right, $"row {row}");
            }
        }

        Assert.DoesNotContain(false, seen);
        Assert.Equal(rows, data.Table!.Value.Rows);
    }

    /// <summary>If a value does not fit, the storage is widened and the previous values are unchanged.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(254)]
    [InlineData(255)]
    [InlineData(70_001)]
    public void Numbers_and_codes_are_returned_unchanged(int wide)
    {
        var numbers = new TableNumbers();
        var codes = new TableCodes();
        const int rows = 140_003;
        for (int row = 0; row < rows; row++)
        {
            numbers.Add(Number(row));
            codes.Add(Code(row));
        }

        Assert.Equal((rows, rows), (numbers.Count, codes.Count));
        for (int row = 0; row < rows; row++)
        {
            Assert.True(BitConverter.DoubleToInt64Bits(Number(row)) == BitConverter.DoubleToInt64Bits(numbers[row]) && Code(row) == codes[row], $"row {row}");
        }

        double Number(int row) => row % 11 == 0 ? double.NaN : row < wide ? row - 1.5 : row + 0.1;
        int Code(int row) => row % 13 == 0 ? -1 : Math.Min(row, row < wide ? 254 : 1000);
    }

    [Fact]
    public void Words_keep_their_codes_for_any_count_and_length()
    {
        var words = new TableWords();
        string[] all = ["", .. Enumerable.Range(0, 5003).Select(i => $"{new string((char)('a' + (i % 26)), i % 12)}{i}"), "ab", "abab", "abababab", "ababababa", "\u00e9"];
        for (int i = 0; i < all.Length; i++)
        {
            byte[] word = Encoding.UTF8.GetBytes(all[i]);
            Assert.False(words.TryGetCode(word, out _), all[i]);
            Assert.Equal(i, words.Add(word));
        }

        Assert.Equal(all, words.Words);
        Assert.All(all.Index(), w => Assert.True(words.TryGetCode(Encoding.UTF8.GetBytes(w.Item), out int code) && code == w.Index, w.Item));
    }

    public void Dispose() => _folder.Dispose();
}
