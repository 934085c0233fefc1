using System.Buffers;
using Regimen.Files;
using SkiaSharp;

namespace Regimen.Imaging;

/// <summary>An encoded image: PNG, JPEG, BMP or WebP. The header is read first, so that files that are not images, are animated or are too
/// large are rejected before decoding.</summary>
/// <remarks>Colour profiles are not applied, as in torchvision. The EXIF orientation is not applied; see <see cref="Orientation"/>.</remarks>
internal sealed unsafe class EncodedImage : IDisposable
{
    /// <summary>The maximum number of pixels.</summary>
    public const long MaxPixels = 100_000_000;

    /// <summary>The maximum size of a file in bytes.</summary>
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

    /// <summary>The width in pixels, as stored.</summary>
    public int Width => _codec.Info.Width;

    /// <summary>The height in pixels, as stored.</summary>
    public int Height => _codec.Info.Height;

    /// <summary>The number of channels: 1 for greyscale, else 3.</summary>
    public int Channels => IsGrey ? 1 : 3;

    /// <summary>The properties in the header.</summary>
    public ImageFacts Facts => new(Height, Width, Channels, Orientation, _codec.Info.AlphaType != SKAlphaType.Opaque, _is16Bit);

    /// <summary>The EXIF orientation, from 1 (as stored) to 8 (<see cref="ImageOrientation"/>).</summary>
    public int Orientation => (int)_codec.EncodedOrigin;

    private bool IsGrey => _codec.Info.ColorType == SKColorType.Gray8;

    /// <summary>Reads the bytes of a file.</summary>
    /// <exception cref="RequestException">The file can't be read, is empty, or is larger than <see cref="MaxFileBytes"/>.</exception>
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

    /// <summary>Opens an image and reads its header.</summary>
    /// <param name="path">The path for messages.</param>
    /// <param name="bytes">The content of the file, which must not change until the image is disposed.</param>
    /// <exception cref="RequestException">The file is not a still image of a supported format, or is too large.</exception>
    public static EncodedImage Open(string path, ReadOnlyMemory<byte> bytes)
    {
        MemoryHandle pin = bytes.Pin();
        SKData data = SKData.Create((nint)pin.Pointer, bytes.Length);
        SKCodec? codec = SKCodec.Create(data);
        if (codec is null)
        {
            data.Dispose();
            pin.Dispose();
            throw Refusal(path, "The file is not a readable image", "PNG, JPEG, BMP or WebP", ImageFormat.Describe(bytes.Span));
        }

        var image = new EncodedImage(path, pin, data, codec, ImageFormat.Is16BitPng(bytes.Span));
        try
        {
            image.Check(bytes.Span);
            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>Decodes the pixels into one row-major plane per channel.</summary>
    /// <param name="channels">1 or 3. A greyscale image is repeated for three channels. A colour image is converted to greyscale with ITU-R
    /// 601 luma, rounded as in Pillow.</param>
    /// <param name="planes">The output, <c>[channels, height, width]</c>.</param>
    /// <exception cref="RequestException">The file is damaged or truncated, or the image has transparent pixels.</exception>
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

    private void Check(ReadOnlySpan<byte> bytes)
    {
        if (_codec.EncodedFormat is not (SKEncodedImageFormat.Png or SKEncodedImageFormat.Jpeg or SKEncodedImageFormat.Bmp or SKEncodedImageFormat.Webp))
        {
            throw Refusal(_path, "The image format is not supported", "PNG, JPEG, BMP or WebP", $"{_codec.EncodedFormat}".ToUpperInvariant());
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
            throw new RequestException(new Problem(result == SKCodecResult.IncompleteInput ? "The image is truncated or damaged" : "The image is damaged")
            {
                Where = _path,
                Expected = $"{Width} × {Height} pixels, according to the header",
                Hint = "Replace the file, or remove it from the folder.",
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
                "The image has transparent pixels",
                "opaque pixels",
                $"alpha {rgba[(4 * at) + 3]} at column {at % Width}, row {at / Width}");
        }
    }

    private static RequestException Refusal(string path, string message, string expected, string received)
        => new(new Problem(message) { Where = path, Expected = expected, Received = received });
}
