using System.Text.RegularExpressions;

namespace Regimen.Datasets;

/// <summary>The groups of files, found in their paths by a regular expression.</summary>
internal static class PathGroups
{
    private const string Key = "data.group";
    private static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(1);

    /// <summary>Returns the number of each sample's group.</summary>
    /// <param name="count">The number of samples.</param>
    /// <param name="pathOf">The path of a sample below its folder, with <c>/</c> between folders, or its name in an archive.</param>
    /// <param name="pattern">The expression.</param>
    /// <exception cref="RequestException">The expression is invalid, or does not match a path.</exception>
    public static int[] Of(int count, Func<int, string> pathOf, string pattern)
    {
        Regex expression = Parse(pattern);
        var names = new string[count];
        for (int i = 0; i < names.Length; i++)
        {
            string path = pathOf(i);
            Match match = Find(expression, path, pattern);
            Group group = match.Groups.Count > 1 ? match.Groups[1] : match;
            names[i] = group.Success ? group.Value : throw new RequestException(new Problem("The path of an image has no group")
            {
                Where = Key,
                Expected = "an expression that matches the path of every image below its folder, or its name in its shard",
                Received = $"{pattern}, which does not match {path}",
            });
        }

        return GroupCodes.Of(names);
    }

    private static Regex Parse(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant, LongestMatch);
        }
        catch (ArgumentException exception)
        {
            throw new RequestException(new Problem("The regular expression is not valid") { Where = Key, Expected = "an expression such as ^[^/]+/(patient[0-9]+)_", Received = exception.Message }, exception);
        }
    }

    private static Match Find(Regex expression, string path, string pattern)
    {
        try
        {
            return expression.Match(path);
        }
        catch (RegexMatchTimeoutException exception)
        {
            throw new RequestException(new Problem("The regular expression takes too long") { Where = Key, Expected = "an expression without nested repetitions", Received = pattern }, exception);
        }
    }
}
