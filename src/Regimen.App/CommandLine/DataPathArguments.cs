using System.CommandLine;

namespace Regimen.App.CommandLine;

/// <summary>Where the data of a recorded run lies now.</summary>
internal static class DataPathArguments
{
    public static Argument<string[]> Build() => new("paths")
    {
        Description = "Where the data lies now, if it has moved: data.root=PATH, data.path=PATH. It must be the data that the run was trained on.",
        Arity = ArgumentArity.ZeroOrMore,
        HelpName = "key=value",
    };
}
