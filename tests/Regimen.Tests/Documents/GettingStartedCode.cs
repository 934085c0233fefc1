namespace Regimen.Tests.Documents;

/// <summary>The program of docs/getting-started.md that makes a table.</summary>
internal static class GettingStartedCode
{
    /// <summary>Writes the table as the program writes it to its standard output.</summary>
    public static void WriteHouses(TextWriter table)
    {
        TextWriter before = Console.Out;
        Console.SetOut(table);
        try
        {
            WriteHouses();
        }
        finally
        {
            Console.SetOut(before);
        }
    }

    private static void WriteHouses()
    {
        uint state = 7;
        int Next(int bound) => (int)((state = (state * 1664525) + 1013904223) >> 8) % bound;
        string[] districts = ["harbour", "north", "south"];
        double[] factors = [1.4, 0.9, 1.0];
        Console.WriteLine("area,rooms,age,district,price");
        for (int i = 0; i < 1500; i++)
        {
            int area = 30 + Next(120), rooms = 1 + (area / 30), age = Next(80), district = Next(3);
            double price = ((area * 3000) + (rooms * 5000) - (age * 800)) * factors[district] * (0.95 + (Next(1001) * 0.0001));
            Console.WriteLine($"{area},{rooms},{age},{districts[district]},{price:0}");
        }
    }
}
