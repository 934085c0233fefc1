using System.Runtime.InteropServices;

namespace Regimen.Ranks;

/// <summary>The functions of the machine's MPI library. Its two binary interfaces are supported: that of Open MPI, whose handles are addresses
/// of exported objects, and that of MPICH and its relatives (Intel MPI, MVAPICH, Cray), whose handles are numbers.</summary>
internal sealed unsafe class MpiLibrary
{
    /// <summary>The environment variable with the path of the library, if it is not found by its name.</summary>
    public const string PathVariable = "REGIMEN_MPI";

    private const int Serialized = 2;
    private const int NumbersWorld = 0x44000000;
    private const int NumbersByte = 0x4c00010d;

    private readonly delegate* unmanaged[Cdecl]<int*, int> _initialized;
    private readonly delegate* unmanaged[Cdecl]<nint, nint, int, int*, int> _initThread;
    private readonly delegate* unmanaged[Cdecl]<nint, int*, int> _rank;
    private readonly delegate* unmanaged[Cdecl]<nint, int*, int> _size;
    private readonly delegate* unmanaged[Cdecl]<nint, int, nint, int, int, nint, nint*, int> _send;
    private readonly delegate* unmanaged[Cdecl]<nint, int, nint, int, int, nint, nint*, int> _receive;
    private readonly delegate* unmanaged[Cdecl]<nint*, int*, nint, int> _test;
    private readonly delegate* unmanaged[Cdecl]<int> _finalize;
    private readonly nint _world;
    private readonly nint _byte;
    private readonly nint _noStatus;

    private MpiLibrary(nint library, string name)
    {
        Name = name;
        bool hasObjects = NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out nint world);
        _world = hasObjects ? world : NumbersWorld;
        _byte = hasObjects ? NativeLibrary.GetExport(library, "ompi_mpi_byte") : NumbersByte;
        _noStatus = hasObjects ? 0 : 1;
        _initialized = (delegate* unmanaged[Cdecl]<int*, int>)NativeLibrary.GetExport(library, "MPI_Initialized");
        _initThread = (delegate* unmanaged[Cdecl]<nint, nint, int, int*, int>)NativeLibrary.GetExport(library, "MPI_Init_thread");
        _rank = (delegate* unmanaged[Cdecl]<nint, int*, int>)NativeLibrary.GetExport(library, "MPI_Comm_rank");
        _size = (delegate* unmanaged[Cdecl]<nint, int*, int>)NativeLibrary.GetExport(library, "MPI_Comm_size");
        _send = (delegate* unmanaged[Cdecl]<nint, int, nint, int, int, nint, nint*, int>)NativeLibrary.GetExport(library, "MPI_Isend");
        _receive = (delegate* unmanaged[Cdecl]<nint, int, nint, int, int, nint, nint*, int>)NativeLibrary.GetExport(library, "MPI_Irecv");
        _test = (delegate* unmanaged[Cdecl]<nint*, int*, nint, int>)NativeLibrary.GetExport(library, "MPI_Test");
        _finalize = (delegate* unmanaged[Cdecl]<int>)NativeLibrary.GetExport(library, "MPI_Finalize");
    }

    /// <summary>The name or path that the library was found by.</summary>
    public string Name { get; }

    /// <summary>Finds and loads the library of the launcher.</summary>
    /// <param name="launcher">The place of this process in the job.</param>
    /// <exception cref="RequestException">No library is found, or it has not the functions of MPI.</exception>
    public static MpiLibrary Load(LaunchedRank launcher)
    {
        string[] names = Names(launcher, Environment.GetEnvironmentVariable(PathVariable));
        foreach (string name in names)
        {
            if (!NativeLibrary.TryLoad(name, out nint library))
            {
                continue;
            }

            try
            {
                return new MpiLibrary(library, name);
            }
            catch (EntryPointNotFoundException exception)
            {
                throw new RequestException(new Problem($"{name} is not an MPI library: {exception.Message}") { Where = launcher.Launcher, Expected = "Open MPI or a library of MPICH's family" });
            }
        }

        throw new RequestException(new Problem("This process is one of several, but no MPI library is found")
        {
            Where = $"{launcher.Launcher}={launcher.Size}",
            Expected = $"one of {string.Join(", ", names)}",
            Hint = $"Install Open MPI or MPICH on every host, or set {PathVariable} to the path of its libmpi.",
        });
    }

    /// <summary>Begins the use of MPI. Any thread may call it afterwards, one at a time.</summary>
    /// <exception cref="RequestException">The library does not permit calls of several threads.</exception>
    public void Begin()
    {
        int isBegun;
        Check(_initialized(&isBegun), "MPI_Initialized");
        if (isBegun != 0)
        {
            return;
        }

        int provided;
        Check(_initThread(0, 0, Serialized, &provided), "MPI_Init_thread");
        if (provided < Serialized)
        {
            throw new RequestException(new Problem("The MPI library does not permit calls from several threads of a process")
            {
                Where = Name,
                Expected = $"MPI_THREAD_SERIALIZED ({Serialized}) or higher",
                Received = $"{provided}",
                Hint = "Use a build of the library with thread support.",
            });
        }
    }

    /// <summary>Returns rank and size of the job.</summary>
    public (int Rank, int Size) Place()
    {
        int rank;
        int size;
        Check(_rank(_world, &rank), "MPI_Comm_rank");
        Check(_size(_world, &size), "MPI_Comm_size");
        return (rank, size);
    }

    public nint Send(nint data, int length, int to, int tag)
    {
        nint request = 0;
        Check(_send(data, length, _byte, to, tag, _world, &request), "MPI_Isend");
        return request;
    }

    public nint Receive(nint data, int length, int from, int tag)
    {
        nint request = 0;
        Check(_receive(data, length, _byte, from, tag, _world, &request), "MPI_Irecv");
        return request;
    }

    public bool IsDone(ref nint request)
    {
        int flag;
        fixed (nint* place = &request)
        {
            Check(_test(place, &flag, _noStatus), "MPI_Test");
        }

        return flag != 0;
    }

    public void Finish() => Check(_finalize(), "MPI_Finalize");

    private static string[] Names(LaunchedRank launcher, string? path)
    {
        string[] openMpi = OperatingSystem.IsMacOS() ? ["libmpi.40.dylib", "libmpi.dylib"] : ["libmpi.so.40", "libmpi.so"];
        string[] mpich = OperatingSystem.IsMacOS() ? ["libmpi.12.dylib", "libmpich.dylib"] : ["libmpi.so.12", "libmpich.so.12"];
        bool isOpenMpi = launcher.Launcher.StartsWith("OMPI", StringComparison.Ordinal) || Environment.GetEnvironmentVariable("PMIX_RANK") is not null;
        return path is { Length: > 0 } ? [path] : OperatingSystem.IsWindows() ? ["msmpi.dll"] : isOpenMpi ? [.. openMpi, .. mpich] : [.. mpich, .. openMpi];
    }

    private static void Check(int result, string function)
    {
        if (result != 0)
        {
            throw new InvalidOperationException($"{function} returned {result}.");
        }
    }
}
