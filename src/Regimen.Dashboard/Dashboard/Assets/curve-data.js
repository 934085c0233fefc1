// Reads /api/curves: positions and values of several lines, as numbers.

const none = Infinity;

/**
 * Requests the lines of one series.
 * @param {URLSearchParams} query The state of the page, with the width of the drawing.
 * @param {string | null} tag The tag of the data that is drawn already.
 * @param {AbortSignal} signal Ends the request.
 * @returns The data, or null if nothing has changed.
 */
export async function requestCurves(query, tag, signal) {
    const answer = await fetch(`/api/curves?${query}`, { signal, cache: "no-store", headers: tag ? { "If-None-Match": tag } : {} });
    if (answer.status === 304) {
        return null;
    }

    if (!answer.ok) {
        const problem = await answer.json().catch(() => ({}));
        throw new Error(problem.title ?? answer.statusText);
    }

    return { tag: answer.headers.get("ETag"), ...decode(await answer.arrayBuffer()) };
}

function decode(buffer) {
    const head = new DataView(buffer).getInt32(0, true);
    const document = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, head)));
    const count = document.positions;
    let at = 4 + head;
    const positions = Array.from(new Float64Array(buffer, at, count));
    at += 8 * count;
    const values = document.lines.map(() => {
        const line = numbers(new Float32Array(buffer, at, count));
        at += 4 * count;
        return line;
    });
    return { positions, values, lines: document.lines };
}

/** The chart library takes null for a gap, and undefined where a line has no point of its own. */
function numbers(raw) {
    const line = new Array(raw.length);
    for (let i = 0; i < raw.length; i++) {
        const value = raw[i];
        line[i] = value === none ? undefined : value !== value ? null : value;
    }

    return line;
}
