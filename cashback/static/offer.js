// A shop's page: the list of exclusions narrows while one types, and the way out stays at hand on a phone. Listeners
// hang on the document, for pages may be swapped under them.
"use strict";
(() => {
  const folded = (text) => text.toLowerCase().replaceAll("ё", "е");

  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLInputElement) || !field.dataset.filter) return;
    const words = folded(field.value).split(/\s+/).filter(Boolean);
    let found = 0;
    for (const line of document.getElementById(field.dataset.filter).children) {
      const text = folded(line.textContent);
      line.hidden = !words.every((word) => text.includes(word));
      found += line.hidden ? 0 : 1;
    }
    document.querySelector(`[data-filter-none="${field.dataset.filter}"] > *`).hidden = found > 0;
  });

  // The bar is wanted once the page has been scrolled past the button that says the same.
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting, boundingClientRect } of entries) {
      const bar = target.closest("article")?.querySelector(".offer-bar");
      bar?.classList.toggle("is-wanted", !isIntersecting && boundingClientRect.top < 0);
    }
  });
  const watch = () => {
    const button = document.querySelector("[data-main-way-out]");
    if (button) watcher.observe(button);
  };
  watch();
  document.addEventListener("htmx:load", watch);
})();
