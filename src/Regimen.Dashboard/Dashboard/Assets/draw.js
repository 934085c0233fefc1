// The drawing page: each stroke is sent to the server, which reduces it to the model's input and answers with the probabilities.

import { isTyping, send } from "./site.js";
import { digits } from "./digits.js";

const place = document.getElementById("drawing");
const canvas = document.getElementById("canvas");
const answer = document.getElementById("answer");
const bars = document.getElementById("bars");
const seen = document.getElementById("seen");
const field = (id) => document.getElementById(id);

if (place) {
    const [channels, height, width, scale] = ["channels", "height", "width", "scale"].map((n) => Number(place.dataset[n]));
    const ink = canvas.getContext("2d", { willReadFrequently: true });
    const pen = { x: canvas.width / 2, y: canvas.height / 2, down: false };
    let isEmpty = true;
    let waiting = false; // a request is under way
    let changed = false; // the drawing has changed since it was sent

    const isInverted = () => channels === 1 && field("inverted").checked;
    const ground = () => (channels === 3 ? field("ground").value : isInverted() ? "#ffffff" : "#000000");
    const colour = () => (channels === 3 ? field("colour").value : isInverted() ? "#000000" : "#ffffff");

    function clear() {
        ink.fillStyle = ground();
        ink.fillRect(0, 0, canvas.width, canvas.height);
        isEmpty = true;
        bars.replaceChildren();
        seen.getContext("2d").clearRect(0, 0, width, height);
        answer.textContent = "Draw something.";
    }

    function stroke(points) {
        ink.strokeStyle = colour();
        ink.lineWidth = Number(field("pen").value) * scale;
        ink.lineCap = ink.lineJoin = "round";
        ink.beginPath();
        points.forEach(([x, y], i) => (i === 0 ? ink.moveTo(x, y) : ink.lineTo(x, y)));
        if (points.length === 1) {
            ink.lineTo(points[0][0] + 0.01, points[0][1]);
        }

        ink.stroke();
        isEmpty = false;
        predict();
    }

    /** The drawing as the server takes it: planes of bytes, the ink bright in a grey picture. */
    function values() {
        const pixels = ink.getImageData(0, 0, canvas.width, canvas.height).data;
        const size = canvas.width * canvas.height;
        const planes = new Uint8Array(channels * size);
        for (let i = 0; i < size; i++) {
            for (let c = 0; c < channels; c++) {
                planes[c * size + i] = channels === 3 ? pixels[4 * i + c] : Math.round((pixels[4 * i] + pixels[4 * i + 1] + pixels[4 * i + 2]) / 3);
            }
        }

        return planes;
    }

    async function predict() {
        changed = true;
        if (waiting) {
            return;
        }

        waiting = true;
        while (changed) {
            changed = false;
            const query = new URLSearchParams({ run: place.dataset.run, scale });
            if (channels === 1 && field("centre").checked && !isInverted()) {
                query.set("centre", "1");
            }

            const result = await send(`/api/draw?${query}`, values(), "application/octet-stream");
            if (result && !isEmpty) {
                show(result);
            }
        }

        waiting = false;
    }

    function show(result) {
        const best = result.predictions.reduce((a, b) => (b.probability > (a?.probability ?? -1) ? b : a), undefined);
        answer.textContent = best ? `${result.class ?? best.class}: ${percent(best.probability)}` : result.values.map((v) => (v === null ? "NaN" : Number(v.toPrecision(5)))).join(", ");
        answer.dataset.class = result.class ?? "";
        bars.replaceChildren(...result.predictions.map((p) => {
            const item = document.createElement("li");
            const meter = document.createElement("div");
            const bar = document.createElement("div");
            for (const [name, value] of [["role", "meter"], ["aria-label", p.class], ["aria-valuemin", 0], ["aria-valuemax", 1], ["aria-valuenow", p.probability]]) {
                meter.setAttribute(name, value);
            }

            bar.style.width = `${100 * p.probability}%`;
            meter.append(bar);
            item.classList.toggle("most", p === best);
            item.append(text("span", p.class), meter, text("span", percent(p.probability)));
            return item;
        }));
        paint(Uint8Array.from(atob(result.pixels), (c) => c.charCodeAt(0)));
    }

    function paint(pixels) {
        const image = new ImageData(width, height);
        const size = width * height;
        for (let i = 0; i < size; i++) {
            for (let c = 0; c < 3; c++) {
                image.data[4 * i + c] = pixels[(channels === 3 ? c * size : 0) + i];
            }

            image.data[4 * i + 3] = 255;
        }

        seen.getContext("2d").putImageData(image, 0, 0);
    }

    function text(name, content) {
        const element = document.createElement(name);
        element.textContent = content;
        return element;
    }

    const percent = (p) => `${(100 * p).toFixed(1)} %`;

    // With a pointer.
    let last = null;
    const at = (event) => {
        const box = canvas.getBoundingClientRect();
        return [(event.clientX - box.left) * (canvas.width / box.width), (event.clientY - box.top) * (canvas.height / box.height)];
    };
    canvas.addEventListener("pointerdown", (event) => {
        canvas.setPointerCapture(event.pointerId);
        last = at(event);
        stroke([last]);
    });
    canvas.addEventListener("pointermove", (event) => {
        if (last) {
            const points = [last, ...(event.getCoalescedEvents?.() ?? [event]).map(at)];
            last = points.at(-1);
            stroke(points);
        }
    });
    for (const end of ["pointerup", "pointercancel"]) {
        canvas.addEventListener(end, () => (last = null));
    }

    // With the keys.
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    canvas.addEventListener("keydown", (event) => {
        const move = arrows[event.key];
        if (move) {
            const from = [pen.x, pen.y];
            pen.x = Math.min(canvas.width, Math.max(0, pen.x + move[0] * scale));
            pen.y = Math.min(canvas.height, Math.max(0, pen.y + move[1] * scale));
            if (pen.down) {
                stroke([from, [pen.x, pen.y]]);
            }
        } else if (event.key === " ") {
            pen.down = !pen.down;
            if (pen.down) {
                stroke([[pen.x, pen.y]]);
            }
        } else {
            return;
        }

        event.preventDefault();
    });

    /** Draws a sample digit in the middle of the area. */
    function sample(digit) {
        clear();
        const side = Math.min(canvas.width, canvas.height) * 0.62;
        const [left, top] = [(canvas.width - side) / 2, (canvas.height - side) / 2];
        for (const line of digits[digit]) {
            stroke(line.map(([x, y]) => [left + (x * side) / 100, top + (y * side) / 100]));
        }
    }

    document.addEventListener("keydown", (event) => {
        if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) {
            return;
        }

        if (event.key === "Delete" || event.key === "Backspace") {
            clear();
        } else if (document.querySelector(`.sample[data-digit="${CSS.escape(event.key)}"]`)) {
            sample(Number(event.key));
        }
    });

    field("clear").addEventListener("click", clear);
    /** Keeps a choice in the address. */
    function keep(name) {
        const url = new URL(location.href);
        url.searchParams.set(name, field(name).checked ? "1" : "0");
        history.replaceState(null, "", url);
    }

    field("centre")?.addEventListener("change", () => {
        keep("centre");
        isEmpty || predict();
    });
    field("inverted")?.addEventListener("change", () => {
        keep("inverted");
        clear();
    });
    field("ground")?.addEventListener("change", clear);
    field("model").elements.run.addEventListener("change", (event) => (location.href = `/draw?${new URLSearchParams({ run: event.target.value })}`));
    for (const button of document.querySelectorAll(".sample")) {
        button.addEventListener("click", () => sample(Number(button.dataset.digit)));
    }

    field("file").addEventListener("change", async (event) => {
        try {
            const image = await createImageBitmap(event.target.files[0]);
            clear();
            const size = Math.min(canvas.width / image.width, canvas.height / image.height);
            ink.drawImage(image, (canvas.width - image.width * size) / 2, (canvas.height - image.height * size) / 2, image.width * size, image.height * size);
            isEmpty = false;
            predict();
        } catch {
            answer.textContent = "This file is not an image that the browser can read.";
        }

        event.target.value = "";
    });

    clear();
}
