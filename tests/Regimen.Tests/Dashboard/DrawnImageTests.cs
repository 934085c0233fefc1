using Regimen.Dashboard;

namespace Regimen.Tests.Dashboard;

/// <summary>Tests how a drawing becomes the pixels of a model's input.</summary>
public sealed class DrawnImageTests
{
    [Fact]
    public void Each_pixel_is_the_mean_of_its_area()
    {
        // Two channels of 1 × 2 pixels, three pixels of the drawing for each.
        byte[] drawing = new byte[2 * 3 * 6];
        drawing[0] = 90;
        drawing[8] = 90;
        drawing[(3 * 6) + 5] = 255;
        Assert.Equal([20, 0, 0, 28], DrawnImage.Reduce(drawing, 2, 1, 2, 3, centre: false));
    }

    [Theory]
    [InlineData(10, 20, 60, 90)]
    [InlineData(0, 0, 20, 140)]
    [InlineData(200, 210, 30, 17)]
    public void A_centred_drawing_has_the_size_and_the_place_of_MNIST(int left, int top, int width, int height)
    {
        const int Scale = 9;
        const int Side = 28;
        byte[] drawing = new byte[Side * Scale * Side * Scale];
        for (int y = top; y < top + height; y++)
        {
            drawing.AsSpan((y * Side * Scale) + left, width).Fill(255);
        }

        byte[] pixels = DrawnImage.Reduce(drawing, 1, Side, Side, Scale, centre: true);
        (int X, int Y)[] ink = [.. pixels.Index().Where(p => p.Item > 127).Select(p => (p.Index % Side, p.Index / Side))];
        Assert.Equal(20, Math.Max(ink.Max(i => i.X) - ink.Min(i => i.X), ink.Max(i => i.Y) - ink.Min(i => i.Y)) + 1);
        double mass = pixels.Sum(p => (double)p);
        Assert.Equal(14, pixels.Index().Sum(p => p.Item * ((p.Index % Side) + 0.5)) / mass, 0.05);
        Assert.Equal(14, pixels.Index().Sum(p => p.Item * ((p.Index / Side) + 0.5)) / mass, 0.05);
    }

    [Fact]
    public void An_empty_drawing_stays_empty() => Assert.All(DrawnImage.Reduce(new byte[7 * 3 * 5 * 3], 1, 7, 5, 3, centre: true), p => Assert.Equal(0, p));
}
