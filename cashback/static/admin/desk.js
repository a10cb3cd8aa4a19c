// The desk by keyboard: the queue, one case, the shift board. Every page works without it.
"use strict";
(() => {
  const desk = document.querySelector("[data-desk]");
  if (!desk) return;
  document.documentElement.classList.add("has-script");
  const one = (selector) => desk.querySelector(selector);
  const all = (selector) => [...desk.querySelectorAll(selector)];
  const token = () => (one('input[name="csrfmiddlewaretoken"]') || {}).value || "";
  const isTyping = (node) => node.closest && node.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");

  const post = (url, fields) => fetch(url, {
    method: "POST", headers: { "X-CSRFToken": token() }, body: new URLSearchParams(fields),
  });
  const every = (seconds, work) => setInterval(() => { if (!document.hidden) work().catch(() => {}); }, seconds * 1000);

  // --- the queue ---------------------------------------------------------------------------------------------

  const rows = all("[data-row]");
  let here = -1;
  function choose(index) {
    if (!rows.length) return;
    here = Math.max(0, Math.min(rows.length - 1, index));
    rows.forEach((row, place) => row.classList.toggle("is-chosen", place === here));
    rows[here].querySelector(".desk-open").focus({ preventScroll: true });
    rows[here].scrollIntoView({ block: "nearest" });
  }
  all("[data-sends]").forEach((field) => field.addEventListener("change", () => field.form.submit()));
  if (desk.dataset.counts) every(12, async () => {
    const counts = await (await fetch(desk.dataset.counts)).json();
    for (const [name, text] of Object.entries(counts)) {
      const badge = one(`[data-count="${name}"]`);
      if (badge) badge.textContent = text;
    }
  });

  // --- the composer ------------------------------------------------------------------------------------------

  const composer = one("[data-composer]"), text = one("[data-text]");
  let typedAt = 0;
  function write(mode) {
    if (!composer) return;
    const isNote = mode === "note";
    composer.action = isNote ? composer.dataset.note : composer.dataset.reply;
    composer.classList.toggle("is-note", isNote);
    all("[data-mode]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.mode === mode)));
    all("[data-then]").forEach((button) => { button.hidden = isNote; });
    text.dataset.replyPlaceholder ||= text.placeholder;
    text.placeholder = isNote ? text.dataset.notePlaceholder : text.dataset.replyPlaceholder;
    text.focus();
    text.scrollIntoView({ block: "center" });
  }
  all("[data-mode]").forEach((button) => button.addEventListener("click", () => write(button.dataset.mode)));

  const macros = one("[data-macros]"), filter = one("[data-macro-filter]"), said = one("[data-macro-said]");
  const macroButtons = all("[data-macro]");
  filter && filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase();
    macroButtons.forEach((button) => { button.parentElement.hidden = !button.textContent.toLowerCase().includes(words); });
  });
  filter && filter.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    const first = macroButtons.find((button) => !button.parentElement.hidden);
    if (first) first.click();
  });
  macroButtons.forEach((button) => button.addEventListener("click", async () => {
    const answer = await (await fetch(button.dataset.from)).json();
    macros.open = false;
    write("reply");
    said.hidden = false;
    if (answer.refusal) { said.textContent = answer.refusal; return; }
    text.value = answer.text;
    composer.elements.macro.value = button.dataset.macro;
    said.textContent = [...answer.missing, ...answer.actions].join(" · ");
    said.hidden = !said.textContent;
    typedAt = Date.now();
  }));

  if (composer && desk.dataset.draft) {
    let saved = text.value;
    text.addEventListener("input", () => { typedAt = Date.now(); });
    composer.addEventListener("submit", () => { saved = text.value; });
    every(3, async () => {
      if (text.value === saved) return;
      const now = text.value;
      await post(desk.dataset.draft, { text: now, version: desk.dataset.version });
      saved = now;
    });
  }

  // --- who else is here --------------------------------------------------------------------------------------

  if (desk.dataset.look) {
    const line = one("[data-viewers]");
    const look = async () => {
      const typing = Date.now() - typedAt < 15000 ? "1" : "0";
      const answer = await (await post(desk.dataset.look, { typing })).json();
      const told = [...answer.viewers];
      if (String(answer.version) !== desk.dataset.version) told.push(desk.dataset.changed);
      line.textContent = told.join(" · ");
      line.hidden = !told.length;
    };
    look().catch(() => {});
    every(12, look);
  }

  // --- the board ---------------------------------------------------------------------------------------------

  if (desk.dataset.live) every(10, async () => {
    const page = new DOMParser().parseFromString(await (await fetch(desk.dataset.live)).text(), "text/html");
    const fresh = page.querySelector("[data-board]");
    if (fresh) one("[data-board]").replaceWith(document.importNode(fresh, true));
  });

  // --- keys --------------------------------------------------------------------------------------------------

  const press = (node) => { if (node) { node.focus(); node.click(); } return Boolean(node); };
  const open = (details) => { if (!details) return false; details.open = true; (details.querySelector("div input, form button, form input, form textarea") || details).focus(); return true; };
  function goTo(name) {
    if (name === "reply" || name === "note") { write(name); return true; }
    const field = one(`[data-focus="${name}"]`);
    if (field) { field.scrollIntoView({ block: "center" }); field.focus(); }
    return Boolean(field);
  }
  all("[data-goes]").forEach((button) => button.addEventListener("click", () => goTo(button.dataset.goes)));

  const keys = {
    j: () => choose(here + 1),
    k: () => choose(here - 1),
    o: () => here >= 0 && press(rows[here].querySelector(".desk-open")),
    x: () => here >= 0 && rows[here].querySelector("input").click(),
    "/": () => { const search = one("[data-key-search]"); if (search) search.focus(); },
    r: () => write("reply"),
    n: () => write("note"),
    m: () => { if (macros) { macros.open = true; filter.focus(); } },
    g: () => goTo("goodwill") || goTo("approve"),
    s: () => open(one("[data-snooze]")),
    "?": () => one("[data-keys]").showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && composer && event.target === text) {
      event.preventDefault();
      press(one(event.shiftKey && !composer.classList.contains("is-note") ? "[data-solve]" : "[data-send]"));
      return;
    }
    if (event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape" && isTyping(event.target)) { event.target.blur(); if (macros) macros.open = false; return; }
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const marked = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (marked) { event.preventDefault(); press(marked); return; }
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  });
})();
