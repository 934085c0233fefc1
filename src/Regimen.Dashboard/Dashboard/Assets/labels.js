// Saves the tags and the note of a run.

import { send, tell } from "./site.js";

const form = document.getElementById("labels");

form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const tags = form.elements.tags.value.split(/[\s,]+/).filter(Boolean);
    const answer = await send(`/api/labels?${new URLSearchParams({ run: form.dataset.run })}`, JSON.stringify({ tags, note: form.elements.note.value }));
    if (answer) {
        form.elements.tags.value = answer.tags.join(" ");
        tell("Saved");
    }
});
