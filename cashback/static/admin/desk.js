// The desk by keyboard: the queue, one case, the shift board. Words stand in the pages; this moves and asks.
"use strict";
(() => {
  const desk = document.querySelector("[data-desk]");
  if (!desk) return;
  document.documentElement.classList.add("has-script");
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const token = one("[data-token]").value;
  const isTyping = (node) => node instanceof Element && Boolean(node.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]"));
  const opened = () => all("[popover]").find((each) => each.matches(":popover-open"));
  const post = (url, fields, more = {}) => fetch(url, {
    method: "POST", headers: { "X-CSRFToken": token, "X-Requested-With": "fetch" }, body: new URLSearchParams(fields), ...more,
  });
  const every = (seconds, work) => setInterval(() => { if (!document.hidden) work().catch(() => {}); }, seconds * 1000);
  const el = (name, text, className) => Object.assign(document.createElement(name), { textContent: text, className: className || "" });

  // --- menus stand where they were opened ------------------------------------------------------------------------

  function place(menu) {
    const opener = one(`[popovertarget="${CSS.escape(menu.id)}"]`);
    if (!opener) return;
    const at = opener.getBoundingClientRect();
    const size = menu.getBoundingClientRect();
    const below = at.bottom + 6 + size.height <= innerHeight;
    const isToTheRight = menu.matches(".is-endings") || at.left + size.width > innerWidth - 12;
    const left = Math.max(12, Math.min(isToTheRight ? at.right - size.width : at.left, innerWidth - size.width - 12));
    menu.style.position = "fixed";
    menu.style.left = `${left}px`;
    menu.style.top = `${Math.max(12, below ? at.bottom + 6 : at.top - 6 - size.height)}px`;
  }
  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!(menu instanceof HTMLElement) || !menu.matches("[popover]")) return;
    if (event.newState === "open") {
      if (menu.matches(".desk-menu")) {
        place(menu);
        if (!menu.contains(document.activeElement)) { const first = one("button, a, input", menu); if (first) first.focus(); }
      }
      menu.dispatchEvent(new CustomEvent("desk:open"));
    }
  }, true);
  document.addEventListener("keydown", (event) => {
    const menu = opened();
    if (!menu || !menu.matches(".desk-menu") || !["ArrowDown", "ArrowUp"].includes(event.key) || isTyping(event.target)) return;
    const items = all(":scope > button, :scope > a", menu);
    const here = items.indexOf(document.activeElement);
    const to = items[(here + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length] || items[0];
    if (to) { event.preventDefault(); to.focus(); }
  });

  // --- everywhere --------------------------------------------------------------------------------------------------

  all("[data-toast]").forEach((toast) => {
    one("[data-closes]", toast).addEventListener("click", () => toast.remove());
    if (toast.matches(".is-success, .is-info")) setTimeout(() => toast.remove(), 7000);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-sends]")) event.target.form.requestSubmit();
  });
  const presence = one("[data-presence]");
  if (presence) presence.addEventListener("submit", async (event) => {
    event.preventDefault();
    const pressed = event.submitter;
    presence.hidePopover();
    const answer = await post(presence.action, { presence: pressed.value });
    if (!answer.ok) { presence.submit(); return; }
    all("button", presence).forEach((button) => button.toggleAttribute("aria-current", button === pressed));
    one("[data-presence-dot]").className = `dot is-${pressed.value}`;
    one("[data-presence-words]").textContent = pressed.textContent.trim();
  });
  async function count() {
    const answer = await fetch(desk.dataset.counts);
    if (!answer.ok) return;
    for (const [name, text] of Object.entries(await answer.json())) {
      all(`[data-count="${name}"]`).forEach((badge) => {
        badge.textContent = text;
        badge.classList.toggle("is-none", text === "0");
      });
    }
  }
  count().catch(() => {});
  every(12, count);
  document.addEventListener("click", (event) => {
    const copied = event.target.closest("[data-copies]");
    if (copied && navigator.clipboard) navigator.clipboard.writeText(copied.dataset.copies).then(() => {
      copied.animate([{ opacity: 0.3 }, { opacity: 1 }], 300);
    });
  });

  // --- rows --------------------------------------------------------------------------------------------------------

  let rows = [];
  let here = -1;
  const gather = () => { rows = all("[data-row]"); };
  gather();
  function choose(index) {
    if (!rows.length) return;
    here = Math.max(0, Math.min(rows.length - 1, index));
    rows.forEach((row, spot) => row.classList.toggle("is-chosen", spot === here));
    one(".row-open", rows[here]).focus({ preventScroll: true });
    rows[here].scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest("[data-row]");
    if (row && rows.includes(row)) {
      here = rows.indexOf(row);
      rows.forEach((each) => each.classList.toggle("is-chosen", each === row));
    }
  });
  async function peek(row) {
    const button = one("[data-peeks]", row), shown = one("[data-peeked]", row);
    if (!button) return;
    const open = button.getAttribute("aria-expanded") !== "true";
    if (open && !shown.dataset.read) {
      const answer = await fetch(row.dataset.peek);
      if (!answer.ok) return;
      shown.innerHTML = await answer.text();
      shown.dataset.read = "1";
    }
    button.setAttribute("aria-expanded", String(open));
    row.toggleAttribute("data-open", open);
    shown.hidden = !open;
    row.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-peeks]");
    if (button) peek(button.closest("[data-row]")).catch(() => {});
  });
  const bulk = one("[data-bulk-bar]");
  function tally() {
    if (!bulk) return;
    const ticked = all('[data-row] input[name="ticket"]:checked').length;
    const words = one("[data-bulk-words]", bulk);
    words.textContent = ticked ? `${words.dataset.some} ${ticked}` : words.dataset.none;
    bulk.classList.toggle("is-on", ticked > 0);
  }
  document.addEventListener("change", (event) => { if (event.target.name === "ticket") tally(); });
  tally();

  // --- the board ---------------------------------------------------------------------------------------------------

  if (desk.dataset.live) every(10, async () => {
    const answer = await fetch(desk.dataset.live);
    if (!answer.ok) return;
    const fresh = one("[data-board]", new DOMParser().parseFromString(await answer.text(), "text/html"));
    const old = one("[data-board]");
    if (!fresh || old.contains(document.activeElement) || opened()) return;
    old.replaceWith(document.importNode(fresh, true));
    gather();
    here = -1;
  });

  // --- the composer --------------------------------------------------------------------------------------------------

  const composer = one("[data-composer]"), text = one("[data-text]");
  const shown = one(".case");
  let typedAt = 0;
  let leaving = false;
  function tab(name) {
    if (!shown) return;
    shown.dataset.shown = name;
    all("[data-tab]").forEach((button) => button.setAttribute("aria-selected", String(button.dataset.tab === name)));
  }
  all("[data-tab]").forEach((button) => button.addEventListener("click", () => tab(button.dataset.tab)));
  function write(mode) {
    if (!composer) return;
    tab("talk");
    const isNote = mode === "note";
    composer.action = isNote ? composer.dataset.noteAction : composer.dataset.replyAction;
    composer.classList.toggle("is-note", isNote);
    all("[data-mode]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.mode === mode)));
    one("[data-note-send]").hidden = !isNote;
    one("[data-reply-ends]").hidden = isNote;
    text.dataset.replyPlaceholder ||= text.placeholder;
    text.placeholder = isNote ? text.dataset.notePlaceholder : text.dataset.replyPlaceholder;
    text.focus();
    text.setSelectionRange(text.value.length, text.value.length);
  }
  all("[data-mode]").forEach((button) => button.addEventListener("click", () => write(button.dataset.mode)));

  if (composer) {
    const files = one("[data-files]"), chosen = one("[data-chosen]");
    const show = () => {
      chosen.replaceChildren(...[...files.files].map((file) => el("li", file.name, "file")));
      chosen.hidden = !files.files.length;
    };
    files.addEventListener("change", show);
    text.addEventListener("paste", (event) => {
      const pasted = [...event.clipboardData.files];
      if (!pasted.length) return;
      event.preventDefault();
      const both = new DataTransfer();
      [...files.files, ...pasted].forEach((file) => both.items.add(file));
      files.files = both.files;
      show();
    });
    composer.addEventListener("submit", () => {
      leaving = true;
      // A second press sends nothing twice.
      setTimeout(() => all("button", composer).forEach((button) => { button.disabled = true; }));
    });
  }

  // What is being written is kept, here and when the page is left.
  if (composer && desk.dataset.draft) {
    const saved = one("[data-saved]");
    let kept = text.value;
    let timer = 0;
    const keep = async () => {
      if (text.value === kept || leaving) return;
      const now = text.value;
      const answer = await post(desk.dataset.draft, { text: now, version: desk.dataset.version });
      if (answer.ok) { kept = now; saved.textContent = now.trim() ? saved.dataset.words : ""; }
    };
    text.addEventListener("input", () => {
      typedAt = Date.now();
      clearTimeout(timer);
      timer = setTimeout(() => keep().catch(() => {}), 1200);
    });
    addEventListener("pagehide", () => {
      if (!leaving && text.value !== kept) {
        const told = new URLSearchParams({ text: text.value, version: desk.dataset.version, csrfmiddlewaretoken: token });
        navigator.sendBeacon(desk.dataset.draft, told);
      }
    });
  }

  // --- macros --------------------------------------------------------------------------------------------------------

  const macros = one("[data-macros]");
  if (macros && composer) {
    const filter = one("[data-macro-filter]"), preview = one("[data-macro-preview]"), said = one("[data-macro-said]");
    const words = one("[data-macro-does]").dataset;
    const items = all("[data-macro]");
    const answers = new Map();
    let current = null;
    const visible = () => items.filter((item) => !item.hidden);
    async function ask(item) {
      if (!answers.has(item)) answers.set(item, fetch(item.dataset.from).then((answer) => answer.json()));
      return answers.get(item);
    }
    function told(answer) {
      if (answer.refusal) return [el("p", answer.refusal)];
      const body = el("p", "");
      answer.text.split(/(\{[a-z_.:]+\})/).forEach((part) => body.append(/^\{.*\}$/.test(part) ? el("mark", part) : part));
      const lines = [body];
      if (answer.missing.length) lines.push(el("p", `${words.macroMissingWords} ${answer.missing.join("; ")}`, "desk-hint"));
      if (answer.actions.length) lines.push(el("p", `${words.macroDoes} ${answer.actions.join(", ")}`, "desk-hint"));
      return lines;
    }
    async function pick(item) {
      items.forEach((each) => each.setAttribute("aria-selected", String(each === item)));
      current = item || null;
      filter.setAttribute("aria-activedescendant", item ? item.id : "");
      if (!item) { preview.replaceChildren(); return; }
      item.scrollIntoView({ block: "nearest" });
      const answer = await ask(item);
      if (current === item) preview.replaceChildren(...told(answer));
    }
    async function put(item) {
      const answer = await ask(item);
      macros.hidePopover();
      write("reply");
      if (answer.refusal) { said.textContent = answer.refusal; said.hidden = false; return; }
      const start = text.value.trim() ? `${text.value.trimEnd()}\n\n` : "";
      text.value = start + answer.text;
      text.dispatchEvent(new Event("input", { bubbles: true }));
      composer.elements.macro.value = item.dataset.macro;
      const blank = text.value.search(/\{[a-z_.:]+\}/);
      if (blank >= 0) text.setSelectionRange(blank, text.value.indexOf("}", blank) + 1);
      prefer(answer.then);
      const lines = [];
      if (answer.missing.length) lines.push(`${words.macroMissingWords} ${answer.missing.join("; ")}`);
      if (answer.actions.length) lines.push(`${words.macroDoes} ${answer.actions.join(", ")}`);
      said.textContent = lines.join("\n");
      said.hidden = !lines.length;
    }
    macros.addEventListener("desk:open", () => { filter.value = ""; items.forEach((item) => { item.hidden = false; }); filter.focus(); pick(items[0]).catch(() => {}); });
    filter.addEventListener("input", () => {
      const asked = filter.value.toLowerCase().split(/\s+/);
      items.forEach((item) => { item.hidden = !asked.every((word) => item.textContent.toLowerCase().includes(word)); });
      pick(visible()[0]).catch(() => {});
    });
    filter.addEventListener("keydown", (event) => {
      if (event.key === "Enter") { event.preventDefault(); if (current) put(current).catch(() => {}); return; }
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const list = visible();
      if (list.length) pick(list[(list.indexOf(current) + step + list.length) % list.length]).catch(() => {});
    });
    items.forEach((item) => {
      item.addEventListener("mouseenter", () => pick(item).catch(() => {}));
      item.addEventListener("click", () => put(item).catch(() => {}));
    });
  }
  // The macro says whose turn it is afterwards: the main button becomes that way of sending.
  function prefer(then) {
    const main = one("[data-send]"), other = then && one(`[data-then="${CSS.escape(then)}"]`);
    if (!main || !other) return;
    const [mainValue, mainNodes] = [main.value, [...main.childNodes]];
    const label = one("span:last-child", other).firstChild.textContent;
    const icon = one(".material-symbols-outlined", other).cloneNode(true);
    const mainLabel = mainNodes[mainNodes.length - 1].textContent.trim();
    main.replaceChildren(icon, label);
    one("span:last-child", other).replaceChildren(mainLabel);
    one(".material-symbols-outlined", other).replaceWith(mainNodes[0]);
    main.value = then;
    other.value = mainValue;
    other.dataset.then = mainValue;
  }

  // --- who else is here ------------------------------------------------------------------------------------------------

  if (desk.dataset.look) {
    const line = one("[data-viewers]"), changed = one("[data-changed]");
    const look = async () => {
      const answer = await post(desk.dataset.look, { typing: Date.now() - typedAt < 15000 ? "1" : "0" });
      if (!answer.ok) return;
      const now = await answer.json();
      line.replaceChildren(...now.viewers.map((viewer) => {
        const told = el("span", "");
        told.append(el("span", viewer.typing ? "edit" : "visibility", "material-symbols-outlined"), viewer.words);
        told.firstChild.setAttribute("aria-hidden", "true");
        return told;
      }));
      line.hidden = !now.viewers.length;
      changed.hidden = String(now.version) === desk.dataset.version;
    };
    look().catch(() => {});
    every(12, look);
    if (text) text.addEventListener("input", () => { if (Date.now() - typedAt > 15000) look().catch(() => {}); }, { capture: true });
    addEventListener("pagehide", () => navigator.sendBeacon(desk.dataset.leave, new URLSearchParams({ csrfmiddlewaretoken: token })));
  }

  // --- parts of a case ---------------------------------------------------------------------------------------------------

  const talk = one("[data-talk]");
  if (talk) {
    talk.scrollTop = talk.scrollHeight;
    // On a phone the page itself scrolls: the last word first, there too.
    const last = one("ol > li:last-child", talk);
    if (last && matchMedia("(max-width: 899px)").matches && rows.length === 0) last.scrollIntoView({ block: "center" });
  }
  all("[data-redacts]").forEach((button) => button.addEventListener("click", () => {
    one("[data-redact-message]").value = button.dataset.redacts;
  }));
  const reject = one("[data-reject]");
  if (reject) reject.addEventListener("desk:open", () => {
    const field = one("[data-reject-text]");
    if (!field.value && text) field.value = text.value;
  });
  const merge = one("[data-merge]");
  if (merge) {
    const found = one("[data-twins]"), asked = one("[data-twins-words]");
    let timer = 0;
    const ask = async () => {
      const address = new URL(merge.dataset.from, location);
      address.searchParams.set("q", asked.value);
      const answer = await fetch(address);
      if (answer.ok) found.innerHTML = await answer.text();
    };
    merge.addEventListener("desk:open", () => ask().catch(() => {}));
    asked.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => ask().catch(() => {}), 250); });
    asked.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  }
  const light = one("[data-light]");
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-lights]");
    if (!link || !light || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const picture = one("[data-light-picture]");
    picture.src = link.href;
    picture.alt = link.dataset.lights;
    light.showModal();
  });
  if (light) light.addEventListener("click", (event) => { if (event.target === light) light.close(); });

  function goTo(name) {
    if (name === "reply" || name === "note") { write(name); return true; }
    const menu = document.getElementById(name);
    if (menu && menu.matches("[popover]")) { menu.showPopover(); return true; }
    const field = one(`[data-focus="${CSS.escape(name)}"]`);
    if (!field) return false;
    tab("person");
    field.scrollIntoView({ block: "center" });
    field.focus();
    if (field.select) field.select();
    return true;
  }
  all("[data-goes]").forEach((button) => button.addEventListener("click", () => goTo(button.dataset.goes)));
  if (composer && composer.dataset.begins) write(composer.dataset.begins);
  else if (composer && (one("[data-conflict]") || one("[data-refusal]"))) write("reply");

  // --- keys ------------------------------------------------------------------------------------------------------------------

  const press = (node) => { if (!node) return false; node.click(); return true; };
  // A key is where it is, whatever letters the keyboard writes: on a Russian one the key of r writes another letter.
  function keyOf(event) {
    if (event.code === "Slash" && (event.key === "." || event.key === ",")) return event.shiftKey ? "?" : "/";
    return event.key.length === 1 && event.key > "~" && /^Key[A-Z]$/.test(event.code) ? event.code[3].toLowerCase() : event.key;
  }
  const chosen = () => (here >= 0 ? rows[here] : null);
  const keys = {
    j: () => choose(here + 1),
    k: () => choose(here - 1),
    ArrowDown: () => rows.length && choose(here + 1),
    ArrowUp: () => rows.length && choose(here - 1),
    o: () => chosen() && press(one(".row-open", chosen())),
    p: () => chosen() && peek(chosen()).catch(() => {}),
    x: () => { const tick = chosen() && one('input[name="ticket"]', chosen()); if (tick) { tick.checked = !tick.checked; tally(); } },
    a: () => {
      if (bulk && bulk.classList.contains("is-on")) return press(one("[data-bulk-take]"));
      if (chosen() && one("[data-row-take]", chosen())) return press(one("[data-row-take]", chosen()));
      const tick = chosen() && one('input[name="ticket"]', chosen());
      if (tick && bulk) { tick.checked = true; return press(one("[data-bulk-take]")); }
      return false;
    },
    "/": () => { const search = one("[data-search]"); if (search) { search.focus(); search.select(); } else location.assign(desk.dataset.queue); },
    r: () => write("reply"),
    n: () => write("note"),
    g: () => goTo("goodwill"),
    1: () => tab("talk"),
    2: () => { tab("facts"); const part = one("#facts"); if (part) part.focus(); },
    3: () => { tab("person"); const part = one("#person"); if (part) part.focus(); },
    "?": () => one("[data-keys]").togglePopover(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey || event.defaultPrevented) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && composer && event.target === text) {
      event.preventDefault();
      if (composer.classList.contains("is-note")) press(one("[data-note-send]"));
      else press(one(event.shiftKey ? "[data-endings]" : "[data-send]"));
      return;
    }
    if (event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape" && isTyping(event.target) && !opened()) { event.target.blur(); return; }
    if (isTyping(event.target) || one("dialog[open]")) return;
    const key = keyOf(event);
    if (opened() && key !== "?") return;
    const marked = one(`[data-key="${CSS.escape(key)}"]`);
    if (marked) { event.preventDefault(); press(marked); return; }
    if (Object.hasOwn(keys, key)) { event.preventDefault(); keys[key](); }
  });
})();
