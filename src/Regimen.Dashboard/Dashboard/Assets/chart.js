// One chart: the lines of a series, drawn by uPlot. Its visible part belongs to the page, because all charts of a page show the same part.

/* global uPlot */

const colours = 10;
const left = 62; // pixels of the axis of the values
const right = 18;

/** Up to so many lines are drawn with points, dashes and the values under the cursor. */
export const fewLines = 20;

const fewPoints = 60;
const manyPoints = 600; // from here on the values before the smoothing fill an area

/** A number in at most five digits. */
export function format(value) {
    if (value === null || value === undefined || !Number.isFinite(value)) {
        return value === null ? "NaN" : "";
    }

    const size = Math.abs(value);
    return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(3) : String(Number(value.toPrecision(5)));
}

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class Chart {
    /**
     * @param {HTMLElement} figure The place: a figure with data-metric.
     * @param {object} page Knows the state: view() gives { x, logX, logY, from, to }, show(from, to) changes the visible part, point(values)
     * receives the values under the cursor by the runs' indices, or null.
     */
    constructor(figure, page) {
        this.figure = figure;
        this.plot = figure.querySelector(".plot");
        this.page = page;
        this.metric = figure.dataset.metric;
        this.tag = null;
        this.data = null;
        this.plot.addEventListener("keydown", (event) => this.#key(event));
        this.observer = new ResizeObserver(() => this.#resize());
        this.observer.observe(this.plot);
    }

    get width() {
        return Math.max(120, Math.floor(this.plot.clientWidth));
    }

    /** The pixel columns of the drawing, without the axis. */
    get columns() {
        return this.width - left - right;
    }

    get height() {
        return Math.max(180, Math.min(420, Math.round(this.width * 0.5)));
    }

    dispose() {
        this.observer.disconnect();
        this.chart?.destroy();
        this.chart = null;
        this.plot.replaceChildren();
    }

    /** Draws new data. The chart is made anew only if its lines have changed. */
    draw(data) {
        const shape = JSON.stringify([data.lines.map((l) => [l.run, l.kind, l.points <= fewPoints]), this.page.view()]);
        this.data = data;
        this.tag = data.tag;
        if (this.chart && this.shape === shape) {
            this.#refresh();
        } else {
            this.chart?.destroy();
            this.plot.querySelector(".empty")?.remove();
            this.shape = shape;
            this.#create();
        }

        this.figure.dataset.points = data.lines.reduce((sum, l) => sum + l.points, 0);
        this.figure.dataset.lines = data.lines.length;
        this.figure.dataset.drawn = Number(this.figure.dataset.drawn ?? 0) + 1;
        this.page.point(null);
    }

    /** Shows another part of the data that is there, at once. */
    zoom() {
        if (this.chart) {
            const { from, to } = this.page.view();
            const positions = this.chart.data[0];
            this.chart.setScale("x", { min: from ?? positions[0], max: to ?? positions[positions.length - 1] });
        }
    }

    /** Draws again with the colours of the theme. */
    recolour() {
        if (this.chart) {
            this.chart.destroy();
            this.#create();
        }
    }

    /** Makes the lines of one run stand out; null for none. */
    focus(run) {
        if (this.chart) {
            const at = run === null ? null : this.data.lines.findIndex((l) => l.run === run && l.kind !== "faint");
            this.chart.setSeries(at === null || at < 0 ? null : at + 1, { focus: true });
        }
    }

    /** The values at a position's index by run; the last ones without an index. */
    valuesAt(index) {
        const values = new Map();
        this.data?.lines.forEach((line, i) => {
            if (line.kind === "line" || line.kind === "mean") {
                let at = index;
                const all = this.data.values[i];
                while (at !== null && at > 0 && all[at] === undefined) {
                    at--;
                }

                values.set(line.run, at === null ? line.last ?? undefined : all[at]);
            }
        });
        return values;
    }

    #aligned() {
        const { logX, logY } = this.page.view();
        const start = logX ? this.data.positions.findIndex((p) => p > 0) : 0;
        const positions = start > 0 ? this.data.positions.slice(start) : this.data.positions;
        const values = this.data.values.map((line) => {
            const part = start > 0 ? line.slice(start) : line;
            return logY ? part.map((v) => (v <= 0 ? null : v)) : part;
        });
        return [positions, ...values];
    }

    #refresh() {
        const { from, to } = this.page.view();
        this.chart.batch(() => {
            this.chart.setData(this.#aligned(), from === null && to === null);
            if (from !== null || to !== null) {
                this.zoom();
            }
        });
    }

    #create() {
        const { x, logX, logY, from, to } = this.page.view();
        if (this.data.positions.length === 0) {
            this.chart = null;
            const empty = document.createElement("p");
            empty.className = "empty";
            empty.textContent = `No values of ${this.metric} here.`;
            this.plot.replaceChildren(empty);
            return;
        }

        const { lines } = this.data;
        const axis = { stroke: css("--muted"), grid: { stroke: css("--line"), width: 1 }, ticks: { stroke: css("--line"), width: 1 }, font: "12px system-ui, sans-serif" };
        const few = lines.length <= fewLines;
        const log = (_, min, max) => (min > 0 && max > min ? [min / 1.05, max * 1.05] : [min > 0 ? min / 2 : 1e-3, min > 0 ? max * 2 : 1]);
        const options = {
            width: this.width,
            height: this.height,
            legend: { show: false },
            scales: { x: { time: false, distr: logX ? 3 : 1 }, y: logY ? { distr: 3, range: log } : {} },
            axes: [
                { ...axis, label: x === "time" ? "seconds" : x, labelSize: 18, labelFont: axis.font, size: 34, values: (_, splits) => splits.map((v) => (v === null ? "" : x === "time" ? format(v) : short(v))) },
                { ...axis, size: left, ...(logY ? { splits: (_, __, min, max) => logTicks(min, max), filter: (_, splits) => splits } : {}), values: (_, splits) => splits.map((v) => (v === null ? "" : short(v))) },
            ],
            series: [{}, ...lines.map((line) => this.#series(line))],
            bands: lines.flatMap((line, i) => (line.kind === "high" ? [{ series: [i + 1, i], fill: `${this.#colour(line.run)}33` }] : [])),
            cursor: {
                drag: { x: true, y: false, setScale: false },
                points: { show: few },
                focus: { prox: few ? 24 : -1 },
                sync: { key: "regimen", setSeries: false },
                bind: { dblclick: () => () => this.page.show(null, null) },
            },
            focus: { alpha: 0.25 },
            hooks: {
                draw: [() => this.figure.dispatchEvent(new Event("drawn", { bubbles: true }))],
                setSelect: [(u) => this.#select(u)],
                setCursor: [(u) => u.cursor.event && this.page.point(u.cursor.idx === null || u.cursor.idx === undefined ? null : this.valuesAt(u.cursor.idx), u)],
            },
        };
        this.plot.replaceChildren();
        this.chart = new uPlot(options, this.#aligned(), this.plot);
        if (from !== null || to !== null) {
            this.zoom();
        }
    }

    #colour(run) {
        return css(`--c${run % colours}`);
    }

    #series(line) {
        const colour = this.#colour(line.run);
        const isEdge = line.kind === "low" || line.kind === "high";
        const isMany = this.data.lines.length > fewLines; // then lines are as thin as the screen allows and never dashed: both take long to draw
        return {
            label: String(line.run),
            stroke: isEdge ? "transparent" : line.kind === "faint" ? `${colour}${line.points > manyPoints ? "1c" : "55"}` : colour,
            width: isEdge ? 0 : isMany ? 1 / devicePixelRatio : line.kind === "faint" ? 1 : 1.75,
            dash: !isMany && Math.floor(line.run / colours) % 2 === 1 ? [6, 3] : undefined,
            points: { show: !isEdge && line.kind !== "faint" && line.points <= fewPoints && !isMany, size: 5, fill: colour },
        };
    }

    #select(chart) {
        if (chart.select.width > 2) {
            const from = chart.posToVal(chart.select.left, "x");
            const to = chart.posToVal(chart.select.left + chart.select.width, "x");
            chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
            this.page.show(from, to);
        }
    }

    #key(event) {
        const step = { "+": [0.25, -0.25], "=": [0.25, -0.25], "-": [-0.5, 0.5], ArrowLeft: [-0.2, -0.2], ArrowRight: [0.2, 0.2], 0: [] }[event.key];
        if (step && !event.ctrlKey && !event.metaKey && !event.altKey) {
            event.preventDefault();
            this.page.move(...step);
        }
    }

    /** The visible part. */
    edges() {
        const scale = this.chart?.scales.x;
        return scale ? [scale.min, scale.max] : null;
    }

    #resize() {
        if (this.chart && this.chart.width !== this.width) {
            this.chart.setSize({ width: this.width, height: this.height });
            this.page.resized();
        }
    }
}

/** Ticks of a logarithmic axis: 1, 2 and 5 of each power of ten; of a range of less than a power of ten evenly spaced ones. */
function logTicks(min, max) {
    const ticks = [];
    if (max / min < 10) {
        const step = 10 ** Math.floor(Math.log10((max - min) / 4));
        const wide = [1, 2, 5, 10].map((k) => k * step).find((s) => (max - min) / s <= 6);
        for (let i = Math.ceil(min / wide); i * wide <= max; i++) {
            ticks.push(i * wide);
        }
    } else {
        const all = Math.log10(max / min) < 4 ? [1, 2, 5] : [1];
        for (let power = Math.floor(Math.log10(min)); 10 ** power <= max; power++) {
            ticks.push(...all.map((k) => k * 10 ** power).filter((t) => t >= min && t <= max));
        }
    }

    return ticks;
}

/** The number of a tick: ticks are round, so few digits show them exactly. */
function short(value) {
    const size = Math.abs(value);
    return size >= 1e9 ? value.toExponential(2)
        : size >= 1e6 ? `${Number((value / 1e6).toPrecision(4))}M`
        : size >= 1e4 ? `${Number((value / 1e3).toPrecision(4))}k`
        : String(Number(value.toPrecision(5)));
}
