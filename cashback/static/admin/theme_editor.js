// The editor of a storefront's look. The server works everything out; this passes on what is typed and shows the answer.
"use strict";
(() => {
  const editor = document.querySelector("[data-look]");
  const form = editor.querySelector("form");
  const frame = editor.querySelector("iframe");
  const stage = editor.querySelector(".look-stage");
  const figures = editor.querySelector("[data-figures]");
  const problems = editor.querySelector("[data-problems]");
  const status = editor.querySelector("[data-status]");
  const pressed = (name) => editor.querySelector(`[data-${name}][aria-pressed="true"]`).dataset[name];
  let tokens = new URL(editor.dataset.preview, location).searchParams.get("tokens");
  let stylesheet = "";
  let firstShop = "";
  let isUnsaved = "unsaved" in editor.dataset;
  let timer = 0;
  let asked = 0;

  // --- What is typed -------------------------------------------------------------------------------------------

  const isColour = (text) => /^#[0-9a-f]{6}$/i.test(text);

  function showColour(field) {
    const picker = editor.querySelector(`[data-picks="${CSS.escape(field.id)}"]`);
    const colour = isColour(field.value) ? field.value : field.placeholder;
    if (isColour(colour)) picker.value = colour;
    picker.classList.toggle("is-worked-out", !field.value);
  }

  function showAnswer(answer) {
    editor.querySelectorAll("[data-error-of]").forEach((place) => {
      const said = answer.errors[place.dataset.errorOf];
      place.textContent = said ? said[0] : "";
      place.closest(".look-colour").classList.toggle("has-error", Boolean(said));
    });
    if (!answer.figures) return;
    problems.replaceChildren(...answer.problems.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
    problems.hidden = answer.problems.length === 0;
    figures.replaceChildren(...answer.figures.map((figure) => {
      const row = document.createElement("tr");
      row.classList.toggle("is-missed", !figure.is_met);
      for (const name of ["mode", "ink", "ground", "found", "least"]) row.insertCell().textContent = figure[name];
      return row;
    }));
    form.querySelectorAll("[data-colour]").forEach((field) => {
      field.placeholder = answer.worked_out[field.name] || "";
      showColour(field);
    });
    stylesheet = answer.css;
    tokens = new URL(stylesheet, location).searchParams.get("tokens");
    paint();
  }

  async function ask() {
    const mine = ++asked;
    const facts = new FormData(form);
    for (const [name, value] of [...facts]) if (value instanceof File) facts.delete(name);
    try {
      const response = await fetch(editor.dataset.draft, { method: "POST", body: facts });
      if (response.status !== 200 && response.status !== 422) throw new Error(response.status);
      const answer = await response.json();
      // An answer that a later question has overtaken says nothing any more.
      if (mine !== asked) return;
      status.textContent = "";
      showAnswer(answer);
    } catch {
      if (mine === asked) status.textContent = editor.dataset.offline;
    }
  }

  function changed() {
    isUnsaved = true;
    clearTimeout(timer);
    timer = setTimeout(ask, 200);
  }

  form.addEventListener("input", (event) => {
    const picked = event.target.dataset.picks;
    if (picked) document.getElementById(picked).value = event.target.value;
    else if (event.target.dataset.colour) showColour(event.target);
    changed();
  });
  form.addEventListener("change", changed);

  form.addEventListener("click", (event) => {
    const tile = event.target.closest("[data-fields]");
    if (!tile) return;
    event.preventDefault();
    for (const [name, value] of Object.entries(JSON.parse(tile.dataset.fields))) {
      const field = form.elements[name];
      if (field.type === "checkbox") field.checked = value;
      else field.value = value;
    }
    changed();
  });

  // --- Leaving -------------------------------------------------------------------------------------------------

  form.addEventListener("submit", () => { isUnsaved = false; });
  editor.querySelector("[data-revert]").addEventListener("click", () => { isUnsaved = false; });
  addEventListener("beforeunload", (event) => { if (isUnsaved) event.preventDefault(); });

  // --- The storefront beside it --------------------------------------------------------------------------------

  function previewOf(path) {
    const address = new URL(editor.dataset.preview, location);
    address.search = new URLSearchParams({ tokens, path, mode: pressed("mode"), language: pressed("language") });
    return address;
  }

  function show(path) {
    frame.src = previewOf(path === "first-shop" ? firstShop || "/" : path);
  }

  function paint() {
    const shown = frame.contentDocument;
    const sheet = shown && shown.querySelector('link[href*="draft.css"]');
    if (!sheet) return;
    shown.documentElement.dataset.theme = pressed("mode");
    if (stylesheet && sheet.getAttribute("href") !== stylesheet) sheet.href = stylesheet;
  }

  // The storefront's own addresses may not be framed here: its links lead to their previews, and its forms nowhere.
  function tame() {
    const shown = frame.contentDocument;
    if (!shown || !shown.body) return;
    paint();
    const home = shown.querySelector("a.brand");
    const root = home ? new URL(home.href).pathname : "/";
    const inside = (link) => {
      const target = new URL(link.href, shown.baseURI);
      return target.pathname.startsWith(root) ? `/${target.pathname.slice(root.length)}${target.search}` : "";
    };
    const card = [...shown.querySelectorAll("main a[href]")].map(inside).find((path) => /^\/shops\/[^/]+\/$/.test(path));
    if (card) firstShop = card;
    shown.addEventListener("click", (event) => {
      const link = event.target.closest("a[href]");
      if (!link || link.getAttribute("href").startsWith("#")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const path = inside(link);
      if (path) show(path);
    }, true);
    shown.addEventListener("submit", (event) => { event.preventDefault(); event.stopImmediatePropagation(); }, true);
  }

  function fit() {
    const width = Number(pressed("width"));
    const scale = Math.min(1, stage.clientWidth / width);
    frame.style.width = `${width}px`;
    frame.style.height = `${stage.clientHeight / scale}px`;
    frame.style.transform = `scale(${scale})`;
  }

  editor.querySelector(".look-switches").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    for (const other of button.parentElement.children) other.setAttribute("aria-pressed", String(other === button));
    if (button.dataset.width) fit();
    else if (button.dataset.mode) paint();
    else show(pressed("path"));
  });
  frame.addEventListener("load", tame);
  new ResizeObserver(fit).observe(stage);

  editor.querySelectorAll("[data-picks]").forEach((picker) => { picker.hidden = false; });
  form.querySelectorAll("[data-colour]").forEach(showColour);
  fit();
  tame();
  ask();
})();
