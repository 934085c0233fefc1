using System.Buffers;
using Regimen.Files;
using SkiaSharp;

namespace Regimen.Imaging;

/// <summary>An image as it lies in a file: PNG, JPEG, BMP or WebP. Its header is read first, so that what is not an image, moves or would
/// not fit the memory is refused before a pixel is decoded.</summary>
/// <remarks>Pixels are taken as they are stored: colour profiles are not applied, as in PyTorch's torchvision; the camera's orientation is
/// told and left to the caller.</remarks>
internal sealed unsafe class EncodedImage : IDisposable
{
    /// <summary>The most pixels that are decoded; more are refused by the header.</summary>
    public const long MaxPixels = 100_000_000;

    /// <summary>The longest file that is read.</summary>
    public const long MaxFileBytes = 512L << 20;

    private readonly string _path;
    private readonly MemoryHandle _pin;
    private readonly SKData _data;
    private readonly SKCodec _codec;
    private readonly bool _is16Bit;

    private EncodedImage(string path, MemoryHandle pin, SKData data, SKCodec codec, bool is16Bit)
    {
        _is16Bit = is16Bit;
        _path = path;
        _pin = pin;
        _data = data;
        _codec = codec;
    }

    /// <summary>Pixels from left to right.</summary>
    public int Width => _codec.Info.Width;

    /// <summary>Pixels from top to bottom.</summary>
    public int Height => _codec.Info.Height;

    /// <summary>1 for a file of grey levels, else 3.</summary>
    public int Channels => IsGrey ? 1 : 3;

    /// <summary>What the header says.</summary>
    public ImageFacts Facts => new(Height, Width, Channels, Orientation, _codec.Info.AlphaType != SKAlphaType.Opaque, _is16Bit);

    /// <summary>How the camera was held: from 1, as stored, to 8 (<see cref="ImageOrientation"/>).</summary>
    public int Orientation => (int)_codec.EncodedOrigin;

    private bool IsGrey => _codec.Info.ColorType == SKColorType.Gray8;

    /// <summary>A file's bytes.</summary>
    /// <exception cref="RequestException">It can't be read, is empty, or longer than an image has a reason to be.</exception>
    public static byte[] ReadFile(string path)
    {
        using FileStream file = InputFile.OpenRegular(path);
        try
        {
            if (file.Length is 0 or > MaxFileBytes)
            {
                throw new RequestException(new Problem(file.Length == 0 ? "The file is empty" : "The file is too large for an image")
                {
                    Where = path,
                    Expected = file.Length == 0 ? "an image" : $"at most {MaxFileBytes} bytes",
                    Received = file.Length == 0 ? null : $"{file.Length} bytes",
                });
            }

            byte[] bytes = GC.AllocateUninitializedArray<byte>((int)file.Length);
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (IOException e)
        {
            throw InputFile.Unreadable(path, e);
        }
    }

    /// <summary>Reads the header.</summary>
    /// <param name="path">The file, as problems name it.</param>
    /// <param name="bytes">Its content.</param>
    /// <exception cref="RequestException">It is no still image of the formats that are read, or too large.</exception>
    public static EncodedImage Open(string path, byte[] bytes)
    {
        MemoryHandle pin = bytes.AsMemory().Pin();
        SKData data = SKData.Create((nint)pin.Pointer, bytes.Length);
        SKCodec? codec = SKCodec.Create(data);
        if (codec is null)
        {
            data.Dispose();
            pin.Dispose();
            throw Refusal(path, "This is not an image that can be read", "PNG, JPEG, BMP or WebP", ImageFormat.Describe(bytes));
        }

        var image = new EncodedImage(path, pin, data, codec, ImageFormat.Is16BitPng(bytes));
        try
        {
            image.Check(bytes);
            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>Decodes the pixels into planes, one a channel, each row by row.</summary>
    /// <param name="channels">1 or 3. A grey image's levels are repeated for three; a colour image becomes grey by ITU-R 601 luma, with
    /// the rounding of the Pillow library.</param>
    /// <param name="planes"><c>[channels, height, width]</c>.</param>
    /// <exception cref="RequestException">The file is damaged or cut off, or the image is transparent in places.</exception>
    public void Decode(int channels, Span<byte> planes)
    {
        int area = Width * Height;
        var info = new SKImageInfo(Width, Height, IsGrey ? SKColorType.Gray8 : SKColorType.Rgba8888, IsGrey ? SKAlphaType.Opaque : SKAlphaType.Unpremul);
        byte[] pixels = ArrayPool<byte>.Shared.Rent(info.BytesSize);
        try
        {
            fixed (byte* to = pixels)
            {
                CheckDecoded(_codec.GetPixels(info, (nint)to));
            }

            Span<byte> decoded = pixels.AsSpan(0, info.BytesSize);
            if (!IsGrey)
            {
                RequireOpaque(decoded);
                PixelPlanes.FromRgba(decoded, planes, channels);
                return;
            }

            for (int channel = 0; channel < channels; channel++)
            {
                decoded.CopyTo(planes.Slice(channel * area, area));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(pixels);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _codec.Dispose();
        _data.Dispose();
        _pin.Dispose();
    }

    private void Check(byte[] bytes)
    {
        if (_codec.EncodedFormat is not (SKEncodedImageFormat.Png or SKEncodedImageFormat.Jpeg or SKEncodedImageFormat.Bmp or SKEncodedImageFormat.Webp))
        {
            throw Refusal(_path, "This format is not read", "PNG, JPEG, BMP or WebP", $"{_codec.EncodedFormat}".ToUpperInvariant());
        }

        if ((long)Width * Height > MaxPixels)
        {
            throw Refusal(_path, "The image is too large", $"at most {MaxPixels} pixels", $"{Width} × {Height}");
        }

        if (_codec.FrameCount > 1 || ImageFormat.IsAnimatedPng(bytes))
        {
            throw Refusal(_path, "The image is animated", "a still image", _codec.FrameCount > 1 ? $"{_codec.FrameCount} frames" : "an animated PNG");
        }
    }

    private void CheckDecoded(SKCodecResult result)
    {
        if (result != SKCodecResult.Success)
        {
            throw new RequestException(new Problem(result == SKCodecResult.IncompleteInput ? "The image is cut off or damaged" : "The image is damaged")
            {
                Where = _path,
                Expected = $"{Width} × {Height} pixels, as its header says",
                Hint = "Replace the file, or take it out of the folder.",
            });
        }
    }

    private void RequireOpaque(ReadOnlySpan<byte> rgba)
    {
        if (_codec.Info.AlphaType == SKAlphaType.Opaque)
        {
            return;
        }

        int at = PixelPlanes.FirstTransparent(rgba);
        if (at >= 0)
        {
            throw Refusal(
                _path,
                "The image is transparent in places",
                "opaque pixels",
                $"an alpha of {rgba[(4 * at) + 3]} at column {at % Width}, row {at / Width}");
        }
    }

    private static RequestException Refusal(string path, string message, string expected, string received)
        => new(new Problem(message) { Where = path, Expected = expected, Received = received });
}
