#:project lib/Workshop.csproj
using System.Buffers.Binary;
using System.IO.Compression;
using Workshop;
using static TorchSharp.torch;

using Page page = Page.Start(args);

/*
# The data set

A data set is two things: a number of samples, and a way to get each of them. MNIST has 70,000 samples. A sample is a picture of a
handwritten digit, 28 × 28 pixels, and a label: which digit it is. 60,000 are for training, 10,000 for testing.

## Think first
The labels are a file of 60,008 bytes for 60,000 digits. What are the other 8 bytes? And what happens if a program does not skip them?

## New since step 00
- The files are read by our own class, `MnistDataset`, at the end of this file.
- Nothing is trained. Before training, the data is looked at.

## The files
Each file begins with a header of big-endian numbers: a magic number that says what follows, the number of samples, and for pictures the
height and the width. After the header there is one byte per pixel, or one byte per label.
*/
var train = new MnistDataset("data/mnist", isTraining: true, skipLabelHeader: !page.IsBroken);
var test = new MnistDataset("data/mnist", isTraining: false);
Console.WriteLine($"{train.Count} training samples, {test.Count} test samples");
//> 60000 training samples, 10000 test samples

/*
## A sample
The indexer returns a picture as a tensor and its label as a number. A pixel is a byte: 0 is the background, 255 is full ink.
*/
(Tensor image, long label) = train[0];

// A shape is a list of sizes: 28 rows of 28 pixels.
Console.WriteLine($"shape [{string.Join(", ", image.shape)}], type {image.dtype}, label {label}");

// Every second row as text. item<byte>() makes a C# number of a tensor with one value; 52 grey levels share a character.
for (int row = 0; row < 28; row += 2)
{
    Console.WriteLine(string.Concat(Enumerable.Range(0, 28).Select(column => " .:*#"[image[row, column].item<byte>() / 52])).TrimEnd());
}
//> shape [28, 28], type Byte, label 5
//>
//>
//>
//>           .:*######*##*.
//>         ######**##
//>            :#.
//>             *#.
//>              .###:
//>                 .##*
//>                :*##*
//>            :#####*.
//>        *#####*.
//>     :####::
//! shape [28, 28], type Byte, label 0
//!
//!
//!
//!           .:*######*##*.
//!         ######**##
//!            :#.
//!             *#.
//!              .###:
//!                 .##*
//!                :*##*
//!            :#####*.
//!        *#####*.
//!     :####::

/*
## Look at it
Most errors in a data set are seen at once, if one looks. Do the captions fit the pictures?
*/
page.Pictures(train.Images[..16], [.. Enumerable.Range(0, 16).Select(i => $"{train[i].Label}")]);
Console.WriteLine(string.Join(" ", Enumerable.Range(0, 16).Select(i => train[i].Label)));
//> 5 0 4 1 9 2 1 3 1 4 3 5 3 6 1 7
//! 0 0 8 1 0 0 234 96 5 0 4 1 9 2 1 3

/*
## Count it
Are all classes there, and about equally often? A model that always answers "1" is right for every ninth picture.
*/
// data<long>() reads the values of a tensor as C# numbers.
foreach (IGrouping<long, long> digit in train.Labels.data<long>().ToArray().GroupBy(l => l).OrderBy(g => g.Key))
{
    Console.WriteLine($"{digit.Key}: {digit.Count()}");
}
//> 0: 5923
//> 1: 6742
//> 2: 5958
//> 3: 6131
//> 4: 5842
//> 5: 5421
//> 6: 5918
//> 7: 6265
//> 8: 5851
//> 9: 5949
//! 0: 5927
//! 1: 6742
//! 2: 5958
//! 3: 6130
//! 4: 5842
//! 5: 5419
//! 6: 5917
//! 7: 6265
//! 8: 5850
//! 9: 5948
//! 96: 1
//! 234: 1

/*
## Its scale
Models are trained on numbers near 0, so pixels are scaled: first to 0 … 1, then by the mean and the standard deviation of the training
pixels. These two numbers are used for the test pictures too: the test set must not influence anything.
*/
// to(Float32) turns bytes into numbers with a fraction; "/ 255" divides every pixel.
using Tensor pixels = train.Images.to(ScalarType.Float32) / 255;
Console.WriteLine($"mean {pixels.mean().item<float>():0.0000}, standard deviation {pixels.std().item<float>():0.0000}");
//> mean 0.1307, standard deviation 0.3081

/*
## A first test of the labels
If labels belong to their pictures, the average picture of each class looks like its digit, and the nearest average picture is often of
the right class. No training is needed for that.
*/
// "Labels == d" is true for the pictures of digit d; used as an index, it selects them. mean([0]) is the mean over the pictures, for each pixel.
Tensor averages = stack([.. Enumerable.Range(0, 10).Select(d => pixels[train.Labels == d].mean([0]))]);
page.Pictures(averages, [.. Enumerable.Range(0, 10).Select(d => $"average {d}")]);
using Tensor some = test.Images[..1000].to(ScalarType.Float32) / 255;

// cdist: the distance of each picture from each average, [1000, 10]; argmin(1): the place of the smallest distance in each row.
Tensor nearest = cdist(some.reshape(1000, 784), averages.reshape(10, 784)).argmin(1);
Console.WriteLine($"nearest average picture: {(nearest == test.Labels[..1000]).sum().item<long>() / 10.0:0.0} % of 1000 test pictures right");
//> nearest average picture: 79.0 % of 1000 test pictures right
//! nearest average picture: 5.4 % of 1000 test pictures right

/*
## Break it
    dotnet run workshop/01-dataset.cs -- --break

With `--break` the 8 bytes of the header are read as labels: `0 0 8 1` is the magic number, `0 0 234 96` the count. Every label is then
the label of the picture eight places before. Nothing fails: there are 60,000 pictures and 60,000 numbers. Only the look at the pictures,
the labels above 9, and the nearest average picture show it. A model trained on this data would learn nothing, without any message.

## Answer
The 8 bytes are the magic number and the count. A program that does not skip them shifts all labels by eight.

## In Regimen
[`IdxImages`](../src/Regimen.Experiments/Datasets/Idx/IdxImages.cs) reads these files, and refuses one whose header, size or labels are wrong.
[`IDataset`](../src/Regimen/Data/IDataset.cs) is the general form: a count, and a method that writes samples into a batch.
`regimen inspect data data=mnist --sheet mnist.png` counts the classes, looks for equal samples in two splits, and draws the samples.
*/

/// <summary>MNIST: pictures of handwritten digits, and which digit each is.</summary>
public sealed class MnistDataset
{
    /// <summary>Reads the files of a folder.</summary>
    public MnistDataset(string folder, bool isTraining, bool skipLabelHeader = true)
    {
        string name = isTraining ? "train" : "t10k";
        byte[] images = Unpack(Path.Combine(folder, $"{name}-images-idx3-ubyte.gz"));
        byte[] labels = Unpack(Path.Combine(folder, $"{name}-labels-idx1-ubyte.gz"));

        // The magic number of a file of bytes with three dimensions is 0x00000803.
        if (BinaryPrimitives.ReadInt32BigEndian(images) != 0x803)
        {
            throw new InvalidDataException($"{folder}: not a file of pictures");
        }

        Count = BinaryPrimitives.ReadInt32BigEndian(images.AsSpan(4));
        int height = BinaryPrimitives.ReadInt32BigEndian(images.AsSpan(8));
        int width = BinaryPrimitives.ReadInt32BigEndian(images.AsSpan(12));

        // Pictures [count, height, width] begin after 16 bytes; labels [count] after 8.
        Images = tensor(images[16..]).reshape(Count, height, width);
        Labels = tensor(labels.Skip(skipLabelHeader ? 8 : 0).Take(Count).Select(l => (long)l).ToArray());
    }

    /// <summary>The number of samples.</summary>
    public int Count { get; }

    /// <summary>All pictures: bytes <c>[count, 28, 28]</c>.</summary>
    public Tensor Images { get; }

    /// <summary>All labels: whole numbers <c>[count]</c>.</summary>
    public Tensor Labels { get; }

    /// <summary>A picture <c>[28, 28]</c> and its label.</summary>
    public (Tensor Image, long Label) this[int index] => (Images[index], Labels[index].item<long>());

    private static byte[] Unpack(string path)
    {
        using var unpacked = new MemoryStream();
        using var file = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        file.CopyTo(unpacked);
        return unpacked.ToArray();
    }
}
