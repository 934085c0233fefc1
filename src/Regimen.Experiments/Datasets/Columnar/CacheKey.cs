using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Regimen.Files;

namespace Regimen.Datasets;

/// <summary>Identifies the encoded rows of a table: the files, the options of the table, the seed of the split, the kind of the targets.</summary>
internal static class CacheKey
{
    /// <summary>A Parquet file ends with its row groups and the statistics of their columns.</summary>
    private const int FooterBytes = 64 << 10;

    /// <summary>Returns the key in lower-case hex.</summary>
    /// <remarks>A file counts as the same if its name, its size, its time of modification and its last 64 KB are the same.</remarks>
    public static string Of(TableOptions options, IReadOnlyList<string> files, DatasetContext context)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"rows 1\n{context.Seed}\n{context.Target}\n");
        Append(text, options, typeof(TableOptions));
        foreach (string file in files)
        {
            using FileStream stream = InputFile.OpenRegular(file);
            text.Append(CultureInfo.InvariantCulture, $"{Path.GetFileName(file)}\0{stream.Length}\0{File.GetLastWriteTimeUtc(file).Ticks}\n");
            stream.Seek(-Math.Min(FooterBytes, stream.Length), SeekOrigin.End);
            var footer = new byte[Math.Min(FooterBytes, stream.Length)];
            stream.ReadExactly(footer);
            hash.AppendData(footer);
        }

        hash.AppendData(Encoding.UTF8.GetBytes(text.ToString()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(StringBuilder text, object? value, Type? declared = null)
    {
        switch (value)
        {
            case string word:
                text.Append(CultureInfo.InvariantCulture, $"{word.Length}:{word}\n");
                break;
            case IEnumerable list:
                text.Append("[\n");
                foreach (object? item in list)
                {
                    Append(text, item, item?.GetType());
                }

                text.Append("]\n");
                break;
            case not null when declared is { IsValueType: false }:
                foreach (PropertyInfo property in declared.GetProperties(BindingFlags.Public | BindingFlags.Instance).OrderBy(p => p.Name, StringComparer.Ordinal))
                {
                    text.Append(property.Name).Append('=');
                    Append(text, property.GetValue(value));
                }

                break;
            default:
                text.Append(CultureInfo.InvariantCulture, $"{value}\n");
                break;
        }
    }
}
