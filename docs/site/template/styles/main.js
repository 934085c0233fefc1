// Blocks without a language are transcripts and commands: docfx's script would guess a language for their colours.
for (const code of document.querySelectorAll("pre > code:not([class])")) {
  code.className = "nohighlight";
}
