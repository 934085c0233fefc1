// The curves of a page. The state of the page is in its address: a change of a field writes it there, and a link restores it.

import { Chart, fewLines, format } from "./chart.js";
import { requestCurves } from "./curve-data.js";
import { isTyping, onTheme, tell } from "./site.js";
import "./live.js";

const wait = 1000; // milliseconds between two looks at runs that may have grown
const form = document.getElementById("view");
const place = document.getElementById("charts");
const legend = new Map([...document.querySelectorAll(".legend li[data-index]")].map((li) => [Number(li.dataset.index), li]));
const charts = new Map();

const number = (text) => (text === null || text === "" || !Number.isFinite(Number(text)) ? null : Number(text));
const state = () => new URL(location.href).searchParams;

const page = {
    view() {
        const query = state();
        return { x: query.get("x") ?? "step", logX: query.get("logx") === "1", logY: query.get("logy") === "1", from: number(query.get("from")), to: number(query.get("to")) };
    },

    /** Shows another part, in all charts: at once with the data that is there, then with the data of this part. */
    show(from, to) {
        const query = state();
        for (const [key, value] of [["from", from], ["to", to]]) {
            value === null ? query.delete(key) : query.set(key, Number(value.toPrecision(8)));
        }

        write(query);
        charts.forEach((chart) => chart.zoom());
        load();
    },

    /** Moves the edges by parts of the visible width; without parts everything is shown. */
    move(left, right) {
        const edges = [...charts.values()].map((c) => c.edges()).find((e) => e !== null);
        if (left === undefined || !edges) {
            this.show(null, null);
        } else {
            const width = edges[1] - edges[0];
            this.show(edges[0] + left * width, edges[1] + right * width);
        }
    },

    point(values) {
        const first = charts.values().next().value;
        const shown = values ?? first?.valuesAt(null) ?? new Map();
        const isGrouped = state().get("group") === "seed";
        legend.forEach((li, run) => {
            li.querySelector(".value").textContent = format(shown.get(run));
            li.hidden = isGrouped && shown.size > 0 && !shown.has(run);
        });
    },

    resized() {
        clearTimeout(page.resizing);
        page.resizing = setTimeout(load, 150);
    },
};

function write(query) {
    const url = new URL(location.href);
    url.search = query;
    history.replaceState(null, "", url);
}

/** The query for the data of a chart. */
function queryOf(chart) {
    const query = state();
    query.set("metric", chart.metric);

    // Of many lines a column is two pixels wide: that halves the time until they are drawn.
    query.set("width", Math.ceil(chart.columns / (query.getAll("run").length > fewLines ? 2 : 1)));
    for (const key of ["logx", "logy"]) {
        query.delete(key);
    }

    for (const run of query.has("run") ? [] : (place.dataset.run ? [place.dataset.run] : [])) {
        query.append("run", run);
    }

    return query;
}

let loading = null;

/** Requests the data of all charts, and draws what has changed. */
async function load() {
    loading?.abort();
    const abort = (loading = new AbortController());
    try {
        await Promise.all([...charts.values()].map(async (chart) => {
            const query = queryOf(chart);
            const data = await requestCurves(query, chart.query === String(query) ? chart.tag : null, abort.signal);
            if (data && !abort.signal.aborted) {
                chart.query = String(query);
                chart.draw(data);
            }
        }));
    } catch (problem) {
        if (problem.name !== "AbortError") {
            tell(problem.message === "Failed to fetch" ? "The dashboard does not answer: was it stopped?" : problem.message);
        }
    }
}

/** Makes the charts those of the address. */
function arrange() {
    const wanted = state().getAll("metric");
    const names = wanted.length > 0 ? wanted : [...place.querySelectorAll("figure")].map((f) => f.dataset.metric);
    for (const [name, chart] of charts) {
        if (!names.includes(name)) {
            chart.dispose();
            chart.figure.remove();
            charts.delete(name);
        }
    }

    for (const name of names) {
        if (!charts.has(name)) {
            charts.set(name, new Chart(figureOf(name), page));
        }
    }
}

function figureOf(name) {
    const found = [...place.querySelectorAll("figure")].find((f) => f.dataset.metric === name);
    if (found) {
        return found;
    }

    const figure = document.createElement("figure");
    figure.className = "chart";
    figure.dataset.metric = name;
    const caption = document.createElement("figcaption");
    caption.textContent = name;
    const plot = document.createElement("div");
    plot.className = "plot";
    plot.tabIndex = 0;
    plot.setAttribute("role", "img");
    plot.setAttribute("aria-label", `Curves of ${name}. The keys plus, minus and the arrows change the visible part.`);
    figure.append(caption, plot);
    place.append(figure);
    return figure;
}

/** Writes the fields of the form into the address. */
function changed(event) {
    const query = state();
    const fields = new FormData(form);
    for (const key of ["metric", "x", "smooth", "logx", "logy", "group"]) {
        query.delete(key);
        for (const value of fields.getAll(key)) {
            if (!(key === "smooth" && Number(value) === 0) && !(key === "x" && value === "step")) {
                query.append(key, value);
            }
        }
    }

    if (event.target.name === "x") {
        query.delete("from");
        query.delete("to");
    }

    form.querySelector("output").textContent = Number(form.elements.smooth.value).toFixed(2);
    write(query);
    arrange();
    if (event.target.name === "logx" || event.target.name === "logy") {
        charts.forEach((chart) => (chart.query = null));
    }

    load();
}

if (form) {
    form.addEventListener("input", changed);
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const button of form.querySelectorAll("[data-zoom]")) {
        button.addEventListener("click", () => page.move(...{ in: [0.25, -0.25], out: [-0.5, 0.5], all: [] }[button.dataset.zoom]));
    }
}

legend.forEach((li, run) => {
    for (const [kind, value] of [["mouseenter", run], ["mouseleave", null], ["focusin", run], ["focusout", null]]) {
        li.addEventListener(kind, () => charts.forEach((chart) => chart.focus(value)));
    }
});

document.addEventListener("keydown", (event) => {
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey || !form) {
        return;
    }

    if (event.key === "l") {
        form.elements.logy.click();
    } else if (event.key === "s") {
        form.elements.x.selectedIndex = (form.elements.x.selectedIndex + 1) % form.elements.x.options.length;
        form.elements.x.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (["+", "=", "-", "0"].includes(event.key) && !event.target.closest(".plot")) {
        page.move(...{ "+": [0.25, -0.25], "=": [0.25, -0.25], "-": [-0.5, 0.5], 0: [] }[event.key]);
    }
});

onTheme(() => charts.forEach((chart) => chart.recolour()));

async function watch() {
    if (!document.hidden) {
        await load();
    }

    setTimeout(watch, wait);
}

if (place) {
    arrange();
    watch();
}
