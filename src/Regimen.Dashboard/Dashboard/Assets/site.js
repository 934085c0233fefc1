// What every page has: the theme, the list of shortcuts, keys that go to other pages, changes that are sent to the server.

const root = document.documentElement;
const themeKey = "regimen-theme";

export const isDark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

/** Calls a function whenever the page changes between light and dark. */
export function onTheme(act) {
    document.addEventListener("theme", act);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", act);
}

function setTheme(theme) {
    if (theme === "dark" || theme === "light") {
        root.dataset.theme = theme;
    }
}

try {
    setTheme(localStorage.getItem(themeKey));
} catch {
    // A browser that keeps nothing shows the system's theme.
}

function changeTheme() {
    const theme = isDark() ? "light" : "dark";
    setTheme(theme);
    document.dispatchEvent(new Event("theme"));
    try {
        localStorage.setItem(themeKey, theme);
    } catch {
        // The choice lasts until the next page.
    }
}

const dialog = document.getElementById("shortcuts");
const toggleHelp = () => (dialog.open ? dialog.close() : dialog.showModal());

document.getElementById("theme").addEventListener("click", changeTheme);
document.getElementById("help").addEventListener("click", toggleHelp);

/** Tells something in the status line, which a screen reader reads out. */
export function tell(text) {
    const status = document.getElementById("status");
    status.textContent = text;
    clearTimeout(tell.timer);
    tell.timer = setTimeout(() => (status.textContent = ""), 4000);
}

/** Sends a change to the server. Returns the answer; tells the problem and returns null if it was refused. */
export async function send(path, body, type = "application/json") {
    try {
        const answer = await fetch(path, { method: "POST", body, headers: { "Content-Type": type, "X-Regimen": "1" } });
        if (answer.ok) {
            return await answer.json();
        }

        const problem = await answer.json().catch(() => ({ title: answer.statusText }));
        tell([problem.title, ...(problem.errors ?? []).map((e) => [e.received, e.hint].filter(Boolean).join(". "))].filter(Boolean).join(": "));
    } catch {
        tell("The dashboard does not answer: was it stopped?");
    }

    return null;
}

/** Whether a key was pressed while text is edited. */
export const isTyping = (event) => event.target.closest?.("input:not([type=checkbox]):not([type=range]), textarea, select, [contenteditable]") !== null;

let isGoing = false;
document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event)) {
        return;
    }

    const target = isGoing ? document.querySelector(`[data-go="${CSS.escape(event.key)}"]`) : null;
    isGoing = event.key === "g";
    if (target) {
        location.href = target.href;
    } else if (event.key === "?") {
        toggleHelp();
    } else if (event.key === "t") {
        changeTheme();
    }
});

// The current page in the navigation.
for (const link of document.querySelectorAll("nav a")) {
    if (link.getAttribute("href") === location.pathname) {
        link.setAttribute("aria-current", "page");
    }
}
