using Regimen.Bench.Measuring;

namespace Regimen.Bench.Sections;

/// <summary>The sections by name. A new section needs one file and one line here.</summary>
internal static class SectionList
{
    public static IReadOnlyDictionary<string, Action<Report>> All { get; } = new OrderedDictionary<string, Action<Report>>
    {
        ["peers"] = PeersSection.Run,
        ["portable"] = PortableSection.Run,
        ["busy"] = BusySection.Run,
        ["gpt"] = GptSection.Run,
        ["loader"] = LoaderSection.Run,
        ["images"] = ImagesSection.Run,
        ["stream"] = StreamSection.Run,
        ["tables"] = TablesSection.Run,
        ["step"] = StepSection.Run,
        ["products"] = ProductsSection.Run,
        ["layers"] = LayersSection.Run,
        ["models"] = ModelsSection.Run,
        ["checkpoint"] = CheckpointSection.Run,
        ["start"] = StartSection.Run,
        ["serving"] = ServingSection.Run,
        ["dashboard"] = DashboardSection.Run,
        ["memory"] = MemorySection.Run,
        ["scale"] = ScaleSection.Run,
        ["ranks"] = RanksSection.Run,
        ["tracking"] = TrackingSection.Run,
        ["average"] = AverageSection.Run,
        ["runs"] = RunsSection.Run,
        ["search"] = SearchSection.Run,
    };
}
