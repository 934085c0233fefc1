using System.Globalization;
using System.Text;
using Regimen.Reproducibility;

namespace Regimen.Tests.TestKit;

/// <summary>Creates small tables with a known relation between features and target.</summary>
internal static class Tables
{
    private static readonly (string Name, double[] Means)[] Flowers =
    [
        ("setosa", [5.0, 3.4, 1.5, 0.25]), ("versicolor", [5.9, 2.8, 4.3, 1.3]), ("virginica", [6.6, 3.0, 5.6, 2.0]),
    ];

    private static readonly string[] Towns = ["Ulm", "Trier", "Kiel"];

    /// <summary>Returns flowers of three species with four lengths and a field colour, drawn around the means of Fisher's iris data.</summary>
    public static string Iris(int rows, ulong seed = 1)
    {
        var text = new StringBuilder("sepal length,sepal width,petal length,petal width,field,species\n");
        RandomStream random = RandomStream.For(seed, RandomPurpose.Split);
        for (int row = 0; row < rows; row++)
        {
            (string name, double[] means) = Flowers[row % 3];
            string[] lengths = [.. means.Select(m => (m + (Normal(ref random) * 0.3 * Math.Sqrt(m / 4))).ToString("0.0", CultureInfo.InvariantCulture))];
            text.Append(CultureInfo.InvariantCulture, $"{string.Join(',', lengths)},{(random.NextDouble() < 0.5 ? "\"north, upper\"" : "south")},{name}\n");
        }

        return text.ToString();
    }

    /// <summary>Returns houses whose price follows from area, age and town, with noise.</summary>
    public static string Houses(int rows, ulong seed = 2)
    {
        var text = new StringBuilder("area,age,town,price,rent\n");
        RandomStream random = RandomStream.For(seed, RandomPurpose.Split);
        for (int row = 0; row < rows; row++)
        {
            double area = 40 + (random.NextDouble() * 160);
            double age = random.NextDouble() * 80;
            int town = random.NextInt32(3);
            double price = ((area * 0.03) - (age * 0.02) + town + (Normal(ref random) * 0.2)) / 2;
            text.Append(CultureInfo.InvariantCulture, $"{area:0.#},{age:0},{Towns[town]},{price:0.###},{price / 3:0.###}\n");
        }

        return text.ToString();
    }

    /// <summary>Returns houses with prices from about 60,000 to 3 million, which follow from area, age and town, with 5 % noise.</summary>
    public static string ExpensiveHouses(int rows, ulong seed = 3)
    {
        var text = new StringBuilder("area,age,town,price\n");
        RandomStream random = RandomStream.For(seed, RandomPurpose.Split);
        for (int row = 0; row < rows; row++)
        {
            double area = 40 + (random.NextDouble() * 200);
            double age = random.NextDouble() * 80;
            int town = random.NextInt32(3);
            double price = Math.Max(60_000, area * (2500 + (4500 * town)) * (1 - (age / 160)) * (1 + (Normal(ref random) * 0.05)));
            text.Append(CultureInfo.InvariantCulture, $"{area:0.#},{age:0},{Towns[town]},{price:0}\n");
        }

        return text.ToString();
    }

    /// <summary>Returns sales whose class is the sign of a product: each store and each item has two hidden numbers, one row in about
    /// <paramref name="categories"/> is of a store. A model has to learn numbers for the categories; the price has a small part in it.</summary>
    public static string Sales(int rows, int categories, ulong seed = 4)
    {
        var text = new StringBuilder("store,price,item,sold\n");
        RandomStream random = RandomStream.For(seed, RandomPurpose.Split);
        var hidden = new double[4 * categories];
        for (int i = 0; i < hidden.Length; i++)
        {
            hidden[i] = Normal(ref random);
        }

        for (int row = 0; row < rows; row++)
        {
            int store = random.NextInt32(categories);
            int item = random.NextInt32(categories);
            double price = Normal(ref random);
            double value = (hidden[2 * store] * hidden[2 * (categories + item)]) + (hidden[(2 * store) + 1] * hidden[(2 * (categories + item)) + 1]) + (0.3 * price);
            text.Append(CultureInfo.InvariantCulture, $"store {store},{price:0.###},item {item},{(value > 0 ? "yes" : "no")}\n");
        }

        return text.ToString();
    }

    private static double Normal(ref RandomStream random)
        => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
