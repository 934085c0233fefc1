namespace Workshop.Exercises;

public static class Step07
{
    /// <summary>Exercise 1. Splits an argument <c>key=value</c> at its first equals sign: <c>"note=a=b"</c> is the key <c>note</c> with the value
    /// <c>a=b</c>. The value may be empty, the key may not.</summary>
    /// <exception cref="FormatException">There is no equals sign, or no key.</exception>
    public static (string Key, string Value) Split(string argument) => throw new NotImplementedException();

    /// <summary>Exercise 2. Merges layers: the value of a key is that of the last layer that has it. The first layer has the defaults: a later layer may only
    /// have keys that the first one has.</summary>
    /// <exception cref="ArgumentException">A later layer has an unknown key.</exception>
    public static Dictionary<string, string> Merge(IReadOnlyList<Dictionary<string, string>> layers) => throw new NotImplementedException();

    /// <summary>Exercise 3. Replaces each reference <c>${key}</c> in a value by the value of that key, so that one number is written once:
    /// <c>name: mlp-${model.hidden}</c>. A value that is referred to may itself refer to others.</summary>
    /// <exception cref="ArgumentException">A key is unknown, or refers to itself, directly or through others.</exception>
    public static Dictionary<string, string> Resolve(Dictionary<string, string> config) => throw new NotImplementedException();
}
