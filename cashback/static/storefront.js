// What makes the storefront quicker where scripts run. Every page works without it. All of it listens on the document:
// in a frame pages may be swapped without being loaded.
(() => {
  "use strict";

  // --- Search: a list of guesses below the field (the combobox pattern of ARIA's authoring practices) -------------

  const fieldOf = (node) => node.closest && node.closest("[data-combobox]");
  const listOf = (field) => document.getElementById(field.dataset.combobox);
  const optionsOf = (field) => [...listOf(field).querySelectorAll('[role="option"]')];

  function prepare(field) {
    if (field.getAttribute("role") === "combobox") return;
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", field.dataset.combobox);
    field.setAttribute("aria-expanded", "false");
  }

  function open(field, isOpen) {
    const list = listOf(field);
    if (!list) return; // the page was swapped since the field lost the focus
    list.hidden = !isOpen;
    field.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) choose(field, null);
  }

  function choose(field, option) {
    for (const each of optionsOf(field)) each.setAttribute("aria-selected", String(each === option));
    if (option) field.setAttribute("aria-activedescendant", option.id);
    else field.removeAttribute("aria-activedescendant");
    if (option) option.scrollIntoView({ block: "nearest" });
  }

  function step(field, by) {
    const options = optionsOf(field);
    if (!options.length) return;
    open(field, true);
    const here = options.findIndex((each) => each.getAttribute("aria-selected") === "true");
    const next = here < 0 ? (by > 0 ? 0 : options.length - 1) : here + by;
    choose(field, options[next] || null);
  }

  document.addEventListener("keydown", (event) => {
    const field = fieldOf(event.target);
    if (!field || event.isComposing) return;
    const chosen = listOf(field).querySelector('[aria-selected="true"]');
    if (event.key === "ArrowDown" || event.key === "ArrowUp") step(field, event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter" && chosen) chosen.click();
    else if (event.key === "Escape" && !listOf(field).hidden) open(field, false);
    else return;
    event.preventDefault();
  });

  document.addEventListener("focusout", (event) => {
    const field = fieldOf(event.target);
    // A press on a guess takes the focus first.
    if (field && !listOf(field).contains(event.relatedTarget)) setTimeout(() => open(field, false), 150);
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const field = document.querySelector(`[data-combobox="${event.detail.target.id}"]`);
    if (field) open(field, document.activeElement === field && event.detail.target.childElementCount > 0);
  });

  // --- Codes that copy themselves; without this they are text to select ------------------------------------------

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const before = button.textContent;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      // In a frame the clipboard may be forbidden: then the code is selected, ready for the keyboard.
      const code = button.parentElement.querySelector("input");
      if (code) code.select();
      if (!code || !document.execCommand("copy")) return;
    }
    button.textContent = button.dataset.copied;
    button.setAttribute("aria-live", "polite");
    setTimeout(() => { button.textContent = before; }, 2000);
  });

  // --- Menus close when the reader turns elsewhere; cards that came keep the focus in the list ---------------------

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("keyup", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    const more = event.detail.target;
    if (!more.matches(".more") || !more.contains(document.activeElement)) return;
    const before = more.previousElementSibling;
    document.addEventListener("htmx:afterSettle", () => before.nextElementSibling?.querySelector("a")?.focus(), { once: true });
  });

  function wake() {
    document.querySelectorAll("[data-combobox]").forEach(prepare);
    document.querySelectorAll("[data-copy][hidden]").forEach((button) => { button.hidden = false; });
  }
  document.addEventListener("htmx:load", wake);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", wake);
  else wake();
})();
