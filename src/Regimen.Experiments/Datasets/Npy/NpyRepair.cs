namespace Regimen.Datasets;

/// <summary>Suggests how to convert an array whose dtype is not supported.</summary>
internal static class NpyRepair
{
    /// <summary>Returns a line of Python that saves the array in a supported type that can hold its values.</summary>
    /// <param name="descr">The dtype in the file: byte order, kind, bytes per value.</param>
    public static string Of(string descr)
    {
        string name = descr.TrimStart('<', '>', '|', '=');
        char kind = name.Length > 0 ? name[0] : ' ';
        return kind switch
        {
            'i' or 'u' => Cast("whole numbers", name is "i1" or "i2" or "u2" or "i4" ? "<i4" : "<i8"),
            'f' => Cast("numbers", name is "f2" or "f4" ? "<f4" : "<f8"),
            'b' => Cast("numbers", "|u1"),
            'M' or 'm' => Cast("numbers", "<i8"),
            'c' => "Save real and imaginary parts as two values: numpy.save(file, numpy.stack([array.real, array.imag], -1).astype('<f4')).",
            'U' or 'S' or 'T' => "Save class indices instead of text: numpy.save(file, numpy.unique(array, return_inverse=True)[1].astype('<i8')).",
            _ => "Save it as numbers: numpy.save(file, numpy.array(array.tolist(), '<f4')), or '<i8' for class indices.",
        };
    }

    private static string Cast(string what, string to) => $"Save it as {what} of a supported type: numpy.save(file, array.astype('{to}')).";
}
