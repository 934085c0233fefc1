// Reads the parts of a page again that change while runs are live. The server answers 304 while nothing has changed.

const wait = 1000; // milliseconds between two requests, more where an answer takes long
const acts = [];

/** Calls a function after a part was replaced. */
export function onRefresh(act) {
    acts.push(act);
}

/** What the focus is on, so that it can be found again in the new part. */
function focused(part) {
    const at = document.activeElement;
    if (!part.contains(at)) {
        return null;
    }

    return at.id ? `#${CSS.escape(at.id)}` : at.value ? `input[value="${CSS.escape(at.value)}"]` : at.getAttribute("href") ? `a[href="${CSS.escape(at.getAttribute("href"))}"]` : null;
}

async function watch(part) {
    const start = performance.now();
    try {
        if (!document.hidden) {
            const query = new URL(location.href).searchParams;
            const answer = await fetch(`${part.dataset.live}?${query}`, { cache: "no-store", headers: part.tag ? { "If-None-Match": part.tag } : {} });
            if (answer.status === 200) {
                const isFirst = !part.tag;
                const html = await answer.text();
                part.tag = answer.headers.get("ETag");
                if (!isFirst || html !== part.innerHTML) {
                    const focus = focused(part);
                    const scroll = part.querySelector(".scroll")?.scrollLeft;
                    part.innerHTML = html;
                    part.querySelector(".scroll")?.scrollTo({ left: scroll });
                    focus && part.querySelector(focus)?.focus({ preventScroll: true });
                    acts.forEach((act) => act());
                }
            }
        }
    } catch {
        // The server was stopped; it may come back.
    }

    setTimeout(watch, Math.max(wait, 10 * (performance.now() - start)), part);
}

document.querySelectorAll("[data-live]").forEach(watch);
