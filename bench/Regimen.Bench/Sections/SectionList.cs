using Regimen.Bench.Measuring;

namespace Regimen.Bench.Sections;

/// <summary>What can be measured, by the names that the command takes. A section is one file and one line here.</summary>
internal static class SectionList
{
    public static IReadOnlyDictionary<string, Action<Report>> All { get; } = new OrderedDictionary<string, Action<Report>>
    {
        ["peers"] = PeersSection.Run,
        ["loader"] = LoaderSection.Run,
        ["images"] = ImagesSection.Run,
        ["stream"] = StreamSection.Run,
        ["step"] = StepSection.Run,
        ["layers"] = LayersSection.Run,
        ["checkpoint"] = CheckpointSection.Run,
        ["start"] = StartSection.Run,
        ["memory"] = MemorySection.Run,
        ["scale"] = ScaleSection.Run,
    };
}
