namespace Regimen.Ranks;

/// <summary>Carries bytes between the ranks of a job. Messages of one tag from one rank to another arrive in order. One thread at a time may
/// call it.</summary>
internal interface IRankTransport : IDisposable
{
    /// <summary>The number of this rank, from 0.</summary>
    int Rank { get; }

    /// <summary>The number of ranks.</summary>
    int Size { get; }

    /// <summary>Begins to send bytes, which must stay as they are until the request is done.</summary>
    /// <param name="data">The address of the bytes.</param>
    /// <param name="length">The number of bytes.</param>
    /// <param name="to">The receiving rank.</param>
    /// <param name="tag">The kind of message.</param>
    /// <returns>A request for <see cref="IsDone"/>.</returns>
    nint Send(nint data, int length, int to, int tag);

    /// <summary>Begins to receive a message, whose length is exactly as given.</summary>
    /// <inheritdoc cref="Send"/>
    /// <param name="data">The address that the bytes are written to.</param>
    /// <param name="length">The number of bytes.</param>
    /// <param name="from">The sending rank.</param>
    /// <param name="tag">The kind of message.</param>
    nint Receive(nint data, int length, int from, int tag);

    /// <summary>Advances all requests and returns whether this one is done. It must not be asked for again afterwards.</summary>
    bool IsDone(ref nint request);

    /// <summary>Takes leave of the job in order: every rank calls it, with no request open.</summary>
    void Finish();
}
