using Yours = Workshop.Exercises.Step07;
using Solution = Workshop.Solutions.Step07;

namespace Workshop.Checks;

internal static class Step07
{
    public static Exercise[] All { get; } =
    [
        Exercise.For("07", 1, "split an argument key=value",
            ["Only the first equals sign separates.", "argument.IndexOf('=') is −1 if there is none, and 0 if there is no key."],
            Yours.Split, Solution.Split, split =>
            {
                Answer.Equal("optimizer.lr=0.1", ("optimizer.lr", "0.1"), split("optimizer.lr=0.1"));
                Answer.Equal("note=a=b", ("note", "a=b"), split("note=a=b"));
                Answer.Equal("name=", ("name", ""), split("name="));
                Answer.Throws<FormatException>("an argument without equals sign", () => split("--quick"));
                Answer.Throws<FormatException>("an argument without key", () => split("=3"));
            }),
        Exercise.For("07", 2, "merge layers of settings",
            ["Begin with a copy of the first layer.", "Refuse a key of a later layer that the copy does not have; this is the typing error."],
            Yours.Merge, Solution.Merge, merge =>
            {
                var defaults = new Dictionary<string, string> { ["lr"] = "0.05", ["hidden"] = "16" };
                Answer.Equal("lr of three layers", "0.2", merge([defaults, new() { ["lr"] = "0.1", ["hidden"] = "64" }, new() { ["lr"] = "0.2" }])["lr"]);
                Answer.Equal("hidden of three layers", "64", merge([defaults, new() { ["lr"] = "0.1", ["hidden"] = "64" }, new() { ["lr"] = "0.2" }])["hidden"]);
                Answer.Equal("lr of the defaults alone", "0.05", merge([defaults])["lr"]);
                Answer.Equal("lr of the defaults after merging", "0.05", defaults["lr"]);
                Answer.Throws<ArgumentException>("a layer with the unknown key hiden", () => merge([defaults, new() { ["hiden"] = "64" }]));
            }),
        Exercise.For("07", 3, "replace references between settings",
            ["Regex.Replace(text, @\"\\$\\{([^}]*)\\}\", reference => …) calls you for each reference.", "Write a local function that resolves one key, and give it the keys on the way to it."],
            Yours.Resolve, Solution.Resolve, resolve =>
            {
                Dictionary<string, string> resolved = resolve(new() { ["name"] = "mlp-${hidden}-${lr}", ["hidden"] = "${width}", ["width"] = "256", ["lr"] = "0.1" });
                Answer.Equal("name", "mlp-256-0.1", resolved["name"]);
                Answer.Equal("lr, which has no reference", "0.1", resolved["lr"]);
                Answer.Equal("a value with one reference twice", "3+3", resolve(new() { ["a"] = "${b}+${b}", ["b"] = "3" })["a"]);
                Answer.Throws<ArgumentException>("a reference to an unknown key", () => resolve(new() { ["a"] = "${b}" }));
                Answer.Throws<ArgumentException>("two keys that refer to each other", () => resolve(new() { ["a"] = "${b}", ["b"] = "${a}" }));
            }),
    ];
}
