// The host site's own script: its two dials, and a log of what the storefront says.
"use strict";
const store = document.querySelector("cashback-store");
const log = document.getElementById("log");

document.addEventListener("change", ({ target }) => {
  if (target.name === "look") store.setAttribute("theme", target.value);
  if (target.name === "language") store.setAttribute("locale", target.value);
});

for (const name of ["ready", "navigate", "activate", "balance", "error"]) {
  store.addEventListener(name, ({ detail }) => {
    if (!log.querySelector("b")) log.replaceChildren();
    const line = document.createElement("li");
    const word = document.createElement("b");
    word.textContent = name;
    line.append(word, ` ${JSON.stringify(detail)}`);
    log.prepend(line);
  });
}
