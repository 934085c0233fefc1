namespace Regimen.Imaging;

/// <summary>What an image file's header says.</summary>
/// <param name="Height">Pixels from top to bottom, as stored.</param>
/// <param name="Width">Pixels from left to right, as stored.</param>
/// <param name="Channels">1 for grey levels, else 3.</param>
/// <param name="Orientation">The camera's orientation, from 1 (as stored) to 8.</param>
/// <param name="HasAlpha">Whether pixels have an alpha.</param>
/// <param name="Is16Bit">Whether levels have 16 bits.</param>
internal readonly record struct ImageFacts(int Height, int Width, int Channels, int Orientation, bool HasAlpha, bool Is16Bit);
