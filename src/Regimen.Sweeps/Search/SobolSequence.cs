using Regimen.Reproducibility;

namespace Regimen.Search;

/// <summary>Sobol's sequence in base 2, scrambled by the nested uniform scrambling of Owen ("Randomly Permuted (t,m,s)-Nets and (t,s)-Sequences",
/// 1995).</summary>
internal static class SobolSequence
{
    private const int Bits = 32;

    /// <summary>Of each dimension after the first: its primitive polynomial, whose coefficients are the bits of the number, and the initial direction
    /// numbers (Joe and Kuo, "Constructing Sobol Sequences with Better Two-Dimensional Projections", 2008: new-joe-kuo-6.21201).</summary>
    private static readonly uint[][] Initial =
    [
        [3, 1], [7, 1, 3], [11, 1, 3, 1], [13, 1, 1, 1], [19, 1, 1, 3, 3], [25, 1, 3, 5, 13], [37, 1, 1, 5, 5, 17], [41, 1, 1, 5, 5, 5],
        [47, 1, 1, 7, 11, 19], [55, 1, 1, 5, 1, 1], [59, 1, 1, 1, 3, 11], [61, 1, 3, 5, 5, 31], [67, 1, 3, 3, 9, 7, 49],
        [91, 1, 1, 1, 15, 21, 21], [97, 1, 3, 1, 13, 27, 49], [103, 1, 1, 1, 15, 7, 5], [109, 1, 3, 1, 15, 13, 25],
        [115, 1, 1, 5, 5, 19, 61], [131, 1, 3, 7, 11, 23, 15, 103], [137, 1, 3, 7, 13, 13, 15, 69], [143, 1, 1, 3, 13, 7, 35, 63],
        [145, 1, 3, 5, 9, 1, 25, 53], [157, 1, 3, 1, 13, 9, 35, 107], [167, 1, 3, 1, 5, 27, 61, 31], [171, 1, 1, 5, 11, 19, 41, 61],
        [185, 1, 3, 5, 3, 3, 13, 69], [191, 1, 1, 7, 13, 1, 19, 1], [193, 1, 3, 7, 5, 13, 19, 59], [203, 1, 1, 3, 9, 25, 29, 41],
        [211, 1, 3, 5, 13, 23, 1, 55], [213, 1, 3, 7, 3, 13, 59, 17], [229, 1, 3, 1, 3, 5, 53, 69], [239, 1, 1, 5, 5, 23, 33, 13],
        [241, 1, 1, 7, 7, 1, 61, 123], [247, 1, 1, 7, 9, 13, 61, 49], [253, 1, 3, 3, 5, 3, 55, 33], [285, 1, 3, 1, 15, 31, 13, 49, 245],
        [299, 1, 3, 5, 15, 31, 59, 63, 97], [301, 1, 3, 1, 11, 11, 11, 77, 249], [333, 1, 3, 1, 11, 27, 43, 71, 9],
        [351, 1, 1, 7, 15, 21, 11, 81, 45], [355, 1, 3, 7, 3, 25, 31, 65, 79], [357, 1, 3, 1, 1, 19, 11, 3, 205],
        [361, 1, 1, 5, 9, 19, 21, 29, 157], [369, 1, 3, 7, 11, 1, 33, 89, 185], [391, 1, 3, 3, 3, 15, 9, 79, 71],
        [397, 1, 3, 7, 11, 15, 39, 119, 27], [425, 1, 1, 3, 1, 11, 31, 97, 225], [451, 1, 1, 1, 3, 23, 43, 57, 177],
        [463, 1, 3, 7, 7, 17, 17, 37, 71], [487, 1, 3, 1, 5, 27, 63, 123, 213], [501, 1, 1, 3, 5, 11, 43, 53, 133],
        [529, 1, 3, 5, 5, 29, 17, 47, 173, 479], [539, 1, 3, 3, 11, 3, 1, 109, 9, 69], [545, 1, 1, 1, 5, 17, 39, 23, 5, 343],
        [557, 1, 3, 1, 5, 25, 15, 31, 103, 499], [563, 1, 1, 1, 11, 11, 17, 63, 105, 183], [601, 1, 1, 5, 11, 9, 29, 97, 231, 363],
        [607, 1, 1, 5, 15, 19, 45, 41, 7, 383], [617, 1, 3, 7, 7, 31, 19, 83, 137, 221], [623, 1, 1, 1, 3, 23, 15, 111, 223, 83],
        [631, 1, 1, 5, 13, 31, 15, 55, 25, 161], [637, 1, 1, 3, 13, 25, 47, 39, 87, 257],
    ];

    private static readonly uint[][] Directions = [FirstDimension(), .. Initial.Select(Expand)];

    /// <summary>The largest number of dimensions.</summary>
    public static int Dimensions => Directions.Length;

    /// <summary>Returns a coordinate of the sequence without scrambling, as its first 32 binary digits.</summary>
    /// <param name="index">The point's index, from 0.</param>
    /// <param name="dimension">The coordinate's, from 0.</param>
    public static uint Digits(uint index, int dimension)
    {
        uint digits = 0;
        uint gray = index ^ (index >> 1);
        for (int bit = 0; gray != 0; bit++, gray >>= 1)
        {
            digits ^= (gray & 1) * Directions[dimension][bit];
        }

        return digits;
    }

    /// <summary>Returns a coordinate of the scrambled sequence, from 0 (inclusive) to 1 (exclusive).</summary>
    /// <remarks>Each binary digit is flipped or not by a random bit that depends on the digits before it: the points keep their distances in
    /// powers of two, and each one is uniform. The digits after the 32nd are random.</remarks>
    public static double Scrambled(uint index, int dimension, ulong seed)
    {
        const int digitsOfDouble = 53;
        ulong plain = (ulong)Digits(index, dimension) << (digitsOfDouble - Bits);
        ulong scrambled = 0;
        ulong key = RandomStream.Seed(seed, RandomPurpose.Search, epoch: -1, index: dimension);
        for (int bit = digitsOfDouble - 1; bit >= 0; bit--)
        {
            // The digits before this one, with a leading 1 so that 0 and 00 differ.
            ulong before = (plain >> (bit + 1)) | (1UL << (digitsOfDouble - 1 - bit));
            ulong flip = RandomStream.Seed(key, RandomPurpose.Search, index: (long)before) >> 63;
            scrambled |= (((plain >> bit) & 1) ^ flip) << bit;
        }

        return scrambled * (1.0 / (1UL << digitsOfDouble));
    }

    private static uint[] FirstDimension() => [.. Enumerable.Range(0, Bits).Select(i => 1u << (Bits - 1 - i))];

    /// <summary>Computes the direction numbers of a dimension by the recurrence of its polynomial.</summary>
    private static uint[] Expand(uint[] initial)
    {
        int degree = initial.Length - 1;
        var directions = new uint[Bits];
        for (int i = 0; i < Bits; i++)
        {
            if (i < degree)
            {
                directions[i] = initial[i + 1] << (Bits - 1 - i);
                continue;
            }

            uint next = directions[i - degree] ^ (directions[i - degree] >> degree);
            for (int k = 1; k < degree; k++)
            {
                next ^= ((initial[0] >> (degree - k)) & 1) * directions[i - k];
            }

            directions[i] = next;
        }

        return directions;
    }
}
