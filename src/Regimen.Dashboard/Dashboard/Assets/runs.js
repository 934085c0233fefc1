// The table of runs: chosen rows stay in the address, keys move among the rows, live runs are read again.

import { isTyping } from "./site.js";
import { onRefresh } from "./live.js";

const filter = document.getElementById("filter");
const chosen = document.getElementById("chosen");
const count = document.getElementById("count");

const rows = () => [...document.querySelectorAll("table.runs tbody tr")];
const boxes = () => [...document.querySelectorAll("table.runs tbody input[type=checkbox]")];
const runsOf = (box) => (box.dataset.runs ?? box.value).split("\n");

/** The chosen runs, those of other pages of the table too. */
function all() {
    return new Set(new URL(location.href).searchParams.getAll("run"));
}

/** Writes the chosen runs into the address, and their number beside the buttons. */
function keep(names) {
    const url = new URL(location.href);
    url.searchParams.delete("run");
    names.forEach((name) => url.searchParams.append("run", name));
    history.replaceState(null, "", url);
    count.textContent = names.size === 0 ? "Choose runs in the table." : `${names.size} chosen`;
    for (const button of chosen.querySelectorAll("button[formaction]")) {
        button.disabled = names.size === 0;
    }
}

function changed(event) {
    const names = all();
    const targets = event.target.id === "all" ? boxes() : [event.target];
    for (const box of targets) {
        box.checked = event.target.checked;
        runsOf(box).forEach((name) => (box.checked ? names.add(name) : names.delete(name)));
    }

    keep(names);
}

function check() {
    const names = all();
    boxes().forEach((box) => (box.checked = runsOf(box).every((name) => names.has(name))));
    keep(names);
}

/** Goes to a page with the chosen runs. */
function go(path) {
    const query = new URLSearchParams([...all()].map((name) => ["run", name]));
    if (new URL(location.href).searchParams.get("group") === "seed" && path === "/curves") {
        query.set("group", "seed");
    }

    location.href = `${path}?${query}`;
}

if (filter) {
    filter.addEventListener("change", (event) => {
        if (event.target.name !== "q" && event.target.name !== "filter") {
            filter.requestSubmit();
        }
    });
    filter.addEventListener("submit", (event) => {
        event.preventDefault();
        const query = new URLSearchParams([...new FormData(filter)].filter(([, value]) => value !== ""));
        all().forEach((name) => query.append("run", name));
        const open = document.querySelector(".choice[open]") ? "#columns" : "";
        location.href = `/?${query}${open}`;
    });
    if (location.hash === "#columns") {
        document.querySelector(".choice").open = true;
    }
}

if (chosen) {
    chosen.addEventListener("change", (event) => event.target.type === "checkbox" && changed(event));
    chosen.addEventListener("submit", (event) => {
        event.preventDefault();
        go(event.submitter?.getAttribute("formaction") ?? "/curves");
    });
    check();
    onRefresh(check);
}

/** Moves the focus to the checkbox of another row. */
function move(step) {
    const list = boxes();
    const at = list.indexOf(document.activeElement?.closest("tr")?.querySelector("input[type=checkbox]"));
    list[Math.min(list.length - 1, Math.max(0, at < 0 ? 0 : at + step))]?.focus();
}

document.addEventListener("keydown", (event) => {
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) {
        return;
    }

    const row = document.activeElement?.closest("table.runs tbody tr");
    const act = {
        "/": () => filter?.elements.q.focus(),
        j: () => move(1),
        k: () => move(-1),
        x: () => row?.querySelector("input[type=checkbox]").click(),
        Enter: () => row && document.activeElement.type === "checkbox" && (location.href = row.querySelector("th a").href),
        c: () => all().size > 0 && go("/curves"),
        d: () => all().size > 0 && go("/compare"),
    }[event.key];
    if (act && !event.defaultPrevented) {
        const before = rows().length;
        act();
        if (event.key === "/" || (event.key === "Enter" && row) || before === 0) {
            event.preventDefault();
        }
    }
});
