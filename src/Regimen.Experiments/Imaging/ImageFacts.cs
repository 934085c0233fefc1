namespace Regimen.Imaging;

/// <summary>The properties in an image file's header.</summary>
/// <param name="Height">The height in pixels, as stored.</param>
/// <param name="Width">The width in pixels, as stored.</param>
/// <param name="Channels">The number of channels: 1 for greyscale, else 3.</param>
/// <param name="Orientation">The EXIF orientation, from 1 (as stored) to 8.</param>
/// <param name="HasAlpha">Whether there is an alpha channel.</param>
/// <param name="Is16Bit">Whether channels have 16 bits.</param>
internal readonly record struct ImageFacts(int Height, int Width, int Channels, int Orientation, bool HasAlpha, bool Is16Bit);
