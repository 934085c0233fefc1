using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Nodes;
using Regimen.Files;
using Regimen.Imaging;

namespace Regimen.Datasets;

/// <summary>Reads the encoded images of a Parquet file once, with DuckDB, and copies them to a file in which each has a position.</summary>
/// <param name="options">The options.</param>
/// <param name="cancellationToken">Ends the reading.</param>
internal sealed class ParquetImageReader(ParquetImages.Options options, CancellationToken cancellationToken)
{
    /// <summary>The positions of a chunk of memory.</summary>
    public const long ChunkBytes = 1L << 30;

    private const string Extension = ".images";

    // An image of a row group is read with its neighbours: some hundred, of some 100 KB each.
    private const string DatabaseMemory = "1GB";
    private readonly PackedCache _cache = new(options.CacheFolder, $"parquet\0{options.Image}\0{options.Label}");

    /// <summary>Returns the images of a file, from the cache if they are there.</summary>
    /// <exception cref="RequestException">The file or rows of it are not usable; the exception lists the problems.</exception>
    public ParquetArchive Read(string path)
    {
        if (_cache.PathOf(path) is not { } cached)
        {
            var chunks = new ImageChunks();
            return new ParquetArchive(path, Copy(path, chunks.Add), null, chunks.Chunks);
        }

        if (PackedCache.Read(cached) is { } known && new FileInfo(cached + Extension) is { Exists: true } file && file.Length == known.Offsets[^1] + known.Lengths[^1])
        {
            return new ParquetArchive(path, known, cached + Extension, []);
        }

        PackedIndex? index = null;
        PackedCache.Write(cached + Extension, to => index = Copy(path, bytes =>
        {
            long offset = to.Position;
            to.Write(bytes);
            return offset;
        }));
        PackedCache.Write(cached, index!);
        return new ParquetArchive(path, index!, cached + Extension, []);
    }

    private PackedIndex Copy(string path, CopyImage copy)
    {
        using var database = DuckDatabase.Open(null, ".", DatabaseMemory);
        string file = SqlText.Text(TableFiles.Escape(Path.GetFullPath(path)));
        try
        {
            using var builder = new PackedIndexBuilder();
            string image = ImageColumn(path, database.Describe($"SELECT * FROM read_parquet({file})"));
            using (DbCommand command = database.Command($"SELECT {image}, CAST({SqlText.Name(options.Label)} AS VARCHAR) FROM read_parquet({file})"))
            using (DbDataReader reader = command.ExecuteReader())
            {
                byte[] buffer = [];
                for (int row = 0; !builder.IsHopeless && reader.Read(); row++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Add(path, row, reader, builder, copy, ref buffer);
                }
            }

            ProblemList.ThrowIfAny(builder.Problems);
            PackedIndex index = builder.Build(Names(database, file));
            return index.Count > 0 ? index : throw new RequestException(new Problem("The file has no rows") { Where = path, Expected = "at least one image" });
        }
        catch (Exception exception) when (database.IsFault(exception))
        {
            throw new RequestException(database.Explain(exception, path) with { Where = path }, exception);
        }
    }

    private static void Add(string path, int row, DbDataReader reader, PackedIndexBuilder builder, CopyImage copy, ref byte[] buffer)
    {
        if (reader.IsDBNull(0) || reader.IsDBNull(1))
        {
            builder.Problems.Add(new Problem(reader.IsDBNull(0) ? "The row has no image" : "The row has no label")
            {
                Where = ParquetArchive.Origin(path, row),
                Expected = reader.IsDBNull(0) ? "the bytes of an image file" : "the index or the name of a class",
                Hint = reader.IsDBNull(0) ? "A row with a path alone has its image elsewhere: embed the images when the data set is written." : null,
            });
            return;
        }

        using Stream stream = reader.GetStream(0);
        if (stream.Length > EncodedImage.MaxFileBytes)
        {
            builder.Problems.Add(new Problem("The bytes are too many for an image") { Where = ParquetArchive.Origin(path, row), Expected = $"at most {EncodedImage.MaxFileBytes} bytes", Received = $"{stream.Length} bytes" });
            return;
        }

        int length = (int)stream.Length;
        buffer = buffer.Length >= length ? buffer : GC.AllocateUninitializedArray<byte>(length * 2L <= Array.MaxLength ? length * 2 : length);
        stream.ReadExactly(buffer, 0, length);
        builder.Add(() => ParquetArchive.Origin(path, row), buffer.AsMemory(0, length), reader.GetString(1).Trim(), copy(buffer.AsSpan(0, length)));
    }

    /// <summary>Checks the columns, and returns the expression for the bytes of an image.</summary>
    private string ImageColumn(string path, IReadOnlyList<DatabaseColumn> columns)
    {
        List<Problem> problems = [];
        string[] names = [.. columns.Select(c => c.Name)];
        foreach ((string key, string name) in ((string, string)[])[("data.image", options.Image), ("data.label", options.Label)])
        {
            if (!names.Contains(name, StringComparer.Ordinal))
            {
                problems.Add(new Problem($"The file has no column {name} ({key})") { Where = path, Expected = $"one of {string.Join(", ", names.Take(20))}", Received = name, Hint = Spelling.DidYouMean(name, names) });
            }
        }

        ProblemList.ThrowIfAny(problems);
        string type = columns.First(c => c.Name == options.Image).TypeName;
        bool isStructure = type.StartsWith("STRUCT(", StringComparison.Ordinal) && (type.Contains("bytes BLOB", StringComparison.Ordinal) || type.Contains("\"bytes\" BLOB", StringComparison.Ordinal));
        if (type != "BLOB" && !isStructure)
        {
            problems.Add(new Problem($"The column {options.Image} has no images") { Where = path, Expected = "BLOB, or STRUCT with bytes BLOB", Received = type, Hint = "Choose the column with data.image." });
        }

        DatabaseColumn label = columns.First(c => c.Name == options.Label);
        if (label.Kind is not (DatabaseKind.Number or DatabaseKind.Text or DatabaseKind.Boolean))
        {
            problems.Add(new Problem($"The column {options.Label} has no labels") { Where = path, Expected = "whole numbers or texts", Received = label.TypeName, Hint = "Choose the column with data.label." });
        }

        ProblemList.ThrowIfAny(problems);
        return isStructure ? $"{SqlText.Name(options.Image)}.\"bytes\"" : SqlText.Name(options.Image);
    }

    /// <summary>The names of the classes in Hugging Face's metadata: info.features.COLUMN.names.</summary>
    private string[] Names(DuckDatabase database, string file)
    {
        using DbCommand command = database.Command($"SELECT decode(value) FROM parquet_kv_metadata({file}) WHERE key = 'huggingface'::BLOB");
        using DbDataReader reader = command.ExecuteReader();
        if (!reader.Read() || reader.IsDBNull(0))
        {
            return [];
        }

        try
        {
            return StrictJson.Parse(reader.GetString(0))["info"]?["features"]?[options.Label]?["names"] is JsonArray names ? [.. names.Select(n => n!.GetValue<string>())] : [];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or NullReferenceException)
        {
            // Other metadata under the same key: the classes are then those of the rows, or of data.classes.
            return [];
        }
    }
}

/// <summary>Copies an image, and returns its position.</summary>
internal delegate long CopyImage(ReadOnlySpan<byte> image);
